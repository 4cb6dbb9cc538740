"""A corrected licence: the next version of the same number, for the same holder, until the same day.

Called by ``cases`` while it corrects a decision; the licence that is replaced is cancelled in the same transaction.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from tongban.basics.codes.licence import make_licence_code, parse
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare
from tongban.licences import rules
from tongban.licences.definitions import LicenceType
from tongban.licences.models import Licence, PreparedLicence
from tongban.licences.statements import seal_context
from tongban.licences.verification_code import make_code


def prepare_correction(
    kind: LicenceType, wrong: Licence, data: Mapping[str, Any], holder_name: str, now: dt.datetime, vault: Vault
) -> PreparedLicence:
    """Make the corrected licence ready to be written: ``data`` are all its facts, the corrected ones among them.

    Raises ``DataUnfit``, and ``CodeError`` after 999 corrections.
    """
    licence_id, before = new_id(), parse(wrong.number)
    version = wrong.version + 1
    number = make_licence_code(before.type_code, before.issuer, before.serial, version)
    facts = {"type": kind.id, "number": number, "issuer": wrong.issuer.id, "source": str(wrong.source)}
    facts["corrects"] = wrong.number
    payload = {"region": wrong.region, "id": str(licence_id), "type": kind.id, "source": str(wrong.source)}
    stated = msgspec.json.encode(rules.state_fields(kind, data))
    return PreparedLicence(
        region=wrong.region,
        id=licence_id,
        type=kind.id,
        type_name=kind.name,
        number=number,
        version=version,
        code=make_code(wrong.region),
        holder_key=wrong.holder_key,
        holder_name=holder_name,
        holder_kind=wrong.holder_kind,
        issuer=wrong.issuer.id,
        issuer_name=wrong.issuer.name,
        issuer_uscc=wrong.issuer.uscc,
        issued_at=now,
        valid_until=wrong.valid_until,
        data=vault.seal(stated, seal_context(wrong.region, licence_id)),
        source=wrong.source,
        entry=prepare(wrong.region, "licence.issued", licence_id, facts, now, wrong.holder_key),
        outbox_id=new_id(),
        payload=msgspec.json.encode(payload).decode(),
    )

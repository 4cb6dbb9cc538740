"""Between rows and models: opening what is sealed, sealing what is stored. No decisions here."""

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.vault import Vault
from tongban.cases.models import Case, Dossier, Draft, Evidence, File, PastEvent, Task
from tongban.parties.models import Enterprise, Principal
from tongban.resources.actions import open_values

CASE_COLUMNS = tuple(Case.__struct_fields__)
DRAFT_COLUMNS = tuple(
    n for n in Draft.__struct_fields__ if n not in ("form", "evidence", "files", "enterprise", "principal")
)
_NATIVE = (UUID, bytes)
_TASKS = msgspec.json.Decoder(list[Task])
_EVENTS = msgspec.json.Decoder(tuple[PastEvent, ...])


def context(region: str, case_id: UUID) -> bytes:
    """What binds a sealed value to its case, so that it opens nowhere else."""
    return f"case:{region}:{case_id}".encode()


def read_tasks(text: str) -> list[Task]:
    """Tasks from the text of their JSON."""
    return _TASKS.decode(text)


def read_events(text: str | None) -> tuple[PastEvent, ...]:
    """Dated events from the text of their JSON, in their order."""
    return _EVENTS.decode(text) if text else ()


def to_tasks(rows: Any) -> list[Task]:
    """Tasks from JSON or from rows."""
    plain = [row if isinstance(row, dict) else row._asdict() for row in rows]
    return [msgspec.convert(row, Task) for row in plain]


def to_case(row: Any, departments: Sequence[str] | None = None) -> Case:
    """The case of a row that selects at least the columns of ``Case`` (but ``departments``, if they are given)."""
    plain = {name: getattr(row, name) for name in CASE_COLUMNS if name != "departments"}
    plain["departments"] = row.departments if departments is None else departments
    return msgspec.convert(plain, Case, builtin_types=_NATIVE)


def to_events(rows: Any) -> tuple[PastEvent, ...]:
    """Dated events from JSON, in their order."""
    return msgspec.convert(rows or (), tuple[PastEvent, ...])


def seal_json(vault: Vault, region: str, case_id: UUID, value: object) -> bytes:
    """``value`` as JSON, sealed to the case."""
    return vault.seal(msgspec.json.encode(value), context(region, case_id))


def open_form(vault: Vault, region: str, case_id: UUID, sealed: bytes) -> dict[str, Any]:
    """A draft's form; empty for one that was given up."""
    if not sealed:
        return {}
    form: dict[str, Any] = msgspec.json.decode(vault.open(sealed, context(region, case_id)))
    return form


def open_dossier(vault: Vault, region: str, case_id: UUID, sealed: bytes) -> Dossier:
    """What a case is decided on."""
    return msgspec.json.decode(vault.open(sealed, context(region, case_id)), type=Dossier)


def to_evidence(vault: Vault, region: str, rows: list[dict[str, Any]]) -> tuple[Evidence, ...]:
    """Evidence rows (JSON, bytes as base64) with the values of their look-ups opened."""
    return tuple(_one_evidence(vault, region, dict(row)) for row in rows)


def _one_evidence(vault: Vault, region: str, row: dict[str, Any]) -> Evidence:
    sealed, look_up = row.pop("sealed"), UUID(row["look_up"])
    values = open_values(vault, region, look_up, base64.b64decode(sealed)) if sealed else {}
    return msgspec.convert({**row, "fields": values}, Evidence)


def to_files(rows: list[dict[str, Any]]) -> tuple[File, ...]:
    """Uploaded files without content."""
    return tuple(msgspec.convert(row, File) for row in rows)


def to_draft(vault: Vault, row: Any, account: UUID) -> Draft:
    """The draft of a row of ``draft`` or ``submission``."""
    names = [name for name in DRAFT_COLUMNS if name != "account"]
    plain = {name: getattr(row, name) for name in names} | {"account": account}
    plain |= {name: tuple(plain[name]) for name in ("consents", "commitments", "tolerated")}
    return Draft(
        **plain,
        form=open_form(vault, row.region, row.id, row.form),
        evidence=to_evidence(vault, row.region, row.evidence),
        files=to_files(row.files),
        enterprise=_enterprise(row),
        principal=Principal(account, row.principal_name, row.principal_key, row.principal_sealed),
    )


def _enterprise(row: Any) -> Enterprise | None:
    """The enterprise that a row of ``draft`` or ``submission`` is for."""
    if row.enterprise is None:
        return None
    return Enterprise(row.enterprise, row.enterprise_name, row.enterprise_key, row.enterprise_sealed)

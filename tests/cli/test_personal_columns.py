"""Whatever sounds personal in the database is sealed, or has its reason: read from the columns themselves."""

import re
from collections.abc import Mapping

from tests.world import World

from tongban.cli.sealed import SEALED

SOUNDS = re.compile(
    r"(^|_)(name|mobile|phone|telephone|e?mail|address|bank|account_number|birth|sex|id_number|contact|applicant|holder"
    r"|login|agent)(_|$)"
)
KINDS = ("text", "character varying", "character", "bytea", "json", "jsonb")
SHOWN = "a name that lists are searched and sorted by; checkpoint and second wall stand before it"
HASHED = "a keyed hash: found by it, not recovered from it"
PUBLIC = "of a department, an item or a pack: public"
OWN_WORDS = "what its owner calls a thing, or a browser calls itself; shown to the owner alone"
MACHINE = "of a machine, a program or a file of ours"
REASONS: Mapping[str, str] = {
    "accounts.login": SHOWN,
    "appointments.mobile_key": HASHED,
    "appointments.name": SHOWN,
    "case_files.name": OWN_WORDS,
    "case_pledges.name": SHOWN,
    "cases.applicant_name": SHOWN,
    "enterprises.name": PUBLIC,
    "licence_presentations.holder_key": HASHED,
    "licences.holder_key": HASHED,
    "licences.holder_kind": PUBLIC,
    "licences.holder_name": SHOWN,
    "passkeys.name": OWN_WORDS,
    "persons.name": SHOWN,
    "sessions.agent": OWN_WORDS,
    "units.address": PUBLIC,
    "units.phone": PUBLIC,
}
MACHINES = re.compile(
    r"(application_notices|catalogue_\w+|directory_provisioners|library_receivers|migration_checksums|vault_holders"
    r"|procrastinate_\w+|_?yoyo\w*)\."
)
NAMES = re.compile(r"\w+\.(type_name|issuer_name|name)$")
OF_OFFICES = re.compile(r"(units|positions|licences|halls|windows|packs|applications)\.")


def reason(column: str) -> str | None:
    """Why a column lies in the clear."""
    if column in REASONS:
        return REASONS[column]
    if MACHINES.match(column):
        return MACHINE
    return PUBLIC if OF_OFFICES.match(column) and NAMES.match(column) else None


async def test_every_column_that_sounds_personal_is_sealed_or_has_its_reason(world: World) -> None:
    rows = await world.rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, 2"
    )
    sealed = {column.name for column in SEALED}
    personal = [f"{table}.{column}" for table, column, kind in rows if kind in KINDS and SOUNDS.search(column)]
    assert [column for column in personal if column not in sealed and reason(column) is None] == []
    assert set(REASONS) <= set(personal), "a reason for a column that is gone"
    assert {"persons.sealed", "accounts.mobile", "drafts.form", "cases.dossier", "look_ups.sealed"} <= sealed

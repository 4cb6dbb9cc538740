"""Numbers typed wherever one can type them stay in the clear nowhere: identity, organisation, directory, jobs.

Beside the whole story of a case (tests/api/test_privacy.py): registering, recovering, signing in by a number, new staff
by form and by a system, and what is refused on the way. Looked through: every column of every table (outbox and job
arguments among them), log, output, addresses, and what others are shown afterwards.
"""

import logging
from datetime import date
from typing import Any

import pytest
import structlog
from tests.api.test_privacy import PACKS_THEMSELVES, _in_the_clear
from tests.attacks.conftest import Attacker
from tests.world import FANG, REGION, WEI

from tongban.basics.codes.invented import invented_resident_id
from tongban.basics.outbox import drain
from tongban.cases.library.definitions import LEAVING
from tongban.cases.library.writing import note
from tongban.jobs.events import TOLD, joined, tell_applicant
from tongban.parties.organisation.provisioning import add_provisioner

MOBILE, OFFICES_MOBILE = "19912345678", "19987654321"
ADMINISTRATOR = "吴浩"
SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


async def _typed(attacker: Attacker, newcomer: str, official: str) -> dict[str, int]:
    """Numbers typed at every door but a case's; what was answered."""
    hers = attacker.world.people[FANG].id_number
    person = {"name": "赵新来", "password": "a long enough 7 passphrase", "again": "a long enough 7 passphrase"}
    found: dict[str, int] = {}

    async def form(who: str | None, path: str, **fields: str) -> None:
        found[path] = (await attacker.send(who, "POST", path, data=fields)).status_code

    await form(None, "/sign-in", login=hers, password=hers)
    await form(None, "/register", login="xinlai", id_number=newcomer, mobile=MOBILE, **person)
    await form(None, "/register", login="xinlai", id_number=newcomer[::-1], mobile=MOBILE[::-1], **person)
    await form(None, "/recover", login="wangfang", name=FANG, id_number=hers, mobile=MOBILE)
    await form(ADMINISTRATOR, "/desk/directory/people/new", login="newcomer", name="钱新", id_number=official,
               mobile=OFFICES_MOBILE, email="qian@example.gov.cn", region=REGION)  # fmt: skip
    await form(WEI, "/desk/identity", login="wangfang", id_number=hers, name=FANG)
    await form(FANG, f"/apply/{hers}", region=REGION)
    for path, body in (
        ("/api/v1/sessions", {"login": hers, "password": MOBILE}),
        (f"/api/v1/directory/{REGION}/leaves", {"account": hers}),
        ("/api/v1/drafts", {"region": hers, "journey": hers}),
    ):
        found[path] = (await attacker.send(FANG, "POST", path, json=body)).status_code
    await _provisioned(attacker, official)
    return found


async def _provisioned(attacker: Attacker, official: str) -> None:
    """A personnel system tells of an official with telephones, and shows a token with a number in it."""
    world = attacker.world
    async with world.database.connection() as connection:
        made = await add_provisioner(connection, await world.actor(ADMINISTRATOR), REGION, "人事", await world.now())
    user: dict[str, Any] = {
        "schemas": [SCIM_USER], "userName": "sunlai", "displayName": "孙来",
        "phoneNumbers": [{"value": OFFICES_MOBILE, "type": "mobile"}],
    }  # fmt: skip
    for token in (made, official):
        bearer = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}
        await attacker.send(None, "POST", "/scim/v2/Users", json=user, headers=bearer)


@pytest.mark.long
async def test_numbers_typed_at_any_door_stay_in_the_clear_nowhere(
    attacker: Attacker, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    newcomer = invented_resident_id(REGION, date(1990, 5, 17), 17)
    official = invented_resident_id(REGION, date(1985, 3, 9), 9)
    world = attacker.world
    numbers = {person.id_number for person in world.people.values()} | {newcomer, official, MOBILE, OFFICES_MOBILE}
    numbers |= {newcomer[::-1], MOBILE[::-1]}
    with caplog.at_level(logging.INFO), structlog.testing.capture_logs() as events:
        found = await _typed(attacker, newcomer, official)
        async with world.database.connection() as connection:
            while await drain(connection, joined(dict.fromkeys(TOLD, tell_applicant), dict.fromkeys(LEAVING, note))):
                continue
        await attacker.noted(None)
    kept = await world.one("SELECT count(*) FROM accounts WHERE login = ANY ('{sunlai,newcomer}')")
    assert kept >= 1 and found["/sign-in"] == 401, found
    # The program that types writes its own addresses into the log; one of them is an address with a number on purpose.
    told = "".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    said = told + repr(events) + "".join(capfd.readouterr())
    assert [number for number in numbers if number in said] == []
    places = [place for place in await _in_the_clear(world, numbers) if not place.startswith(PACKS_THEMSELVES)]
    assert places == []
    for path in ("/desk/directory", "/desk/access", "/desk/directory/people/new"):
        for name in (WEI, ADMINISTRATOR):
            page = await attacker.send(name, "GET", path)
            assert [number for number in numbers if number in page.text] == []

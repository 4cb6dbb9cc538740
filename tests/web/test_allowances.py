"""How often one identity may do one kind of thing, and from where a request comes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from tests.api_client import Program
from tests.conftest import BASE
from tests.world import FANG, JING, LEAD, REGION, WEI

from tongban.cli.errors import SettingsInvalid
from tongban.cli.settings import read_settings
from tongban.parties.access import allowances
from tongban.parties.access.allowances import ALLOWANCES, Allowance
from tongban.web.allowing import allowed
from tongban.web.app import create_app
from tongban.web.denied import write
from tongban.web.site import Site, WebSettings
from tongban.web.sources import Sources


def few(monkeypatch: pytest.MonkeyPatch, purpose: str, most: int) -> None:
    declared = ALLOWANCES[purpose]
    changed = Allowance(most, declared.stretch, declared.zh, declared.en)
    monkeypatch.setitem(allowances.ALLOWANCES, purpose, changed)  # type: ignore[arg-type]


async def test_one_account_s_exports_are_counted_and_no_other_s(
    api: Program, node_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "export", 2)
    path = "/catalogue/330103/export.xlsx"
    assert [(await api.ask(WEI, "GET", path)).status_code for _ in range(3)] == [200, 200, 429]
    assert (await api.ask(JING, "GET", path)).status_code == 200
    problem = await api.refused(WEI, "GET", path, 429)
    assert problem["code"] == "access.too_often" and "2" in problem["detail"]
    await write(node_site)
    noted = "SELECT sum(times) FROM access_denials WHERE account = %(a)s AND reason = 'throttled'"
    assert await api.world.one(noted, a=api.world.accounts[WEI]) == 2
    subjects = await api.world.rows("SELECT subject FROM allowances")
    assert all(str(api.world.accounts[WEI]).encode() not in bytes(row.subject) for row in subjects)


async def test_visitors_verifications_are_counted_by_source_and_officials_by_account(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, "verify", 2)
    path = "/verify/A234-5678-9ABC"
    answers = [(await api.ask(None, "GET", path)).status_code for _ in range(3)]
    assert 429 not in answers[:2] and answers[2] == 429
    assert (await api.ask(FANG, "GET", path)).status_code != 429
    page = await api.client.get(path)
    assert page.status_code == 429 and int(page.headers["retry-after"]) > 0


async def test_many_at_once_are_not_more_than_are_allowed(api: Program) -> None:
    most = ALLOWANCES["export"].most

    async def one() -> bool:
        async with api.world.database.connection() as connection:
            try:
                await allowances.spend(connection, "export", "somebody")
            except allowances.TooOften:
                return False
            return True

    assert sum(await asyncio.gather(*(one() for _ in range(most + 10)))) == most


@pytest.fixture
async def set_apart(api: Program) -> AsyncIterator[Program]:
    """A deployment that allows two exports an hour and shows licences for forty seconds."""
    given = read_settings({"TONGBAN_ALLOWANCES": "export=2", "TONGBAN_LICENCE_SHOWN_SECONDS": "40"})
    settings = WebSettings(
        BASE, "a secret of thirty-two characters", allowances=given.allowances, shown_seconds=given.shown_seconds
    )
    transport = httpx.ASGITransport(app=create_app(Site(api.world.kernel, settings)))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield replace(api, client=client)


async def test_a_deployment_sets_how_often_and_how_long(set_apart: Program) -> None:
    api, world = set_apart, set_apart.world
    path = "/catalogue/330103/export.xlsx"
    assert [(await api.ask(WEI, "GET", path)).status_code for _ in range(3)] == [200, 200, 429]
    assert (await api.ask(None, "GET", f"/verify/{uuid4()}")).status_code != 429
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    licence = await world.one("SELECT id FROM licences WHERE source = %(c)s", c=case)
    shown = await api.did(FANG, "POST", f"/licences/{REGION}/{licence}/presentations", json={"fields": []})
    lasts = "SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM licence_presentations"
    assert shown["seconds"] == 40 and 30 < await world.one(lasts) <= 40


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("TONGBAN_ALLOWANCES", "export=0", "1 to 10000"),
        ("TONGBAN_ALLOWANCES", "export=10001", "1 to 10000"),
        ("TONGBAN_ALLOWANCES", "export=many", "1 to 10000"),
        ("TONGBAN_ALLOWANCES", "dancing=3", "export, search, copy, verify, verify-document"),
        ("TONGBAN_ALLOWANCES", "export=3,export=4", "at most once"),
        ("TONGBAN_LICENCE_SHOWN_SECONDS", "5", "30 to 600"),
        ("TONGBAN_LICENCE_SHOWN_SECONDS", "86400", "30 to 600"),
    ],
)
def test_absurd_limits_are_refused_with_variable_and_repair(variable: str, value: str, told: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings({variable: value})
    assert variable in str(refused.value.data) and told in str(refused.value.data)
    assert read_settings({}).allowances == {} and read_settings({}).shown_seconds == 120


def test_a_purpose_that_is_not_declared_is_a_fault_at_the_start() -> None:
    with pytest.raises(ValueError, match="dancing"):
        allowed("dancing")


@pytest.mark.parametrize(
    ("proxies", "client", "forwarded", "source"),
    [
        ((), "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (("10.0.0.0/8",), "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (("10.0.0.0/8",), "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
        (("::1/128", "10.0.0.0/8"), "::1", "2001:db8::5", "2001:db8::5"),
    ],
)
def test_only_one_s_own_proxies_say_where_a_request_comes_from(
    proxies: tuple[str, ...], client: str, forwarded: str, source: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert Sources(proxies).told({"client": (client, 1), "headers": headers})["client"][0] == source

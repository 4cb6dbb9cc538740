"""One node signs people in at another: what is checked on the way, who is known, who is linked, who is refused."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.identity.conftest import Browser, Town
from tests.identity.served import Node, agree
from tests.world import FANG

from tongban.connectors.identity_errors import IdentityInvalid
from tongban.connectors.upper_identity import RETURN, upper_identity
from tongban.parties.applications.upper import Came, UpperIdentity, account_for
from tongban.web.signed_in import SESSION_COOKIE

PUBLIC = "https://county.example"
FILE = """
issuer: {issuer}
client_id: {id}
secret_file: secret.txt
assurance:
  "{acr}": real-name
"""
REAL = "urn:tongban:assurance:real-name"


def described(folder: Path, issuer: str, client_id: str, secret: str, acr: str = REAL) -> UpperIdentity:
    """The upper level's identity as a deployment describes it."""
    (folder / "secret.txt").write_text(secret)
    (folder / "identity.yaml").write_text(FILE.format(issuer=issuer, id=client_id, acr=acr))
    found = upper_identity(folder / "identity.yaml", PUBLIC)
    assert found is not None
    return found


@dataclass
class Pair:
    """The province, the county that signs people in there, and 王芳's browser at the province."""

    town: Town
    upper: httpx.AsyncClient
    folder: Path
    ids: tuple[str, str]

    async def back(self, browser: Browser) -> str:
        """Where the province sends the person back to: path and parameters at the county."""
        away = await browser.client.get("/sign-in/upper?next=/matters")
        there = await self.upper.get(away.headers["location"])
        location = there.headers.get("location") or await agree(self.upper, away.headers["location"])
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}" == PUBLIC
        return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
async def pair(town: Town, node: Node, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two nodes: each with a database of its own."""
    ids = await node.registered(redirects=(PUBLIC + RETURN,), after_sign_out=(), scopes=("openid", "profile"))
    folder = tmp_path_factory.mktemp("deployment")
    town.site.upper = described(folder, node.address, *ids)
    async with httpx.AsyncClient(base_url=node.address, trust_env=False) as upper:
        upper.cookies.set(SESSION_COOKIE, await node.cookie())
        yield Pair(town, upper, folder, ids)


async def test_whoever_is_unknown_signs_in_here_once_and_is_known_from_then_on(pair: Pair) -> None:
    browser = pair.town.browser()
    assert "用省统一认证登录" in (await browser.client.get("/sign-in")).text
    stranger = await browser.client.get(await pair.back(browser))
    assert stranger.headers["location"] == "/sign-in?next=%2Fsign-in%2Fupper%2Flink"
    known = await pair.town.signed_in()
    for name, value in known.client.cookies.items():
        browser.client.cookies.set(name, value, domain="tongban.test", path="/")
    page = await browser.client.get("/sign-in/upper/link")
    assert FANG in page.text and "确认是您本人再关联" in page.text
    assert (await browser.send(page, "/sign-in/upper/link")).headers["location"] == "/matters"
    again = pair.town.browser()
    answer = await again.client.get(await pair.back(again))
    assert answer.headers["location"] == "/matters"
    assert FANG in (await again.client.get("/account/applications")).text
    assert (await pair.town.entries("account.linked"))[-1]["by"] == "confirmed"
    assert (await pair.town.world.rows("SELECT acr FROM upper_identities"))[0].acr == REAL


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda a: re.sub(r"state=[^&]+", "state=x", a), "state"),
        (lambda a: re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", a), "iss"),
        (lambda a: re.sub(r"&?iss=[^&]+", "", a), "iss"),
        (lambda a: re.sub(r"code=[^&]+", "code=x", a), "400"),
        (lambda a: re.sub(r"code=[^&]+", "error=access_denied", a), "access_denied"),
    ],
)
async def test_an_answer_that_does_not_fit_signs_nobody_in(pair: Pair, spoil: object, why: str) -> None:
    browser = pair.town.browser()
    answer = await browser.client.get(spoil(await pair.back(browser)))  # type: ignore[operator]
    assert answer.status_code == 403 and f"（{why}）" in answer.text
    assert SESSION_COOKIE not in answer.cookies


async def test_another_browser_s_answer_and_an_old_one_sign_nobody_in(pair: Pair) -> None:
    browser, thief = pair.town.browser(), pair.town.browser()
    address = await pair.back(browser)
    assert (await thief.client.get(address)).status_code == 400
    await pair.back(thief)  # a journey of its own: state and nonce differ
    assert (await thief.client.get(address)).status_code == 403
    assert (await browser.client.get("/sign-in/upper/return?code=x")).status_code == 403


async def test_an_identity_that_is_not_proved_well_enough_opens_nothing(pair: Pair, node: Node) -> None:
    before = pair.town.site.upper
    pair.town.site.upper = described(pair.folder, node.address, *pair.ids, acr="urn:other")
    browser = pair.town.browser()
    answer = await browser.client.get(await pair.back(browser))
    assert answer.status_code == 403 and "还没有完成实名认证" in answer.text
    pair.town.site.upper = before


async def test_where_the_province_is_away_one_signs_in_here(pair: Pair) -> None:
    before = pair.town.site.upper
    pair.town.site.upper = described(pair.folder, "http://127.0.0.1:9", *pair.ids)
    answer = await pair.town.browser().client.get("/sign-in/upper")
    assert answer.status_code == 503 and "用本平台账号登录" in answer.text
    pair.town.site.upper = before


async def test_an_identity_number_leads_to_its_one_account(town: Town) -> None:
    number = town.world.people[FANG].id_number
    came = Came("https://id.province.example", "p-1", FANG, number, "real-name", "3", ())
    async with town.world.database.connection() as connection:
        now = await town.world.now()
        found = await account_for(connection, town.world.kernel.vault, came, now)
        strange = Came("https://id.province.example", "p-2", FANG, "11010119900307889X", "real-name", "3", ())
        assert await account_for(connection, town.world.kernel.vault, strange, now) is None
    assert found == town.world.accounts[FANG]
    kept = str(await town.world.rows("SELECT u::text FROM upper_identities u"))
    assert number not in kept


def test_a_file_with_faults_names_each(tmp_path: Path) -> None:
    path = tmp_path / "identity.yaml"
    assert upper_identity(path, PUBLIC) is None
    path.write_text(FILE.format(issuer="http://id.province.example", id="x", acr=REAL) + "scopes: [profile]\n")
    with pytest.raises(IdentityInvalid) as refused:
        upper_identity(path, PUBLIC)
    assert all(word in str(refused.value) for word in ("issuer", "openid", "secret_file"))
    path.write_text("issuer: 5\n")
    with pytest.raises(IdentityInvalid):
        upper_identity(path, PUBLIC)

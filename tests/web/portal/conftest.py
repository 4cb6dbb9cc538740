"""A node with the birth journey over a real database: 王芳 applies, 林晓 is another citizen, 周敏 decides."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.two_doors import TwoDoors
from tests.world import World

from tongban.assembly.platform import Platform, assemble
from tongban.assembly.reading import read_pack
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.vault import Vault
from tongban.cli.compose import kernel_of
from tongban.cli.seeding import PASSWORD, seed_demonstration
from tongban.ledger.keys import Signer, log_signer
from tongban.resources.actions import propose_grants
from tongban.web.site import DemonstrationAccount, Site, WebSettings

from .browser import BASE, REGION, AnyAsset, Browser, SignIn, start_over

PACKS = Path(__file__).parents[3] / "packs"


@pytest.fixture(scope="package")
def dsn(migrated: Callable[[str], str]) -> str:
    return migrated("demonstration")


@pytest.fixture(scope="package")
def platform() -> Platform:
    return assemble([read_pack(PACKS / name).draft for name in ("xiacheng", "birth", "real-name")])


@pytest.fixture(scope="package")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return log_signer(tmp_path_factory.mktemp("keys") / "log.pem", "portal.test/log")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def site(dsn: str, platform: Platform, signer: Signer) -> AsyncIterator[Site]:
    database = TwoDoors(dsn)
    await database.open()
    vault = Vault({"k1": b"k" * 32}, "k1", b"l" * 32)
    providers = {one.resource: RecordProvider(one) for one in platform.seeds.records}
    async with database.connection() as connection:
        await seed_demonstration(connection, vault, platform)
        now = dt.datetime.now(dt.UTC)
        for pack, needs in platform.needs.items():
            await propose_grants(connection, REGION, needs, platform.directory, pack, platform.packs[pack], now)
    accounts = (DemonstrationAccount("wangfang", "王芳", "申请人", PASSWORD),)
    settings = WebSettings(BASE, "s" * 40, demonstration=True, accounts=accounts)
    yield Site(kernel_of(platform, database, vault, signer, providers), settings, assets=AnyAsset())
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(site: Site) -> AsyncIterator[Browser]:
    browser = Browser(site)
    yield browser
    await browser.client.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def fang(site: Site) -> AsyncIterator[Browser]:
    """王芳, without any draft left from another test."""
    browser = await Browser(site).sign_in("wangfang")
    if "/apply/birth?region=" in browser.page.text:
        await start_over(browser)
    yield browser
    await browser.client.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def xiao(site: Site) -> AsyncIterator[Browser]:
    """林晓, another citizen."""
    browser = await Browser(site).sign_in("linxiao")
    yield browser
    await browser.client.aclose()


@pytest.fixture
async def sign_in(world: World) -> AsyncIterator[SignIn]:
    """Opens a browser as somebody of the demonstration, on a platform of the test's own."""
    site = Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())
    opened: list[Browser] = []

    async def enter(login: str) -> Browser:
        opened.append(Browser(site))
        return await opened[-1].sign_in(login)

    yield enter
    for browser in opened:
        await browser.client.aclose()

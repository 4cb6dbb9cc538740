"""A site over an empty demonstration database, and a client that speaks to it as a browser would."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from tests.two_doors import TwoDoors

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.key_file import load_or_create
from tongban.cases.kernel import Kernel
from tongban.ledger.keys import log_signer
from tongban.parties.directory import Directory
from tongban.services.catalogue import Catalogue
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.site import Site, WebSettings

BASE = "http://tongban.test"


@pytest.fixture(scope="session")
def address(migrated: Callable[[str], str]) -> str:
    """The address of a migrated demonstration database."""
    return migrated("demonstration")


@pytest.fixture(scope="session")
def kernel(address: str, tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """A kernel without packs."""
    keys: Path = tmp_path_factory.mktemp("keys")
    return Kernel(
        database=TwoDoors(address, size=2),
        vault=load_or_create(keys / "vault.json"),
        calendar=WorkingCalendar.published(),
        catalogue=Catalogue(active={}, versions={}),
        directory=Directory(regions={}),
        licence_types={},
        resources={},
        grants=(),
        providers={},
        signer=log_signer(keys / "log.pem", "tongban.test/log"),
    )


@pytest.fixture(scope="session")
def site(kernel: Kernel) -> Site:
    """The site of a demonstration node."""
    settings = WebSettings(
        base_url=BASE,
        secret="a secret of thirty-two characters",
        node_name="下城通办",
        demonstration=True,
        verifier_keys=f"{kernel.signer.verifier}\n",
    )
    return Site(kernel, settings)


@pytest.fixture(scope="session")
async def app(site: Site) -> AsyncIterator[FrontDoor]:
    """The application over an open store. (A fixture may not hold a lifespan open: it ends in another task.)"""
    await site.kernel.database.open()
    yield create_app(site)
    await site.kernel.database.close()


@pytest.fixture
async def visitor(app: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor's client; every test has a new one."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client

"""A database, an authority and a document maker for the licences' tests, once a run."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tongban.basics.database import Database
from tongban.basics.vault import Vault
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.typesetting import Typesetter

from .cast import FONTS


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault({"k1": b"k" * 32}, "k1", b"l" * 32)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> DemonstrationAuthority:
    return DemonstrationAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def maker(vault: Vault, authority: DemonstrationAuthority) -> DocumentMaker:
    return DocumentMaker(Typesetter([FONTS]), authority, vault, "https://example.test", True)


@pytest.fixture(scope="session")
def dsn(migrated: Callable[[str], str]) -> str:
    return migrated("demonstration")


@pytest_asyncio.fixture(scope="session")
async def database(dsn: str) -> AsyncIterator[Database]:
    store = Database(dsn)
    await store.open()
    yield store
    await store.close()

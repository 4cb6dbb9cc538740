"""One platform for all questions of a file; each test changes what no other test looks at."""

from collections.abc import AsyncIterator

import pytest
from tests.conftest import Template
from tests.world import MONDAY, World


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """A platform of the file's own."""
    address = template.copy()
    found = template.world(address)
    await found.database.open()
    await found.go_to(MONDAY)
    yield found
    await found.database.close()
    template.drop(address)

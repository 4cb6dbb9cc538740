"""All packs installed together, as on a node, for stories that leave records."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.conftest import Template

from tongban.cli.stories import Rehearsal


@pytest.fixture(scope="module")
async def rehearsal(template: Template) -> AsyncIterator[Rehearsal]:
    """Ready to play stories one by one."""
    address = template.copy()
    kernel = template.world(address).kernel
    await kernel.database.open()
    yield replace(template.rehearsal, kernel=kernel)
    await kernel.database.close()
    template.drop(address)

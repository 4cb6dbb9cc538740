"""The scanner of uploads, over a real socket to a server that speaks clamd's protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.world import CLAIM, FANG, REGION, World

from tongban.basics.upload_errors import UploadInfected, UploadNotScanned
from tongban.cases.actions import files
from tongban.cli.check_uploads import check_scanner
from tongban.cli.errors import SettingsInvalid
from tongban.cli.kernel_stage import photo
from tongban.cli.settings import read_settings
from tongban.connectors.scanning import EICAR, ClamdScanner, NotUnderstood

MOST = 1_000_000
"""Bytes of a stream that this server takes, as clamd's StreamMaxLength."""


async def _stream(reader: asyncio.StreamReader) -> bytes | None:
    """The parts of an INSTREAM put together; None when they are too much."""
    whole = b""
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        whole += await reader.readexactly(length)
        if len(whole) > MOST:
            return None
    return whole


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    command = await reader.readuntil(b"\0")
    if command == b"zVERSION\0":
        answer = b"ClamAV 1.4.2/27500/Mon Nov 16 09:00:00 2026"
    else:
        content = await _stream(reader)
        if content is None:
            answer = b"INSTREAM size limit exceeded. ERROR"
        else:
            answer = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
    writer.write(answer + b"\0")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def scanner() -> AsyncIterator[str]:
    """The address of a scanner that is there."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_clean_and_infected_content_are_told_apart_over_both_kinds_of_sockets(tmp_path: Path) -> None:
    async with await asyncio.start_unix_server(_serve, tmp_path / "clamd"):
        local = ClamdScanner(f"unix:{tmp_path}/clamd")
        assert await local.scan(EICAR) == "Eicar-Test-Signature"
    async with scanner() as address:
        found = ClamdScanner(address)
        assert await found.scan(b"x" * 300_000) is None and await found.scan(b"") is None
        assert await found.scan(b"x" * 65_530 + EICAR) == "Eicar-Test-Signature"
        assert (await found.version()).startswith("ClamAV")


async def test_whatever_is_not_called_clean_is_not_taken_for_clean() -> None:
    async with scanner() as address:
        with pytest.raises(NotUnderstood, match="size limit"):
            await ClamdScanner(address).scan(b"x" * (MOST + 1))

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        with pytest.raises(TimeoutError):
            await ClamdScanner(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", 0.2).scan(b"x")


async def test_an_infected_upload_is_refused_and_none_is_taken_while_the_scanner_is_away(world: World) -> None:
    draft = await world.ready(**CLAIM)
    actor, now = await world.actor(FANG), await world.now()

    async def send(address: str, content: bytes) -> None:
        kernel = replace(world.kernel, scanner=ClamdScanner(address, 2))
        await files.upload(kernel, actor, now, REGION, draft.id, "medical_bill", "a.jpg", "image/jpeg", content)

    async with scanner() as address:
        await send(address, photo())
        with pytest.raises(UploadInfected):
            await send(address, photo() + EICAR)
    with pytest.raises(UploadNotScanned) as away:
        await send(address, photo())
    assert away.value.status == 503
    assert await world.one("SELECT count(*) FROM case_files WHERE case_id = %(c)s", c=draft.id) == 1


async def test_the_doctor_tries_the_scanner_with_the_file_that_every_scanner_finds() -> None:
    assert (await check_scanner(read_settings({}))).level == "ok"
    async with scanner() as address:
        found = await check_scanner(read_settings({"TONGBAN_UPLOAD_SCANNER": address}))
        assert (found.level, "Eicar" in found.found[1]) == ("ok", True)
    assert (await check_scanner(read_settings({"TONGBAN_UPLOAD_SCANNER": address}))).level == "fault"
    with pytest.raises(SettingsInvalid):
        read_settings({"TONGBAN_UPLOAD_SCANNER": "http://clamd"})

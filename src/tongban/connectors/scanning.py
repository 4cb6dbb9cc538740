"""The scanner of uploads: any that speaks clamd's protocol, over TCP or a local socket.

``INSTREAM`` as clamd documents it: the content in parts, each with its length before it, a part of length nought at
the end, one line as the answer. Where it listens is ``TONGBAN_UPLOAD_SCANNER``. Handed to the kernel by the composition
root; asked by the doctor.
"""

import asyncio
from urllib.parse import urlsplit

PART = 65_536
SECONDS = 15.0
_FOUND, _CLEAN = " FOUND", "stream: OK"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every scanner takes for malware, in two pieces so that none finds it in this file."""


class NotUnderstood(OSError):
    """The scanner said something that is neither clean nor found."""


class ClamdScanner:
    """A scanner at ``address``: ``tcp://host:port`` or ``unix:/path``."""

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        self.address, self._seconds = address, seconds

    async def scan(self, content: bytes) -> str | None:
        """The name of what was found in ``content``, None for nothing. Raises ``OSError``, ``TimeoutError``."""
        parts = [content[at : at + PART] for at in range(0, len(content), PART)]
        stream = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        said = await self._ask(b"zINSTREAM\0" + stream + bytes(4))
        if said == _CLEAN:
            return None
        if said.startswith("stream: ") and said.endswith(_FOUND):
            return said.removeprefix("stream: ").removesuffix(_FOUND)
        raise NotUnderstood(said[:200])

    async def version(self) -> str:
        """What the scanner says it is, with the date of its signatures. Raises ``OSError``, ``TimeoutError``."""
        return await self._ask(b"zVERSION\0")

    async def _ask(self, sent: bytes) -> str:
        async with asyncio.timeout(self._seconds):
            reader, writer = await self._connected()
            try:
                writer.write(sent)
                await writer.drain()
                answer = await reader.readuntil(b"\0")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
                raise NotUnderstood("no whole answer") from fault
            finally:
                writer.close()
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith("unix:"):
            return await asyncio.open_unix_connection(self.address.removeprefix("unix:"))
        parts = urlsplit(self.address)
        return await asyncio.open_connection(parts.hostname, parts.port)

"""A harvest that is killed between two batches goes on where it stood: nothing lost, nothing twice."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
from tests.resources.catalogue.test_harvest import batch, names, token
from tests.world import REGION, World

MOST, KILLED_AT = 20, 3
"""Entries in a batch, and at which of them the harvester is killed."""


class Served:
    """The node's own signed batches on a socket; asked the ``KILLED_AT``-th time it says so and keeps silent."""

    def __init__(self, batches: dict[int, bytes]) -> None:
        self.batches, self.asked = batches, list[int]()
        self.reached, self.go_on = threading.Event(), threading.Event()
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                after = int(parse_qs(urlsplit(self.path).query)["after"][0])
                served.asked.append(after)
                if len(served.asked) == KILLED_AT:
                    served.reached.set()
                    served.go_on.wait(30)
                body = served.batches[after]
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def serving(batches: dict[int, bytes]) -> Iterator[Served]:
    served = Served(batches)
    thread = threading.Thread(target=served.server.serve_forever, daemon=True)
    thread.start()
    yield served
    served.go_on.set()
    served.server.shutdown()
    served.server.server_close()


def killed(command: list[str], environment: dict[str, str], served: Served) -> None:
    """Harvest until the node is silent, and end that with -9."""
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    assert served.reached.wait(60)
    first.kill()
    assert first.wait() == -signal.SIGKILL


async def test_a_harvest_killed_between_batches_goes_on_from_the_last_one_kept(world: World, tmp_path: Path) -> None:
    secret, after, batches = await token(world), 0, dict[int, bytes]()
    while True:
        one = await batch(world, secret, after, MOST)
        batches[after] = msgspec.json.encode(one)
        if one.next >= one.last:
            break
        after = one.next
    (tmp_path / "token").write_text(secret)
    (tmp_path / "keys").write_text(f"{world.kernel.signer.verifier}\n")
    environment = {**os.environ, "TONGBAN_DATABASE_URL": world.database.conninfo, "TONGBAN_HOME": str(tmp_path)}
    with serving(batches) as served:
        command = [sys.executable, "-m", "tongban.cli.main", "catalogue", "harvest", served.url, "--token-file",
                   str(tmp_path / "token"), "--keys", str(tmp_path / "keys"), "--most", str(MOST)]  # fmt: skip
        await asyncio.to_thread(killed, command, environment, served)
        standing = await world.one("SELECT cursor FROM catalogue_sources")
        assert standing == served.asked[KILLED_AT - 1] and len(await names(world)) > 0
        served.go_on.set()
        await asyncio.to_thread(subprocess.run, command, env=environment, stderr=subprocess.DEVNULL, check=True)
        assert served.asked[KILLED_AT] == standing
        assert sorted(set(served.asked)) == sorted(batches) and len(served.asked) == len(batches) + 1
    here = await world.rows(
        "SELECT name FROM catalogue_entries WHERE region = %(r)s AND published IS NOT NULL", r=REGION
    )
    assert await names(world) == {row.name for row in here}
    assert await world.one("SELECT count(*) FROM catalogue_harvested") == len(here)

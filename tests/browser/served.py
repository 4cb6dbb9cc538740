"""A running node that browsers visit, and what a test does to it from behind: its time, its sessions."""

import datetime as dt
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx
import psycopg
from tests.faults.node import Node

from tongban.cli.seeding import PASSWORD

SCRIPT = Path(__file__).with_name("node_process.py")
REGION = "330103"


class Served(Node):
    """One node with the demonstration's packs and people, a witness and departmental systems."""

    @property
    def environment(self) -> Mapping[str, str]:
        """One worker: the machine also runs the browser."""
        return {**super().environment, "TONGBAN_WORKERS": "1"}

    def start(self) -> None:
        """Start it and wait until it serves, at the opening hour of a working day."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "supervisor.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT)], env=self.environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self.wait_healed()
        self.wait_working_days(1)

    def wait_working_days(self, days: int) -> None:
        """Move the platform's time, as its administrator may in a demonstration."""
        with httpx.Client(base_url=f"{self.url}/api/v1", trust_env=False) as client:
            answer = client.post("/sessions", json={"login": "wuhao", "password": PASSWORD})
            headers = {"authorization": f"Bearer {answer.json()['token']}", "idempotency-key": uuid.uuid4().hex}
            moved = client.post("/demonstration/time", json={"region": REGION, "working_days": days}, headers=headers)
            assert moved.status_code < 300, moved.text

    def end_sessions(self, name: str) -> None:
        """Everybody called ``name`` is signed out behind the browser's back, as when sessions run out."""
        with psycopg.connect(self.conninfo) as connection:
            ended = connection.execute(
                "DELETE FROM sessions WHERE account IN"
                " (SELECT a.id FROM accounts a JOIN persons p ON p.id = a.person WHERE p.name = %s)",
                (name,),
            )
            assert ended.rowcount > 0, f"{name} was not signed in"

    def today(self, days: int = 0) -> dt.date:
        """The day in China by the platform's time, ``days`` later."""
        with psycopg.connect(self.conninfo) as connection:
            row = connection.execute("SELECT (platform_now() AT TIME ZONE 'Asia/Shanghai')::date").fetchone()
            assert row is not None
            today: dt.date = row[0]
            return today + dt.timedelta(days)

    def cases_of(self, name: str) -> int:
        """How many cases ``name`` has submitted."""
        with psycopg.connect(self.conninfo) as connection:
            row = connection.execute(
                "SELECT count(*) FROM cases c JOIN accounts a ON a.id = c.account JOIN persons p ON p.id = a.person"
                " WHERE p.name = %s",
                (name,),
            ).fetchone()
            assert row is not None
            return int(row[0])

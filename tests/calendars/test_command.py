"""``tongban calendar``: a file is checked without a server, proposed by one person, approved by another."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from psycopg.conninfo import conninfo_to_dict
from tests.world import World

from tongban.cli.seeding import PASSWORD

EXAMPLE = Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml"


def url_of(world: World) -> str:
    """The address of the test's database as an URL."""
    parts = {name: str(value) for name, value in conninfo_to_dict(world.database.conninfo).items() if value is not None}
    return f"postgresql:///{parts.pop('dbname')}?{urlencode(parts)}"


def command(world: World | None, home: Path, *arguments: str, language: str = "en_GB.UTF-8") -> tuple[int, str]:
    environment = {
        **os.environ,
        "TONGBAN_HOME": str(home),
        "TONGBAN_DATABASE_URL": url_of(world) if world else "",
        "TONGBAN_PASSWORD": PASSWORD,
        "LANG": language,
        "LC_ALL": language,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tongban.cli", "calendar", *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_file_is_checked_without_a_server(tmp_path: Path) -> None:
    sound = command(None, tmp_path, "check", str(EXAMPLE))
    assert sound[0] == 0 and "nothing wrong" in sound[1] and "no database" in sound[1]
    faulty = tmp_path / "faulty.yaml"
    lines = [line for line in EXAMPLE.read_text("utf-8").splitlines() if "春节, from" not in line]
    faulty.write_text("\n".join(lines), "utf-8")
    status, said = command(None, tmp_path, "check", str(faulty), language="zh_CN.UTF-8")
    assert status == 1 and "2027-02-06（星期六）是春节的法定假日" in said and "补上" in said
    status, said = command(None, tmp_path, "check", str(faulty), "--json")
    assert {fault["code"] for fault in msgspec.json.decode(said)} >= {"calendar.gap"}
    status, said = command(None, tmp_path, "check", str(tmp_path / "none.yaml"))
    assert status == 1 and "file.unreadable" in said


async def test_one_proposes_and_another_approves_on_the_command_line(world: World, tmp_path: Path) -> None:
    status, said = command(world, tmp_path, "propose", str(EXAMPLE), "--as", "wuhao")
    assert status == 0, said
    proposal = said.split("Proposed as ")[1].split(".")[0]
    status, said = command(world, tmp_path, "approve", proposal, "--as", "wuhao", "--yes")
    assert status == 1 and "calendar.same_person" in said
    status, said = command(world, tmp_path, "approve", proposal, "--as", "liwei", "--yes")
    assert status == 1 and "parties.not_allowed" in said
    status, said = command(world, tmp_path, "approve", proposal, "--as", "qianning", "--yes")
    assert status == 0 and "Published: 000000 2027, edition 1" in said and "2027-02-05" in said
    status, said = command(world, tmp_path, "list")
    assert "published" in said and "吴浩 → 钱宁" in said
    status, said = command(world, tmp_path, "check", str(EXAMPLE))
    assert status == 1 and "calendar.same_days" in said
    assert await world.one("SELECT count(*) FROM sessions WHERE kind = 'token'") == 0

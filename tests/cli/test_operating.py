"""What docs/operating.md says is so: every setting, every check of the doctor, every command it names."""

import inspect
import re
from pathlib import Path

import pytest

from tongban.cli import (
    check_database,
    check_keys,
    check_library,
    check_machine,
    check_packs,
    check_surroundings,
    check_trust,
    doctor,
    settings,
)
from tongban.cli.main import COMMANDS

TEXT = Path(__file__).parents[2].joinpath("docs", "operating.md").read_text("utf-8")
MODULES = (
    check_database,
    check_keys,
    check_library,
    check_machine,
    check_packs,
    check_surroundings,
    check_trust,
    doctor,
)
CHECK = re.compile(
    r'"((?:machine|database|outbox|ledger|queue|keys|calendar|packs|library|connectors|web|witness|node|trust)\.\w+)"'
)


def test_every_setting_stands_in_the_table_and_no_other() -> None:
    read = set(re.findall(r'take\("(TONGBAN_\w+)"', inspect.getsource(settings)))
    told = set(re.findall(r"^\| `(TONGBAN_\w+)` \|", TEXT, re.MULTILINE))
    assert read == told and len(read) > 5


def test_defaults_are_the_ones_told() -> None:
    usual = settings.read_settings({})
    for name, default in {
        "TONGBAN_PORT": usual.port,
        "TONGBAN_HOST": usual.host,
        "TONGBAN_LOG_ORIGIN": usual.log_origin,
    }.items():
        assert f"| `{name}` | `{default}` |" in TEXT


@pytest.mark.parametrize("module", MODULES)
def test_every_check_of_the_doctor_has_its_line_for_the_night(module: object) -> None:
    named = set(CHECK.findall(inspect.getsource(module)))  # type: ignore[arg-type]
    night = TEXT.partition("## At three in the morning")[2]
    unremarkable = {"queue.jobs"}
    assert {name for name in named - unremarkable if f"`{name}`" not in night} == set()
    assert named


def test_every_command_named_exists() -> None:
    named = set(re.findall(r"\btongban ([a-z]+)\b", TEXT))
    assert named <= COMMANDS.keys() and {"run", "serve", "doctor", "ledger", "witness", "pack"} <= named

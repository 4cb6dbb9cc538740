"""The command ``tongban`` is quick to help, and every refusal is one line with its repair."""

import subprocess
import sys
from pathlib import Path

import pytest

from tongban.cli.main import COMMANDS, reader_language

TONGBAN = Path(sys.executable).parent / "tongban"


def call(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    settings = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment}
    return subprocess.run([TONGBAN, *words], capture_output=True, text=True, check=False, env=settings)


def test_help_names_every_command_and_loads_none() -> None:
    probe = "import sys; from tongban.cli.main import app; app(['--help'], result_action='return_value'); "
    probe += "print(sorted(m for m in sys.modules if m in ('psycopg', 'litestar', 'tongban.cli.code')))"
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert all(name in told for name in COMMANDS)
    assert told.rstrip().endswith("[]")


def test_version_is_that_of_the_package() -> None:
    assert call("--version").stdout.strip().count(".") == 2


@pytest.mark.parametrize(("locale", "language"), [("zh_CN.UTF-8", "zh-CN"), ("en_US.UTF-8", "en"), ("", "en")])
def test_refusals_speak_the_terminals_language(locale: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", locale)
    assert reader_language() == language


@pytest.mark.parametrize(("code", "status"), [("330105", 0), ("330103", 1)])
def test_a_division_code_is_looked_up_in_the_national_tree(code: str, status: int) -> None:
    assert call("code", "check", "region", code).returncode == status

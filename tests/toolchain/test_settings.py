"""Settings come from the environment; every fault is named at once and no password is shown."""

from pathlib import Path

import pytest

from tongban.cli.errors import SettingsInvalid
from tongban.cli.settings import read_settings


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8080, None)
    assert settings.home == Path("var").absolute() and settings.public_url == "http://127.0.0.1:8080"


def test_what_is_set_is_taken() -> None:
    given = {"TONGBAN_HOME": "/srv/t", "TONGBAN_PORT": "90", "TONGBAN_DATABASE_URL": "postgresql://u@h/d"}
    settings = read_settings({**given, "TONGBAN_PUBLIC_URL": "https://x.example/"})
    assert (str(settings.home), settings.port, settings.database_url) == ("/srv/t", 90, "postgresql://u@h/d")
    assert settings.public_url == "https://x.example"


def test_all_faults_are_named_at_once() -> None:
    given = {
        "TONGBAN_PORT": "0",
        "TONGBAN_WORKERS": "many",
        "TONGBAN_PUBLIC_URL": "ftp://x",
        "TONGBAN_HOST": "a b",
    }
    with pytest.raises(SettingsInvalid) as refusal:
        read_settings({**given, "TONGBAN_LOG_ORIGIN": "a b"})
    assert all(name in str(refusal.value) for name in (*given, "TONGBAN_LOG_ORIGIN"))


def test_a_wrong_database_address_is_not_repeated() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        read_settings({"TONGBAN_DATABASE_URL": "mysql://user:secret@host/db"})
    assert "TONGBAN_DATABASE_URL" in str(refusal.value) and "secret" not in str(refusal.value)


@pytest.mark.parametrize("port", ["٨٠٨٠", "65536", "-1", "80.5"])
def test_a_port_is_a_whole_number_in_ascii_digits(port: str) -> None:
    with pytest.raises(SettingsInvalid, match="TONGBAN_PORT"):
        read_settings({"TONGBAN_PORT": port})

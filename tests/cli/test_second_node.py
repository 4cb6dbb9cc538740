"""The demonstration's second node: what it is told, what it shows, and certificates that are made once."""

import ssl
from pathlib import Path

from msgspec import structs

from tongban.assembly.definitions import Records
from tongban.cli.second_node import NAME, SecondNode, second_database, second_home
from tongban.cli.settings import read_settings
from tongban.connectors.node_certificates import make_certificates

DSN = "postgresql://tongban@/tongban?host=%2Ftmp%2Fsocket&port=5432"


def node(home: Path) -> SecondNode:
    return SecondNode(structs.replace(read_settings({}), home=home), DSN, 29001)


def test_it_shares_the_server_and_nothing_else(tmp_path: Path) -> None:
    second = node(tmp_path)
    assert second_database(DSN) == DSN.replace("/tongban?", f"/{NAME}?") == second.own.database_url
    assert second.home.path == second_home(tmp_path) != second.settings.home
    assert second.own.log_origin != second.settings.log_origin
    door, sealer = second.specs()
    assert door.env["TONGBAN_HOME"] == sealer.env["TONGBAN_HOME"] == str(second.home.path)
    assert door.name != sealer.name and tuple(sealer.argv[-2:]) == ("ledger", "seal")


def test_the_first_node_reaches_it_over_mutual_tls_only(tmp_path: Path) -> None:
    entry = node(tmp_path).entries([Records("civil-affairs.marriage", [])])["civil-affairs.marriage"]
    assert entry["kind"] == "node" and entry["peer"] == NAME and entry["url"].startswith("https://")
    assert {"authority", "certificate", "key"} <= entry.keys()


def test_certificates_are_made_once_and_nobody_else_may_read_the_keys(tmp_path: Path) -> None:
    server, client = tmp_path / "server", tmp_path / "client"
    make_certificates(server, client)
    made = {file: file.read_bytes() for file in tmp_path.rglob("*.*")}
    make_certificates(server, client)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.*")} == made
    assert all(file.stat().st_mode & 0o077 == 0 for file in made)
    context = ssl.create_default_context(cafile=str(client / "authority.pem"))
    context.load_cert_chain(str(client / "client.pem"), str(client / "client.key"))
    (client / "client.pem").unlink()
    make_certificates(server, client)
    assert (server / "server.pem").read_bytes() != made[server / "server.pem"]

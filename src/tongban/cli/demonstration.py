"""What a demonstration adds to a node: a witness and departmental systems beside it, all on this machine.

Each is a process of its own with its own storage, reached over HTTP like a real one.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from tongban.assembly.definitions import Records
from tongban.cli.home import Home, secret_file
from tongban.cli.process import ProcessSpec
from tongban.cli.seeding import write_records
from tongban.cli.witness import KEY_FILE, NAME
from tongban.ledger.keys import witness_signer
from tongban.ledger.verify_receipt import VerifierKey

TONGBAN = (sys.executable, "-m", "tongban.cli")


def witness_spec(home: Home, log: VerifierKey, port: int) -> ProcessSpec:
    """The witness: another office's key and state, in a folder of its own. Makes its key known to the node."""
    state = home.path / "witness"
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.witnesses.write_text(f"{witness_signer(state / KEY_FILE, NAME).verifier}\n", "utf-8")
    return ProcessSpec(
        name="witness",
        argv=(*TONGBAN, "witness", "serve", "--state", str(state), "--port", str(port), "--log", str(log)),
        ready=f"http://127.0.0.1:{port}/keys",
    )


def department_specs(home: Home, records: Sequence[Records], ports: Sequence[int]) -> list[ProcessSpec]:
    """One process a resource, each on one of ``ports``; writes the deployment's list of connectors."""
    places = [(one, home.path / "systems" / one.resource, port) for one, port in zip(records, ports, strict=True)]
    entries = {
        one.resource: {
            "url": f"http://127.0.0.1:{port}/look-up",
            "token_file": str((folder / "token").relative_to(home.path)),
        }
        for one, folder, port in places
    }
    home.connectors.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    return [_department(one, folder, port) for one, folder, port in places]


def _department(records: Records, folder: Path, port: int) -> ProcessSpec:
    data = write_records(folder, records)
    for name in ("token", "admin-token"):
        secret_file(folder / name)
    arguments = {
        "--resource": records.resource,
        "--data": str(data),
        "--port": str(port),
        "--storage": str(folder / "storage"),
        "--token-file": str(folder / "token"),
        "--admin-token-file": str(folder / "admin-token"),
    }
    flat = [text for pair in arguments.items() for text in pair]
    return ProcessSpec(
        name=records.resource,
        argv=(*TONGBAN, "department", "serve", *flat, "--faults"),
        ready=f"http://127.0.0.1:{port}/health",
    )

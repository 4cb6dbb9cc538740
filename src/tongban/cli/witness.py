"""``tongban witness``: run somebody else's key that cosigns the log's heads.

Mounted by the main command; meant to run under another office, on another machine.
"""

import signal
from pathlib import Path
from types import FrameType

from cyclopts import App

from tongban.ledger.keys import witness_signer
from tongban.ledger.verify_receipt import VerifierKey, parse_key, parse_keys
from tongban.ledger.witness import Witness
from tongban.ledger.witness_server import make_server

witness_app = App(name="witness", help="Run the witness that co-signs checkpoints.")

NAME = "witness.tongban.invalid/demonstration"
KEY_FILE = "key.pem"
LOGS_FILE = "logs.txt"


@witness_app.command
def serve(*, state: Path, port: int, host: str = "127.0.0.1", name: str = NAME, log: list[str] | None = None) -> None:
    """Cosign heads that extend what was seen before, until interrupted.

    Parameters
    ----------
    state
        Folder of the witness: its key, the last head of every log. Lost with it: retire the key.
    port
        TCP port; 0 takes a free one.
    host
        Address to listen on.
    name
        Name of the witness's key.
    log
        Public key of a log to witness; more of them in the folder's logs.txt, one a line.
    """
    given = [parse_key(text) for text in log or []]
    witness = Witness(state, witness_signer(state / KEY_FILE, name), lambda: given + _known(state))
    server = make_server(witness, host, port)
    signal.signal(signal.SIGTERM, _interrupt)
    print(f"witness {witness.signer.verifier} http://{host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("witness stopped", flush=True)
    finally:
        server.server_close()
        witness.close()


@witness_app.command
def keys(*, state: Path, name: str = NAME) -> None:
    """Print the witness's public key (made now if there is none).

    Parameters
    ----------
    state
        Folder of the witness.
    name
        Name of the witness's key.
    """
    print(witness_signer(state / KEY_FILE, name).verifier)


def _known(state: Path) -> list[VerifierKey]:
    file = state / LOGS_FILE
    return parse_keys(file.read_text("utf-8")) if file.exists() else []


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt

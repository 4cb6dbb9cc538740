"""The witness over HTTP: a few lines of the standard library, because it must stay easy to audit.

Called by ``tongban witness serve`` and by tests. ``POST /add-checkpoint`` cosigns; ``GET /checkpoint/HEX``
gives the last cosigned note of the log whose origin has that SHA-256; ``GET /keys`` gives the witness's key.
"""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tongban.ledger.witness import TEXT, Answer, Witness

MAX_BODY = 64 * 1024
NOT_FOUND = Answer(404, TEXT, "not found\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    witness: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._send(Answer(413, TEXT, "body is too large or of unknown length\n"))
        body = self.rfile.read(int(length))
        if self.path != "/add-checkpoint":
            return self._send(NOT_FOUND)
        return self._send(self.witness.add_checkpoint(body, int(time.time())))

    def do_GET(self) -> None:
        prefix, _, name = self.path.rpartition("/")
        note = self.witness.latest(name) if prefix == "/checkpoint" else None
        if self.path == "/keys":
            note = f"{self.witness.signer.verifier}\n"
        self._send(NOT_FOUND if note is None else Answer(200, TEXT, note))

    def _send(self, answer: Answer) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a witness keeps its memory in its folder, not in a log of requests."""


def make_server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server bound to ``host:port`` (0: any free port), not yet serving."""
    handler = type("Handler", (_Handler,), {"witness": witness})
    return ThreadingHTTPServer((host, port), handler)

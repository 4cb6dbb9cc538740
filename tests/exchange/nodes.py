"""Two nodes on real sockets with mutual TLS: 李伟's police ask through theirs, civil affairs answer from theirs."""

import datetime as dt
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tongban.web.listener import arguments

HERE = Path(__file__).parent


def make_certificates(folder: Path) -> None:
    """An authority of the test's own, a certificate for a server and one for a client, and a stranger's."""
    folder.mkdir(parents=True, exist_ok=True)
    for authority, names in (("authority", ("server", "client")), ("strangers", ("stranger",))):
        key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate(authority, key, key, authority, ca=True)
        (folder / f"{authority}.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
        for name in names:
            own = ec.generate_private_key(ec.SECP256R1())
            signed = _certificate(name, own, key, authority, ca=False)
            (folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
            (folder / f"{name}.key").write_bytes(
                own.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, issuer: str, *, ca: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=9))
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return builder.add_extension(address, critical=False).sign(signer, hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def tls_context(folder: Path) -> ssl.SSLContext:
    """What the client of this test's authority shows and trusts."""
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    context.load_cert_chain(str(folder / "client.pem"), str(folder / "client.key"))
    return context


class RunningNode:
    """The provider's node as a child process: its own database, its own keys, TLS that wants a certificate."""

    def __init__(self, folder: Path, dsn: str, **settings: str) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"https://127.0.0.1:{self.port}"
        self._environment = {**os.environ, "STAGE_FOLDER": str(folder), "STAGE_DATABASE": dsn, **settings}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        tls = self.folder / "tls"
        command = [sys.executable, "-m", "uvicorn",
                   *arguments("tests.exchange.node_process:application", "127.0.0.1", self.port),
                   "--ssl-certfile", str(tls / "server.pem"), "--ssl-keyfile", str(tls / "server.key"),
                   "--ssl-ca-certs", str(tls / "authority.pem"),
                   "--ssl-cert-reqs", str(int(ssl.CERT_REQUIRED))]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=HERE.parents[1], env=self._environment, start_new_session=True)
        context = tls_context(tls)
        for _ in range(400):
            assert self.process.poll() is None, "the node ended early"
            try:
                if httpx.get(f"{self.url}/health/ready", verify=context, trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the node does not answer")

    def kill(self) -> None:
        """Kill -9 it with its worker."""
        if self.process is not None:
            os.killpg(self.process.pid, 9)
            self.process.wait()
            self.process = None

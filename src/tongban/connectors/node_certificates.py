"""Certificates with which two nodes of one demonstration prove themselves to each other, on one machine.

Called by ``run``. A deployment's certificates come from its own authority; these name 127.0.0.1 and nothing else, and
the authority's key is thrown away once it has signed.
"""

import datetime as dt
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAYS = 3650
_HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def make_certificates(server: Path, client: Path) -> None:
    """Make ``server.pem`` and ``server.key`` in one folder, ``client.pem`` and ``client.key`` in the other, and
    ``authority.pem`` in both. Nothing is made where all of it stands.
    """
    files = [server / "server.pem", server / "server.key", client / "client.pem", client / "client.key"]
    if all(file.exists() for file in (*files, server / "authority.pem", client / "authority.pem")):
        return
    key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Tongban demonstration nodes", key, key, ca=True)
    for folder, name in ((server, "server"), (client, "client")):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = ec.generate_private_key(ec.SECP256R1())
        _write(folder / f"{name}.key", own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(folder / f"{name}.pem", _certificate(name, own, key, ca=False).public_bytes(Encoding.PEM))
        _write(folder / "authority.pem", root.public_bytes(Encoding.PEM))


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    issuer = "Tongban demonstration nodes"
    made = x509.CertificateBuilder(_name(issuer), _name(name), key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=_DAYS))
    made = made.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return made.add_extension(x509.SubjectAlternativeName([_HERE]), critical=False).sign(signer, hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)

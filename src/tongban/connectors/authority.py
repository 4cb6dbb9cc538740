"""Where signing keys come from: a demonstration certificate authority, or files of the deployment.

Called by the composition of jobs (to sign) and web (to verify). Keys are P-256. The demonstration authority
makes its root and one certificate for each department on demand; its certificates say that they are
demonstrations. A deployment puts certificates of its recognised authority into a folder.
"""

import datetime as dt
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from asn1crypto import crl, keys, pem  # type: ignore[import-untyped,unused-ignore]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tongban.basics.codes import uscc as uscc_codes
from tongban.connectors.document_errors import SigningKeyMissing, SigningKeyUnfit
from tongban.connectors.signatures import Organisation, Trust
from tongban.connectors.time_stamps import LocalTimeStamper
from tongban.ledger.keys import sync_folder, write_durably

ROOT_NAME = "通办演示根证书 Tongban Demonstration Root"
_STAMPER_NAME = "通办演示时间戳 Tongban Demonstration TSA"
_DEMONSTRATION = "演示，不具法律效力 Demonstration only"
_ROOT_DAYS, _DAYS, _LIST_DAYS = 7300, 3650, 30


class FileKeys:
    """Keys of a deployment: a folder with, for each department, ``departments/<USCC>.pem``.

    Such a file holds the private key (PKCS#8, unencrypted, mode 0600) and after it the certificate with its
    chain. ``roots/*.pem`` are trusted; ``lists/*.crl`` are their revocation lists (DER or PEM), which whoever
    runs the node keeps fresh. ``stamp_url`` names a time stamp service (RFC 3161).
    """

    def __init__(self, folder: Path, stamp_url: str | None = None) -> None:
        """Nothing is read before it is needed, so a renewed certificate works without a restart."""
        self.folder = folder
        self._stamp_url = stamp_url

    def signer_for(self, organisation: Organisation) -> SimpleSigner:
        """The department's signer. Raises ``SigningKeyMissing`` naming the file, ``SigningKeyUnfit``."""
        path = self.department_file(organisation)
        if not path.exists():
            raise SigningKeyMissing(uscc=organisation.uscc, path=str(path))
        return _load_signer(path)

    def department_file(self, organisation: Organisation) -> Path:
        """Where the key and certificate of ``organisation`` lie. Raises ``CodeError`` for a malformed code."""
        return self.folder / "departments" / f"{uscc_codes.parse(organisation.uscc).code}.pem"

    def timestamper(self) -> TimeStamper | None:
        """The configured time stamp service, or None."""
        return HTTPTimeStamper(self._stamp_url) if self._stamp_url else None

    def trust(self) -> Trust:
        """The roots and revocation lists that lie in the folder now."""
        roots = [found for path in sorted(self.folder.glob("roots/*.pem")) for found in _certificates(path)]
        lists = [_revocation_list(path) for path in sorted(self.folder.glob("lists/*.crl"))]
        return Trust(roots, [], lists)


class DemonstrationAuthority(FileKeys):
    """Makes its own root, time stamper and department certificates in ``folder`` (mode 0700), once each.

    Processes that start together end with the same files: each is made aside and linked into place whole.
    """

    def __init__(self, folder: Path) -> None:
        """Makes what is missing of root and time stamper."""
        super().__init__(folder)
        for part in (folder, folder / "departments", folder / "roots", folder / "lists"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_root()
        self._make_stamper()

    def signer_for(self, organisation: Organisation) -> SimpleSigner:
        """The department's signer, its certificate made now if there is none."""
        path = self.department_file(organisation)
        if not path.exists():
            self._certify(path, _department_name(organisation), _signing_extensions())
        return _load_signer(path)

    def timestamper(self) -> TimeStamper | None:
        """The demonstration's own time stamper, which trusts this machine's clock."""
        return LocalTimeStamper(_load_signer(self.folder / "stamper.pem"))

    def trust(self) -> Trust:
        """The demonstration root with a revocation list that is fresh."""
        self._renew_list(())
        return super().trust()

    def revoke(self, organisation: Organisation) -> None:
        """Put the department's certificate on the revocation list; the next signature gets a new one."""
        path = self.department_file(organisation)
        certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
        self._renew_list((certificate.serial_number,))
        path.unlink()

    def _make_root(self) -> None:
        path = self.folder / "root.pem"
        if not path.exists():
            key, name = ec.generate_private_key(ec.SECP256R1()), _name(ROOT_NAME)
            builder = _builder(name, name, key, _ROOT_DAYS)
            for extension, critical in _root_extensions():
                builder = builder.add_extension(extension, critical)
            _publish(path, _key_pem(key) + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
        _publish(self.folder / "roots" / "demonstration.pem", self._root()[1].public_bytes(Encoding.PEM))

    def _make_stamper(self) -> None:
        path = self.folder / "stamper.pem"
        if not path.exists():
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            self._certify(path, _name(_STAMPER_NAME), [*_signing_extensions(), (usage, True)])

    def _root(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        content = (self.folder / "root.pem").read_bytes()
        key = load_pem_private_key(content, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SigningKeyUnfit(path=str(self.folder / "root.pem"), reason="not a P-256 key")
        return key, x509.load_pem_x509_certificates(content)[0]

    def _certify(self, path: Path, name: x509.Name, extensions: Iterable[tuple[x509.ExtensionType, bool]]) -> None:
        root_key, root = self._root()
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, root.subject, key, _DAYS)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        for extension, critical in (*extensions, (identifier, False)):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(root_key, hashes.SHA256())
        _publish(path, _key_pem(key) + certificate.public_bytes(Encoding.PEM))

    def _renew_list(self, revoked: Iterable[int]) -> None:
        """Write a new revocation list when numbers are added or the present one is past half its life."""
        path, now = self.folder / "lists" / "demonstration.crl", dt.datetime.now(dt.UTC)
        present = x509.load_der_x509_crl(path.read_bytes()) if path.exists() else None
        fresh = present is not None and now - present.last_update_utc < dt.timedelta(days=_LIST_DAYS / 2)
        if fresh and not revoked:
            return
        root_key, root = self._root()
        builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject)
        builder = builder.last_update(now).next_update(now + dt.timedelta(days=_LIST_DAYS))
        builder = builder.add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), False)
        for entry in present or ():
            builder = builder.add_revoked_certificate(entry)
        for number in revoked:
            builder = builder.add_revoked_certificate(_revoked(number, now))
        draft = _draft(path, builder.sign(root_key, hashes.SHA256()).public_bytes(Encoding.DER))
        os.replace(draft, path)
        sync_folder(path.parent)


def _revoked(number: int, at: dt.datetime) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(at)
    return builder.add_extension(x509.CRLReason(x509.ReasonFlags.superseded), False).build()


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _DEMONSTRATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _department_name(organisation: Organisation) -> x509.Name:
    identifier = x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{organisation.uscc}")
    return x509.Name([*_name(organisation.name), identifier])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    began = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


def _root_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.BasicConstraints(True, 0), True), (_usage("key_cert_sign", "crl_sign"), True)]


def _signing_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    usage = _usage("digital_signature", "content_commitment")
    return [(x509.BasicConstraints(False, None), True), (usage, True)]


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_durably(draft, content)
    return draft


def _publish(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` whole (mode 0600), unless somebody was faster: then theirs stays."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    sync_folder(path.parent)


def _load_signer(path: Path) -> SimpleSigner:
    content = path.read_bytes()
    if path.stat().st_mode & 0o077:
        raise SigningKeyUnfit(path=str(path), reason="readable by others; run chmod 600")
    try:
        key = load_pem_private_key(content, None)
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        certificate, *chain = _certificates(path)
    except (ValueError, TypeError) as error:
        raise SigningKeyUnfit(path=str(path), reason=str(error)) from error
    known = SimpleCertificateStore()  # type: ignore[no-untyped-call,unused-ignore]
    known.register_multiple(chain)
    return SimpleSigner(certificate, keys.PrivateKeyInfo.load(der), known)


def _certificates(path: Path) -> list[asn1.Certificate]:
    loaded = x509.load_pem_x509_certificates(path.read_bytes())
    return [asn1.Certificate.load(found.public_bytes(Encoding.DER)) for found in loaded]


def _revocation_list(path: Path) -> crl.CertificateList:
    content = path.read_bytes()
    if pem.detect(content):
        _, _, content = pem.unarmor(content)
    return crl.CertificateList.load(content)

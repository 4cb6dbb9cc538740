"""Signing keys are made once, kept private, and can be taken back; a deployment brings its own."""

import asyncio
import datetime as dt
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tongban.basics.codes import CodeError
from tongban.connectors import signatures
from tongban.connectors.authority import DemonstrationAuthority, FileKeys
from tongban.connectors.document_errors import SigningFailed, SigningKeyMissing, SigningKeyUnfit
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.signatures import report_signature, sign_pdf

from .cast import HEALTH, POLICE

NOW = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def page(maker: DocumentMaker) -> bytes:
    return maker.typesetter.pdf('#set text(font: "Noto Sans SC")\n#set document(title: "x")\n王芳', {}, NOW)


def test_every_file_is_private_and_nothing_is_left_aside(tmp_path: Path) -> None:
    authority = DemonstrationAuthority(tmp_path)
    authority.signer_for(HEALTH)
    authority.trust()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        "root.pem", "stamper.pem", "demonstration.pem", "demonstration.crl", f"{HEALTH.uscc}.pem",
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_all_who_start_at_once_get_the_same_certificate(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: DemonstrationAuthority(tmp_path).signer_for(HEALTH), range(8)))
    assert len({signer.signing_cert.dump() for signer in signers}) == 1


def test_a_certificate_names_its_department_and_says_demonstration(tmp_path: Path) -> None:
    subject = DemonstrationAuthority(tmp_path).signer_for(HEALTH).signing_cert.subject.native
    assert subject["common_name"] == HEALTH.name
    assert subject["organization_identifier"] == f"NTRCN-{HEALTH.uscc}"
    assert "Demonstration" in subject["organizational_unit_name"]


def test_a_department_without_a_valid_code_gets_no_certificate(tmp_path: Path) -> None:
    with pytest.raises(CodeError):
        DemonstrationAuthority(tmp_path).signer_for(msgspec.structs.replace(HEALTH, uscc="../../etc/passwd"))


def test_a_signature_made_before_its_certificate_was_revoked_stays_good(tmp_path: Path, page: bytes) -> None:
    authority = DemonstrationAuthority(tmp_path)
    before = sign_pdf(page, authority, HEALTH, "x", "y")
    stolen = tmp_path / "stolen.pem"
    shutil.copy(authority.department_file(HEALTH), stolen)
    _wait_for_the_next_second()
    authority.revoke(HEALTH)
    assert report_signature(before, authority.trust()).trusted
    after = sign_pdf(page, authority, HEALTH, "x", "y")
    assert report_signature(after, authority.trust()).trusted
    shutil.copy(stolen, authority.department_file(HEALTH))
    with pytest.raises(SigningFailed):
        sign_pdf(page, authority, HEALTH, "x", "y")


def _wait_for_the_next_second() -> None:
    """Revocation and time stamps count in whole seconds."""
    began = dt.datetime.now(dt.UTC).replace(microsecond=0)
    while dt.datetime.now(dt.UTC) < began + dt.timedelta(seconds=1):
        pass


@pytest.mark.parametrize("keys", [FileKeys, DemonstrationAuthority])
def test_a_revoked_certificate_is_not_trusted_even_if_somebody_still_signs(
    tmp_path: Path, page: bytes, keys: type[FileKeys]
) -> None:
    authority, elsewhere = DemonstrationAuthority(tmp_path / "a"), tmp_path / "b"
    authority.signer_for(HEALTH)
    authority.trust()
    shutil.copytree(tmp_path / "a", elsewhere)
    authority.revoke(HEALTH)
    _wait_for_the_next_second()
    stolen = sign_pdf(page, keys(elsewhere), HEALTH, "x", "y")
    report = report_signature(stolen, authority.trust())
    assert report.intact and not report.trusted
    assert "REVOKED" in report.distrust


def test_a_list_of_some_age_is_still_good_and_a_stale_one_is_renewed(tmp_path: Path, page: bytes) -> None:
    authority = DemonstrationAuthority(tmp_path)
    authority.signer_for(HEALTH)
    old = _write_list(authority, dt.timedelta(days=14))
    signed = sign_pdf(page, authority, HEALTH, "x", "y")
    assert (tmp_path / "lists/demonstration.crl").read_bytes() == old
    assert report_signature(signed, authority.trust()).trusted
    stale = _write_list(authority, dt.timedelta(days=16))
    assert report_signature(signed, authority.trust()).trusted
    assert (tmp_path / "lists/demonstration.crl").read_bytes() != stale


def _write_list(authority: DemonstrationAuthority, age: dt.timedelta) -> bytes:
    """Put an empty revocation list of that age into the folder."""
    content = (authority.folder / "root.pem").read_bytes()
    root, began = x509.load_pem_x509_certificate(content), dt.datetime.now(dt.UTC) - age
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(began)
    builder = builder.next_update(began + dt.timedelta(days=30)).add_extension(x509.CRLNumber(1), False)
    key = serialization.load_pem_private_key(content, None)
    made = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)  # type: ignore[arg-type]
    (authority.folder / "lists/demonstration.crl").write_bytes(made)
    return made


def test_a_deployment_signs_with_the_files_it_brings(tmp_path: Path, page: bytes) -> None:
    made = DemonstrationAuthority(tmp_path)
    made.signer_for(HEALTH)
    made.trust()
    keys = FileKeys(tmp_path)
    report = report_signature(sign_pdf(page, keys, HEALTH, "x", "y"), keys.trust())
    assert (report.intact, report.trusted, report.signer_uscc) == (True, True, HEALTH.uscc)
    with pytest.raises(SigningKeyMissing) as missing:
        keys.signer_for(POLICE)
    assert missing.value.data["path"].endswith(f"departments/{POLICE.uscc}.pem")


def test_a_key_file_that_others_can_read_or_that_is_no_key_is_refused(tmp_path: Path) -> None:
    authority = DemonstrationAuthority(tmp_path)
    authority.signer_for(HEALTH)
    path = authority.department_file(HEALTH)
    path.chmod(0o644)
    with pytest.raises(SigningKeyUnfit, match="chmod 600"):
        authority.signer_for(HEALTH)
    path.write_text("nonsense")
    path.chmod(0o600)
    with pytest.raises(SigningKeyUnfit):
        authority.signer_for(HEALTH)


async def test_an_unreachable_time_stamp_service_fails_the_job_and_not_the_licence(
    authority: DemonstrationAuthority, page: bytes
) -> None:
    class Unreachable(DemonstrationAuthority):
        def timestamper(self) -> signatures.TimeStamper | None:
            return FileKeys(self.folder, "http://127.0.0.1:9/stamp").timestamper()

    with pytest.raises(SigningFailed):
        await asyncio.to_thread(sign_pdf, page, Unreachable(authority.folder), HEALTH, "x", "y")

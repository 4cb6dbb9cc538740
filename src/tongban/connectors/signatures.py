"""PDF signatures by departments (PAdES), and their offline validation.

Called by whatever makes documents (``sign_pdf``) and by the web floor, which hands ``signature_check`` to the
licences floor. The profile is PAdES B-LT (ETSI EN 319 142-1) in a single revision when a time stamper is there,
so that the signature covers the whole file including certificates and revocation lists; without one it is a
B-B signature with the same material embedded.
"""

import asyncio
import datetime as dt
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from asn1crypto import crl, x509  # type: ignore[import-untyped,unused-ignore]
from msgspec import Struct
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.ades import ades_basic_validation, ades_with_time_validation
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel, StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from tongban.basics.apart import Room
from tongban.connectors.document_errors import SigningFailed
from tongban.licences.errors import NotADocument, NotSigned
from tongban.licences.models import SignatureCheck, SignatureReport

LARGEST = 5_000_000
"""Bytes of the largest file that is taken for a licence; ours have about 60 kB."""

# Its warnings (nothing is fetched, a stranger's file is broken) tell of normal events, with a stack each.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

_FIELD = "Issuer"
_USAGE = {"digital_signature", "non_repudiation"}
_NONSENSE = (
    PdfError, SignatureValidationError, ValueError, KeyError, TypeError, IndexError, AttributeError,
    RecursionError, OverflowError, NotImplementedError,
)  # fmt: skip
# organizationIdentifier (ETSI EN 319 412-1, "NTRCN-<code>") and serialNumber: where certificate authorities
# write an organisation's code.
_ORGANISATION = ("organization_identifier", "serial_number")


class Organisation(Protocol):
    """Whoever signs: a department, or the issuer named on a licence."""

    @property
    def name(self) -> str:
        """Its full name."""
        ...

    @property
    def uscc(self) -> str:
        """Its unified social credit code."""
        ...


@dataclass(frozen=True)
class Trust:
    """Roots that are trusted, further certificates, and revocation lists as known now."""

    roots: Sequence[x509.Certificate]
    others: Sequence[x509.Certificate]
    lists: Sequence[crl.CertificateList]


class KeyStore(Protocol):
    """Where signing keys come from: the demonstration authority, or files of the deployment."""

    def signer_for(self, organisation: Organisation) -> signers.SimpleSigner:
        """The signer of ``organisation``. Raises ``SigningKeyMissing`` or ``SigningKeyUnfit``."""
        ...

    def timestamper(self) -> TimeStamper | None:
        """The time stamp authority (RFC 3161), or None: then the signing time is the signer's own word."""
        ...

    def trust(self) -> Trust:
        """What a signature is checked against."""
        ...


def sign_pdf(pdf: bytes, keys: KeyStore, organisation: Organisation, reason: str, contact: str) -> bytes:
    """``pdf`` with an invisible signature of ``organisation``; takes about 0.1 s, so call it in a thread.

    ``reason`` says what is signed, ``contact`` where it can be verified (both stand in the file). The signing
    time is the machine's. Raises ``SigningFailed`` and the errors of ``keys``.
    """
    signer, trust, stamper = keys.signer_for(organisation), keys.trust(), keys.timestamper()
    meta = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        name=organisation.name,
        reason=reason,
        contact_info=contact,
        embed_validation_info=True,
        validation_context=_context(trust),
        signer_key_usage=_USAGE,
        dss_settings=DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE),
    )
    pdf_signer = signers.PdfSigner(meta, signer=signer, timestamper=stamper)
    try:
        return asyncio.run(_signed(pdf_signer, pdf))
    except (SigningError, OSError) as error:
        raise SigningFailed(reason=str(error)) from error


async def _signed(signer: signers.PdfSigner, pdf: bytes) -> bytes:
    signed = await signer.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
    return bytes(signed.getbuffer())


def _context(trust: Trust) -> ValidationContext:
    return ValidationContext(
        trust_roots=list(trust.roots),
        other_certs=list(trust.others),
        crls=list(trust.lists),
        allow_fetching=False,
        revocation_mode="require",
    )


class _Asked(Struct, frozen=True, array_like=True):
    """A PDF and, in DER, what its signature is checked against."""

    pdf: bytes
    roots: list[bytes]
    others: list[bytes]
    lists: list[bytes]


def signature_check(keys: KeyStore) -> SignatureCheck:
    """The port of the licences floor, over the trust of ``keys`` as it is at each call.

    The file is taken apart in another process; one that costs it is no document.
    """

    async def check(pdf: bytes) -> SignatureReport:
        if _foreign(pdf):
            raise NotADocument
        trust = keys.trust()
        asked = _Asked(pdf, *([one.dump() for one in some] for some in (trust.roots, trust.others, trust.lists)))
        told = await asyncio.to_thread(READER.ask, msgspec.msgpack.encode(asked))
        try:
            report = msgspec.msgpack.decode(told, type=SignatureReport | str) if told is not None else NotADocument.code
        except msgspec.DecodeError as error:
            raise NotADocument from error
        if isinstance(report, str):
            raise NotSigned if report == NotSigned.code else NotADocument
        return report

    return check


def answer(question: bytes) -> bytes:
    """What ``signature_check`` is told: the report, or the code of what is wrong. Runs in the other process."""
    asked = msgspec.msgpack.decode(question, type=_Asked)
    load = x509.Certificate.load
    trust = Trust(
        [load(one) for one in asked.roots],
        [load(one) for one in asked.others],
        [crl.CertificateList.load(one) for one in asked.lists],
    )
    try:
        return msgspec.msgpack.encode(report_signature(asked.pdf, trust))
    except (NotADocument, NotSigned) as error:
        return msgspec.msgpack.encode(error.code)


READER = Room(f"{__name__}:{answer.__name__}", seconds=10.0)


def _foreign(pdf: bytes) -> bool:
    return len(pdf) > LARGEST or not pdf.startswith(b"%PDF-")


def report_signature(pdf: bytes, trust: Trust) -> SignatureReport:
    """What the only signature in ``pdf`` says, validated offline (ETSI EN 319 102-1, 5.5); call it in a thread.

    The lists of ``trust`` are the newest word on revocation; a time stamp shows that a signature is older.
    Raises ``NotADocument`` for what is no PDF of ours or too large, ``NotSigned`` for one without a signature.
    """
    if _foreign(pdf):
        raise NotADocument
    try:
        signature = _only_signature(pdf)
        return asyncio.run(_report(signature, trust))
    except _NONSENSE as error:
        # The file is hostile until proved otherwise, and the reader meets any shape of nonsense in it.
        raise NotADocument from error


def _only_signature(pdf: bytes) -> EmbeddedPdfSignature:
    found = PdfFileReader(io.BytesIO(pdf), strict=True).embedded_regular_signatures
    if not found:
        raise NotSigned
    # A second signature is a change after the first, which then no longer covers the whole file.
    first: EmbeddedPdfSignature = found[0]
    return first


async def _report(signature: EmbeddedPdfSignature, trust: Trust) -> SignatureReport:
    # Without a stamp only the present counts: a certificate that was revoked since then is not trusted.
    stamped = any(extract_tst_data_iter(signature.signer_info, signed=False))
    validate = ades_with_time_validation if stamped else ades_basic_validation
    result = await validate(signature.signed_data, _spec(trust), raw_digest=signature.compute_digest())
    status, whole = result.api_status, signature.evaluate_signature_coverage()
    return SignatureReport(
        intact=status is not None and status.intact and status.valid and whole == SignatureCoverageLevel.ENTIRE_FILE,
        trusted=isinstance(result.ades_subindic, AdESPassed),
        distrust=str(getattr(result.ades_subindic, "name", result.ades_subindic)),
        signer_name=_common_name(signature.signer_cert),
        signer_uscc=_organisation_code(signature.signer_cert),
        signed_at=_signed_at(signature, status),
        contact=str(signature.sig_object.get("/ContactInfo", "")),
    )


def _spec(trust: Trust) -> SignatureValidationSpec:
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build([CertTrustAnchor(root) for root in trust.roots]),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(
            known_crls=[CRLContainer(found) for found in trust.lists], known_certs=list(trust.others)
        ),
        key_usage_settings=KeyUsageConstraints(key_usage=_USAGE),
    )


def _signed_at(signature: EmbeddedPdfSignature, status: StandardCMSSignatureStatus | None) -> dt.datetime | None:
    stamped = status.timestamp_validity if status is not None else None
    at: dt.datetime | None = stamped.timestamp if stamped else signature.self_reported_timestamp
    return at.astimezone(dt.UTC) if at is not None else None


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.native.get("common_name", ""))


def _organisation_code(certificate: x509.Certificate) -> str | None:
    subject = certificate.subject.native
    codes = (str(subject[name]).rpartition("-")[2] for name in _ORGANISATION if name in subject)
    return next((code for code in codes if len(code) == 18), None)

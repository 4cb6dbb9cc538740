"""Licences as they are handled: issued, opened, verified. Called by cases, jobs and the web floor."""

import datetime as dt
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from tongban.ledger.models import Prepared

StoredState = Literal["valid", "suspended", "revoked", "withdrawn", "cancelled"]
State = Literal["valid", "suspended", "revoked", "withdrawn", "cancelled", "expired"]
"""有效, 暂停, 吊销, 撤销, 注销 and, computed by the day, 过期."""

Ending = Literal["revoked", "withdrawn", "cancelled"]
HolderKind = Literal["person", "organisation"]


class Holder(Struct, frozen=True):
    """Who holds a licence. ``id_number`` (canonical spelling) is hashed and never stored.

    Whoever has that number finds the licence among their own: for a newborn without one, the guardian's. An
    organisation's number is its unified social credit code; those who act for it find the licence.
    A person's name is masked for the public, an organisation's is not.
    """

    name: str
    id_number: str
    kind: HolderKind = "person"


class Issuer(Struct, frozen=True):
    """The department that issued: its id in the region, name and unified social credit code."""

    id: str
    name: str
    uscc: str


class StatedField(Struct, frozen=True):
    """One fact as stated on the day of issue. Label and rights are kept with it: a pack may change later.

    ``value`` is text; a date is spelt YYYY-MM-DD, an integer in decimal digits.
    """

    id: str
    label: str
    value: str
    kind: Literal["text", "date", "integer"] = "text"
    public: bool = False
    sensitive: bool = False


class Licence(Struct, frozen=True):
    """A licence of the register, its facts opened. ``state`` is that of the moment it was read."""

    region: str
    id: UUID
    type: str
    type_name: str
    number: str
    version: int
    code: str
    holder_key: bytes
    holder_name: str
    holder_kind: HolderKind
    issuer: Issuer
    issued_at: dt.datetime
    valid_until: dt.date | None
    fields: list[StatedField]
    source: UUID
    state: State
    state_at: dt.datetime | None
    state_reason: str | None
    pdf_sha256: bytes | None

    def value(self, field: str) -> str | None:
        """The stated value of ``field``, or None when the licence does not state it."""
        return next((stated.value for stated in self.fields if stated.id == field), None)


class PreparedLicence(Struct, frozen=True):
    """A licence ready to be written: its row, its ledger entry and its outbox message.

    ``data`` is the sealed JSON of the stated fields; ``payload`` the JSON text of the message
    (topic ``licence.issued``).
    """

    region: str
    id: UUID
    type: str
    type_name: str
    number: str
    version: int
    code: str
    holder_key: bytes
    holder_name: str
    holder_kind: HolderKind
    issuer: str
    issuer_name: str
    issuer_uscc: str
    issued_at: dt.datetime
    valid_until: dt.date | None
    data: bytes
    source: UUID
    entry: Prepared
    outbox_id: UUID
    payload: str


class PublicFact(Struct, frozen=True):
    """A fact that the licence type declares public."""

    label: str
    value: str


class Verification(Struct, frozen=True):
    """What anybody who holds the verification code may know, and nothing more.

    ``holder`` is masked if it is a person; ``facts`` holds only the fields declared public.
    """

    type_name: str
    holder: str
    issuer_name: str
    issued_on: dt.date
    valid_until: dt.date | None
    state: State
    number: str
    facts: list[PublicFact]


class SignatureReport(Struct, frozen=True):
    """What a signed PDF says of itself, before it is compared with the register.

    ``intact``: the signed bytes are unchanged and the signature covers the whole file. ``trusted``: its
    certificate leads to a trusted root and was not revoked; otherwise ``distrust`` says why.
    ``signer_uscc``: the organisation in the certificate. ``contact``: where the signer offers verification.
    """

    intact: bool
    trusted: bool
    distrust: str
    signer_name: str
    signer_uscc: str | None
    signed_at: dt.datetime | None
    contact: str


class SignatureCheck(Protocol):
    """Reads the signature of a PDF. Handed in by the floor that knows the format and the trusted roots."""

    async def __call__(self, pdf: bytes) -> SignatureReport:
        """Report on the only signature in ``pdf``. Raises ``NotADocument`` and ``NotSigned``."""
        ...


class DocumentVerification(Struct, frozen=True):
    """A genuine document: what may be known of its licence, who signed, and when (UTC).

    A genuine document of a revoked licence is still genuine: read ``licence.state``.
    """

    licence: Verification
    signer_name: str
    signed_at: dt.datetime | None


class Document(Struct, frozen=True):
    """The signed PDF on record."""

    pdf: bytes
    sha256: bytes
    made_at: dt.datetime

"""A licence's signature, validated by a program that has no part in making it: OpenSSL, in C, from the bytes alone.

pyHanko signs and validates here, on asn1crypto. What it writes is read by PAdES's own rules (ETSI EN 319 142-1)
with a pattern, a DER walk of twenty lines, ``openssl cms -verify -cades`` and ``openssl ts -verify``: another parser,
another certificate path, another check of the signing certificate's attribute. No Java, nothing to install.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tongban.basics.database import Database
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.documents import DocumentMaker, make_document

from .cast import HEALTH, REGION, issued

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed: apt-get install openssl")
RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
TIME_STAMP = bytes.fromhex("060b2a864886f70d010910020e")


@pytest.fixture(scope="module")
async def signed(database: Database, maker: DocumentMaker) -> bytes:
    """A licence's document."""
    licence = await issued(database, maker.vault)
    document = await make_document(database, maker, REGION, licence.id)
    assert document is not None
    return document.pdf


def parts(pdf: bytes) -> tuple[bytes, bytes]:
    """The bytes that are signed and the CMS structure. Refuses what the signature does not cover whole."""
    (found,) = RANGE.finditer(pdf)
    start, first, after, rest = map(int, found.groups())
    assert (start, after + rest) == (0, len(pdf)), "the signature does not cover the whole file"
    gap = pdf[first:after]
    assert gap[:1] + gap[-1:] == b"<>", "more than the signature itself is left out"
    # What follows the structure in its place is padding, as much as the signature left free.
    return pdf[:first] + pdf[after:], next(walk(bytes.fromhex(gap[1:-1].decode())))[1]


def walk(der: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, whole encoding and content of each value in a row (X.690, definite lengths)."""
    at = 0
    while at < len(der):
        length, head = der[at + 1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(der[at + 2 : at + head], "big")
        yield der[at], der[at : at + head + length], der[at + head : at + head + length]
        at += head + length


def inside(der: bytes, *path: int) -> bytes:
    """The content reached by taking one child after another, by position (negative: from the end)."""
    for place in path:
        der = list(walk(der))[place][2]
    return der


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(OPENSSL), *map(str, arguments)], check=False, capture_output=True, text=True, timeout=30)


def roots(authority: DemonstrationAuthority) -> Sequence[str | Path]:
    (root,) = authority.folder.glob("roots/*.pem")
    return ("-CAfile", root)


def verify(
    content: bytes, cms: bytes, authority: DemonstrationAuthority, folder: Path
) -> subprocess.CompletedProcess[str]:
    (folder / "content").write_bytes(content)
    (folder / "cms").write_bytes(cms)
    return openssl(
        "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", folder / "cms", "-content", folder / "content",
        "-purpose", "any", "-signer", folder / "signer.pem", "-out", folder / "out", *roots(authority),
    )  # fmt: skip


def test_openssl_finds_the_signature_good_and_by_the_department(
    signed: bytes, authority: DemonstrationAuthority, tmp_path: Path
) -> None:
    assert b"/SubFilter /ETSI.CAdES.detached" in signed or b"/SubFilter/ETSI.CAdES.detached" in signed
    found = verify(*parts(signed), authority, tmp_path)
    assert found.returncode == 0, found.stderr
    subject = openssl("x509", "-in", tmp_path / "signer.pem", "-noout", "-subject", "-nameopt", "utf8").stdout
    assert HEALTH.uscc in subject


def test_openssl_finds_the_time_stamp_good_and_over_this_signature(
    signed: bytes, authority: DemonstrationAuthority, tmp_path: Path
) -> None:
    signer_info = inside(parts(signed)[1], 0, 1, 0, -1, 0)
    values = list(walk(signer_info))
    (stamp,) = [whole for _, whole, content in walk(values[-1][2]) if content.startswith(TIME_STAMP)]
    (tmp_path / "token").write_bytes(next(walk(inside(stamp, 0, 1)))[1])
    value = values[-2][2]
    for stamped, good in ((value, True), (value[:-1] + bytes([value[-1] ^ 1]), False)):
        (tmp_path / "value").write_bytes(stamped)
        found = openssl(
            "ts", "-verify", "-data", tmp_path / "value", "-in", tmp_path / "token", "-token_in", *roots(authority)
        )
        assert (found.returncode == 0) is good, found.stderr


def test_a_byte_changed_anywhere_is_found(signed: bytes, authority: DemonstrationAuthority, tmp_path: Path) -> None:
    content, cms = parts(signed)
    for at in range(100, len(content), len(content) // 7):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert verify(changed, cms, authority, tmp_path).returncode != 0, at


def test_what_is_added_afterwards_is_not_covered(signed: bytes) -> None:
    with pytest.raises(AssertionError, match="does not cover the whole file"):
        parts(signed + b"\n% more\n")


def test_another_authoritys_root_vouches_for_nothing(signed: bytes, tmp_path: Path) -> None:
    other = DemonstrationAuthority(tmp_path / "other")
    other.trust()
    assert verify(*parts(signed), other, tmp_path).returncode != 0

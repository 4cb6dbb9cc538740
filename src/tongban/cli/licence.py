"""``tongban licence``: verify a licence with public keys only, without a server and without a network."""

import datetime as dt
import sys
from pathlib import Path

from cyclopts import App

from tongban.connectors.authority import FileKeys
from tongban.connectors.signatures import report_signature
from tongban.ledger.verify_receipt import parse_keys
from tongban.licences.errors import NotTheRecord
from tongban.licences.listing.rules import Listed, ask, open_list
from tongban.licences.models import SignatureReport
from tongban.licences.rules import STATE_NAMES, check_signature
from tongban.licences.verification_code import parse_code

licence_app = App(name="licence", help="Verify a licence without a network: its file, and the list of its region.")


@licence_app.command
def verify(file: Path, *, trust: Path, list_file: Path, keys: Path) -> None:
    """Say whether a licence's PDF is genuine, unchanged, and not on the list of those out of force.

    Exit 0: genuine and not listed; 1: refused, or listed. Read the last day of validity on the document itself: what
    expired is not listed. That the file is the very one on record only the issuing platform can say.

    Parameters
    ----------
    file
        The PDF as it was downloaded.
    trust
        A folder with ``roots/*.pem`` (trusted roots) and ``lists/*.crl`` (their lists of revoked certificates).
    list_file
        The list of the licence's region, from ``/licence-list/<region>`` of the issuing platform.
    keys
        The platform's public keys, from ``/keys``, one a line.
    """
    report = report_signature(file.read_bytes(), FileKeys(trust).trust())
    check_signature(report)
    listed = open_list(list_file.read_text("utf-8"), parse_keys(keys.read_text("utf-8")))
    state = ask(listed, _code(report), dt.datetime.now(dt.UTC))
    print(_told(report, listed))
    print(f"state\t{state}\t{STATE_NAMES[state]}")
    if state != "valid":
        sys.exit(1)


def _code(report: SignatureReport) -> str:
    """The verification code that the signature covers. Raises ``NotTheRecord`` for another kind of paper."""
    code = report.contact.rpartition("/")[2]
    if not code:
        raise NotTheRecord
    return parse_code(code)[1]


def _told(report: SignatureReport, listed: Listed) -> str:
    signed = report.signed_at.isoformat() if report.signed_at else "-"
    return "\n".join(
        (
            f"signer\t{report.signer_name}\t{report.signer_uscc or '-'}\t{signed}",
            f"list\t{listed.region} version {listed.version}\tmade {listed.made.isoformat()}\tby {listed.signers[0]}",
        )
    )

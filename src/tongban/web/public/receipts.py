"""Check a receipt: here for convenience, offline for whoever does not want to trust this node."""

import json
from pathlib import Path
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct

from tongban.ledger import verify_receipt
from tongban.ledger.verify_receipt import InvalidProof, Verdict
from tongban.web.errors import RequestUnfit
from tongban.web.pages import page
from tongban.web.site import WebRequest, site_of

MOST_BYTES = 200_000


class Result(Struct, frozen=True):
    """What came of checking: a ``verdict`` or the ``reason`` against it, with the document as far as it was read."""

    verdict: Verdict | None
    reason: str | None
    document: dict[str, Any]


@get("/receipt-check", sync_to_thread=False)
def form(request: WebRequest) -> Response[str]:
    """The form, and how to check without this node."""
    return page(request, "public/receipt_check.html", result=None)


@post("/receipt-check", request_max_body_size=MOST_BYTES, status_code=200)
async def check(
    request: WebRequest, data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
) -> Response[str]:
    """Check an uploaded receipt against the published keys. Raises ``RequestUnfit`` without a file."""
    file = data.get("receipt")
    if not isinstance(file, UploadFile):
        raise RequestUnfit("receipt")
    result = judge(await file.read(), site_of(request).settings.verifier_keys)
    return page(request, "public/receipt_check.html", result=result)


def judge(content: bytes, keys: str) -> Result:
    """Check the JSON text of a receipt or promise against verifier ``keys`` (one a line)."""
    document: dict[str, Any] = {}
    try:
        read = json.loads(content)
        document = read if isinstance(read, dict) else {}
        return Result(verify_receipt.verify(document, verify_receipt.parse_keys(keys)), None, document)
    except InvalidProof as fault:
        return Result(None, str(fault), document)
    except (ValueError, RecursionError):
        return Result(None, "the file is not JSON", document)


@get("/receipt-check/verify_receipt.py", sync_to_thread=False)
def verifier() -> Response[bytes]:
    """The verifier as one file, for use without this node."""
    source = Path(verify_receipt.__file__).read_bytes()
    return Response(
        source,
        media_type="text/x-python",
        headers={"content-disposition": 'attachment; filename="verify_receipt.py"'},
    )

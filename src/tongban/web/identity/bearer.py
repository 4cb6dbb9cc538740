"""The access token that a request carries. Called by what serves applications about a person."""

from tongban.web.site import WebRequest


def bearer(request: WebRequest) -> str | None:
    """The token in the request's header (RFC 6750 section 2.1), and nowhere else."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip()[:200] if scheme.lower() == "bearer" and token.strip() else None

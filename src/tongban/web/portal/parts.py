"""What several portal pages need: form texts, words, places, redirects. No page of its own."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.basics.text import to_traditional
from tongban.cases.kernel import Kernel
from tongban.services.catalogue import CompiledRule
from tongban.web.language import Words
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.site import WebRequest, site_of


def words_of(request: WebRequest) -> Words:
    """Texts in the reader's language."""
    return site_of(request).words(request_language(request))


def kernel_of(request: WebRequest) -> Kernel:
    """What verbs are handed."""
    return site_of(request).kernel


def goto(address: str) -> Redirect:
    """See other: what was sent is done, the page follows (RFC 9110 section 15.4.4)."""
    return Redirect(address, status_code=303)


async def texts(request: WebRequest) -> dict[str, str]:
    """The text fields of a sent form by name; the last one of a name counts, files are left out."""
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def choices(request: WebRequest, name: str) -> list[str]:
    """Every ticked value of ``name`` in a sent form."""
    form = await request.form()
    return [value for value in form.getall(name, []) if isinstance(value, str)]


def revision_of(typed: Mapping[str, str]) -> int:
    """The hidden revision of a form; -1, which no page ever has, when it was tampered with."""
    given = typed.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def explain(rule: CompiledRule, words: Words) -> str:
    """A rule in the reader's words."""
    said = rule.explain("en" if words.language == "en" else "zh-CN")
    return to_traditional(said) if words.language == "zh-Hant" else said


def fault_of(request: WebRequest, error: TongbanError, field: str | None = None) -> dict[str, Any]:
    """One error as a line of an error summary."""
    return {"field": field or error.field, "message": sentence(error, words_of(request))}


def region_here(kernel: Kernel, wanted: str | None, household: str | None = None) -> str:
    """The region to act in: the one wanted, else the household register's, else the first that is served.

    Raises ``UnknownRegion`` when ``wanted`` is not served.
    """
    if wanted:
        return kernel.directory.region(wanted).code
    served = sorted(kernel.directory.regions)
    if not served:
        raise NotFoundException
    return household if household is not None and household in served else served[0]


def department_name(kernel: Kernel, region: str, department: str) -> str:
    """The name people know a department by."""
    found = kernel.directory.department(region, department) if region in kernel.directory.regions else None
    return found.name if found else department


def cursor_text(cursor: tuple[dt.datetime, UUID] | None) -> str | None:
    """Where a list goes on, as it stands in an address."""
    return f"{cursor[0].isoformat()}~{cursor[1]}".replace("+00:00", "Z") if cursor else None


def cursor_of(text: str | None) -> tuple[dt.datetime, UUID] | None:
    """The place that ``text`` names, or None for whatever is no such place: the list then begins anew."""
    at, _, identifier = (text or "").partition("~")
    try:
        return (moment, UUID(identifier)) if (moment := dt.datetime.fromisoformat(at)).tzinfo else None
    except ValueError:
        return None


def uuid_of(text: str | None) -> UUID | None:
    """The id that ``text`` names, or None."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None

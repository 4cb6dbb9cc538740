"""My data: who looked up what about me, when, why, by which right, and what came of it.

Departments speak here, never an officer; nothing shown reveals another person's address or case.
"""

from uuid import UUID

from litestar import Response, get
from msgspec import Struct

from tongban.cases.actions.drafts import my_drafts
from tongban.cases.kernel import Kernel
from tongban.cases.views.reading import my_cases
from tongban.parties.definitions import Department
from tongban.parties.models import Actor
from tongban.resources.actions import uses
from tongban.resources.models import Use
from tongban.web.pages import page
from tongban.web.portal.parts import department_name, kernel_of, uuid_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

PAGE = 20
MOST_LISTS = 3


class UseView(Struct, frozen=True):
    """One use as the page shows it. ``href`` and ``matter`` only where the case or draft is one's own."""

    use: Use
    provider: str
    consumer: Department | None
    consumer_name: str
    source: str
    fields: list[str]
    href: str | None
    matter: str | None


@get("/my-data")
async def mine(request: WebRequest, before: str | None = None) -> Response[str]:
    """Every use of one's data, and of that of enterprises one may act for, newest first, in everybody's cases."""
    signed = await signed_in(request)
    kernel, last = kernel_of(request), uuid_of(before)
    async with kernel.database.connection() as connection:
        found = await uses(connection, signed.actor.keys, last, PAGE + 1)
    own = await _own_matters(kernel, signed.actor)
    more = str(found[PAGE - 1].id) if len(found) > PAGE else None
    views = [_view(kernel, use, own) for use in found[:PAGE]]
    return page(request, "portal/my_data.html", views=views, more=more, first=last is None)


async def _own_matters(kernel: Kernel, actor: Actor) -> dict[UUID, tuple[str, str]]:
    """Case or draft id → address and name, of one's newest matters."""
    own = {
        draft.id: (f"/drafts/{draft.region}/{draft.id}/notice", draft.journey)
        for draft in await my_drafts(kernel, actor)
    }
    own = {key: (href, kernel.catalogue.active[journey].journey.name if journey in kernel.catalogue.active else journey)
           for key, (href, journey) in own.items()}  # fmt: skip
    cursor = None
    for _ in range(MOST_LISTS):
        cases, cursor = await my_cases(kernel, actor, cursor)
        own |= {case.id: (f"/matters/{case.region}/{case.id}", case.name) for case in cases}
        if cursor is None:
            break
    return own


def _view(kernel: Kernel, use: Use, own: dict[UUID, tuple[str, str]]) -> UseView:
    kind, _, name = use.source.partition(":")
    labels: dict[str, str] = {"number": "证照编号"}
    title = name
    if kind == "resource" and name in kernel.resources:
        title, fields = kernel.resources[name].name, kernel.resources[name].fields
        labels |= {field.id: field.label for field in fields}
    elif name in kernel.licence_types:
        title = kernel.licence_types[name].name
        labels |= {field.id: field.label for field in kernel.licence_types[name].fields}
    here = use.region in kernel.directory.regions
    href, matter = own.get(use.case_id, (None, None))
    return UseView(
        use=use,
        provider=department_name(kernel, use.region, use.provider),
        consumer=kernel.directory.department(use.region, use.consumer) if here else None,
        consumer_name=department_name(kernel, use.region, use.consumer),
        source=title,
        fields=[labels.get(field, field) for field in use.fields],
        href=href,
        matter=matter,
    )

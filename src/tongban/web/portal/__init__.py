"""Pages for persons and enterprises. ``ROUTES`` is the explicit table of its handlers."""

from typing import Any

from litestar import Response, Router
from litestar.types import ControllerRouterHandler

from tongban.cases.errors import DraftSubmitted, NoticeNotRead
from tongban.web.portal import (
    account,
    acting,
    acts,
    amending,
    applying,
    consent_requests,
    consents,
    guides,
    home,
    licences,
    materials,
    matters,
    messages,
    my_data,
    notices,
    offline,
    presenting,
    promising,
    receipts,
    review,
    rights,
    sessions,
    steps,
)
from tongban.web.portal.parts import goto
from tongban.web.site import WebRequest


def _to_matter(request: WebRequest, _: DraftSubmitted) -> Response[Any]:
    """A draft that became a case leads to the case."""
    return goto(f"/matters/{request.path_params['region']}/{request.path_params['draft_id']}")


def _to_notice(request: WebRequest, _: NoticeNotRead) -> Response[Any]:
    """A form that was opened before its notice leads to the notice."""
    return goto(f"/drafts/{request.path_params['region']}/{request.path_params['draft_id']}/notice")


_DRAFTS = Router(
    "/drafts/{region:str}/{draft_id:uuid}",
    route_handlers=[
        applying.notice,
        applying.read,
        applying.abandon,
        steps.resume,
        steps.show,
        steps.save,
        steps.autosave,
        materials.show,
        materials.look_up,
        materials.upload,
        materials.remove,
        materials.content,
        promising.show,
        promising.commit,
        promising.tolerate,
        promising.take_back,
        review.show,
        review.send,
    ],
    exception_handlers={DraftSubmitted: _to_matter, NoticeNotRead: _to_notice},
)
_MATTERS = Router(
    "/matters/{region:str}/{case_id:uuid}",
    route_handlers=[
        matters.show,
        matters.live,
        matters.ask,
        matters.confirm,
        matters.withdraw,
        matters.use,
        acts.form,
        acts.make,
        acts.upload,
        amending.edit,
        amending.save,
        amending.upload,
        amending.remove,
        amending.content,
        receipts.show,
        receipts.state,
        receipts.download,
        notices.download,
    ],
)
ROUTES: tuple[ControllerRouterHandler, ...] = (
    home.home,
    home.search,
    guides.guide,
    *sessions.ROUTES,
    *account.ROUTES,
    *acting.ROUTES,
    applying.begin,
    applying.start,
    _DRAFTS,
    matters.mine,
    _MATTERS,
    licences.mine,
    licences.show,
    licences.document,
    licences.metadata,
    *offline.ROUTES,
    presenting.choose,
    presenting.present,
    presenting.state,
    *consents.ROUTES,
    *consent_requests.ROUTES,
    *rights.ROUTES,
    my_data.mine,
    my_data.objected,
    messages.mine,
    messages.unread,
)

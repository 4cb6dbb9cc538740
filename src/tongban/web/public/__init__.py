"""Pages that anybody may read without signing in: choices of display, health, log, verification, keys.

``ROUTES`` is the explicit table of its handlers.
"""

from litestar.types import ControllerRouterHandler

from tongban.web.public import (
    catalogue,
    choices,
    diagrams,
    health,
    licence_list,
    log,
    presented,
    receipts,
    style,
    verification,
)

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *catalogue.ROUTES,
    choices.choose_language,
    choices.choose_letters,
    choices.choose_theme,
    diagrams.download,
    health.live,
    health.ready,
    licence_list.newest,
    log.checkpoint,
    log.tile,
    log.keys,
    presented.ask,
    presented.look,
    receipts.form,
    receipts.check,
    receipts.verifier,
    verification.form,
    verification.by_code,
    verification.by_document,
    style.guide,
)

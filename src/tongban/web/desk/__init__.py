"""Pages for civil servants. ``ROUTES`` is the explicit table of its handlers."""

from litestar.types import ControllerRouterHandler

from tongban.web.desk import (
    acts,
    answering,
    calendars,
    deciding,
    export,
    files,
    inbox,
    journeys,
    league,
    searching,
    tasks,
    tickets,
    urging,
    verifications,
)

ROUTES: tuple[ControllerRouterHandler, ...] = (
    inbox.show,
    *tickets.ROUTES,
    *urging.ROUTES,
    *league.ROUTES,
    *journeys.ROUTES,
    *calendars.ROUTES,
    verifications.show,
    export.download,
    searching.search,
    tasks.onward,
    tasks.show,
    deciding.make,
    answering.give,
    acts.mine,
    acts.form,
    acts.make,
    acts.made,
    files.show,
    files.receipt,
)

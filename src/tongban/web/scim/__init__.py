"""SCIM 2.0 (RFC 7643, RFC 7644): an institution's personnel or identity system keeps officials and units here.

``door`` lets in, ``shapes`` are the resources, ``users`` and ``groups`` turn them into verbs of the organisation.
``ROUTES`` is the explicit table of handlers.
"""

from litestar.types import ControllerRouterHandler

from tongban.web.scim import door

ROUTES: tuple[ControllerRouterHandler, ...] = (door.answer,)

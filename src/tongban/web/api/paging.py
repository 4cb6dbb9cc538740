"""Keyset paging: an opaque cursor says after which row to go on; nothing is ever counted past."""

import base64
import binascii
import datetime as dt
from uuid import UUID

from tongban.basics.errors import TongbanError


class CursorUnfit(TongbanError):
    """The cursor is not one that a page handed out."""

    code = "web.cursor_unfit"
    status = 400
    zh = "翻页位置无效，请从第一页开始。"
    en = "The cursor is not valid. Start from the first page."


def write_cursor(*parts: object) -> str:
    """A cursor of the last row's key."""
    return base64.urlsafe_b64encode("~".join(map(str, parts)).encode()).decode().rstrip("=")


def read_cursor(cursor: str, parts: int) -> list[str]:
    """The key behind ``cursor``. Raises ``CursorUnfit``."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise CursorUnfit(field="cursor") from error
    found = text.split("~")
    if len(found) != parts or "\0" in text:
        raise CursorUnfit(field="cursor")
    return found


def read_moment(cursor: str) -> tuple[dt.datetime, UUID]:
    """The time and id behind ``cursor``. Raises ``CursorUnfit``."""
    at, last = read_cursor(cursor, 2)
    try:
        return dt.datetime.fromisoformat(at), UUID(last)
    except ValueError as error:
        raise CursorUnfit(field="cursor") from error

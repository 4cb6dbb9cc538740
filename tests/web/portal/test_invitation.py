"""Somebody invited opens the link, sets a password and is signed in."""

from datetime import timedelta

from tongban.parties.log_in.invitations import invite
from tongban.web.site import Site

from .browser import Browser

NEW = "seven quiet bridges"


async def test_a_link_leads_from_the_message_to_being_signed_in(site: Site, visitor: Browser) -> None:
    async with site.kernel.database.connection() as connection:
        cursor = await connection.execute("SELECT id FROM accounts WHERE login = 'hejie'")
        row = await cursor.fetchone()
        assert row is not None
        secret = await invite(connection, row.id, "first-sign-in", None, timedelta(days=3))
    assert "hejie" in (await visitor.get(f"/invitation/{secret}")).text
    differing = await visitor.post(f"/invitation/{secret}", password=NEW, again="another one entirely")
    assert differing.status_code == 422 and 'id="again-error"' in differing.text
    weak = await visitor.post(f"/invitation/{secret}", password="password", again="password")
    assert weak.status_code == 422 and 'id="password-error"' in weak.text and 'value="password"' not in weak.text
    assert (await visitor.post(f"/invitation/{secret}", password=NEW, again=NEW)).status_code == 200
    assert (await visitor.get("/matters")).url.path == "/matters"
    again = await visitor.get(f"/invitation/{secret}")
    assert again.status_code == 404 and "只能用一次" in again.text

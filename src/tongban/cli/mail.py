"""``tongban mail``: say how mail leaves, and try it."""

import asyncio
from pathlib import Path

import psycopg
from cyclopts import App
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.cli import operations
from tongban.cli.running import database_address
from tongban.cli.settings import Settings, read_settings
from tongban.connectors.mail import MailSettings, MailWrong, Security, read_mail, send, write_mail

mail_app = App(name="mail", help="Say how mail leaves, and try it.")


@mail_app.command(name="set")
def set_(
    host: str,
    *,
    sender: str,
    port: int = 587,
    security: Security = "starttls",
    user: str | None = None,
    password_file: str | None = None,
    authority: Path | None = None,
) -> None:
    """Settle through which server mail leaves; ``tongban mail try`` then sends one.

    Parameters
    ----------
    host
        The bureau's SMTP server.
    sender
        From whom mails come.
    port
        587 for starttls, 465 for tls.
    security
        starttls, tls, or none for a relay on this machine.
    user
        Account, where the server asks for one.
    password_file
        File with its password (mode 600), relative to the working folder.
    authority
        The bureau's own certificate authority, where it has one.
    """
    certificate = str(authority.absolute()) if authority else None
    settings = MailSettings(host, sender, port, security, user, password_file, certificate)
    write_mail(read_settings().home, settings)


@mail_app.command(name="try")
def try_(to: str) -> None:
    """Send a trial and note how it went.

    Parameters
    ----------
    to
        Address that receives it.
    """
    print(asyncio.run(_try(read_settings(), to)))


async def _try(settings: Settings, to: str) -> str:
    async with await psycopg.AsyncConnection.connect(
        database_address(settings), autocommit=True, row_factory=namedtuple_row
    ) as connection:
        return await try_mail(connection, settings, to)


async def try_mail(connection: Connection, settings: Settings, to: str) -> str:
    """Send a trial to ``to`` and note how it went; its id. Raises ``MailRefused``, ``MailWrong``."""
    found = read_mail(settings.home)
    if found is None:
        raise MailWrong(file=str(settings.home / "mail.yaml"), reason="-")
    text = f"这是 {settings.public_url} 的试发邮件，收到即说明邮件通道可用。\nA trial: mail from this node arrives."
    async with operations.noted(connection, "mail", server=f"{found.host}:{found.port}"):
        return await send(settings.home, found, to, "通办：邮件试发", text)

"""Send mail through the bureau's own server: ``mail.yaml`` of the working folder says which.

Called by the trial (``tongban init``, ``tongban mail try``) and by whoever delivers messages beyond the pages.
The password stands in a file of its own, readable by this user alone. Nothing personal belongs in a mail's subject.
"""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from tongban.basics.errors import TongbanError
from tongban.ledger.keys import write_durably

FILE = "mail.yaml"
SECONDS = 20
Security = Literal["starttls", "tls", "none"]


class MailWrong(TongbanError):
    """``mail.yaml`` can not be used."""

    code = "mail.wrong"
    status = 500
    zh = "邮件设置 {file} 有误：{reason}。办法：更正该文件，再执行 tongban mail try。"
    en = "The mail settings {file} are wrong: {reason}. Repair: correct them, then run tongban mail try."


class MailRefused(TongbanError):
    """The server did not take a mail."""

    code = "mail.refused"
    status = 502
    zh = "邮件服务器 {server} 没有收下邮件：{reason}。办法：核对地址、端口、加密方式、账号和发件人。"
    en = "The mail server {server} did not take the mail: {reason}. Repair: check address, port, security, account."


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How mail leaves. ``security``: ``starttls`` (usual, port 587), ``tls`` (465), ``none`` (a relay on this machine).

    ``password_file`` is relative to the working folder. ``authority``: file of the certificate authority, where the
    bureau has its own.
    """

    host: str
    sender: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password_file: str | None = None
    authority: str | None = None


def read_mail(home: Path) -> MailSettings | None:
    """The settings of the node in ``home``, None when mail was not set up. Raises ``MailWrong``."""
    file = home / FILE
    if not file.exists():
        return None
    try:
        return msgspec.convert(yaml.safe_load(file.read_text("utf-8")), MailSettings, strict=False)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise MailWrong(file=str(file), reason=" ".join(str(error).split())) from error


def write_mail(home: Path, settings: MailSettings) -> None:
    """Keep ``settings``, whole or not at all."""
    draft = home / f".{FILE}"
    write_durably(draft, yaml.safe_dump(msgspec.to_builtins(settings), allow_unicode=True, sort_keys=False).encode())
    draft.rename(home / FILE)


async def send(home: Path, settings: MailSettings, to: str, subject: str, text: str) -> str:
    """Send one mail and return its id when the server has taken it. Raises ``MailRefused``, ``MailWrong``."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.sender, to, subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=settings.sender.rpartition("@")[2])
    message.set_content(text)
    try:
        await asyncio.to_thread(_deliver, home, settings, message)
    except (smtplib.SMTPException, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise MailRefused(server=f"{settings.host}:{settings.port}", reason=reason) from error
    return str(message["Message-ID"])


def _deliver(home: Path, settings: MailSettings, message: EmailMessage) -> None:
    trust = ssl.create_default_context(cafile=settings.authority)
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=SECONDS, context=trust)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
    with server:
        if settings.security == "starttls":
            server.starttls(context=trust)
        if settings.user is not None:
            server.login(settings.user, _password(home, settings))
        server.send_message(message)


def _password(home: Path, settings: MailSettings) -> str:
    path = home / (settings.password_file or "keys/mail-password")
    try:
        if path.stat().st_mode & 0o077:
            raise MailWrong(file=str(path), reason="chmod 600")
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise MailWrong(file=str(path), reason=error.strerror or "unreadable") from error

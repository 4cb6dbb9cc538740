"""What a registration must satisfy, and by which number an application knows a person. Pure, no I/O."""

import base64
import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from tongban.basics.faults import Fault
from tongban.basics.vault import Vault
from tongban.parties.applications.models import Application, Registration
from tongban.parties.applications.scopes import FULL_PHONE, INSTITUTIONAL, OPENID, PERSONAL

ACR = "urn:tongban:assurance:"
"""Assurance levels as applications read them: this and the level's name."""
_PRIVATE_SCHEME = re.compile(r"^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+$")
LEAST_PURPOSE = 4


def subject_of(vault: Vault, application: Application, person: UUID) -> str:
    """The number by which ``application`` knows ``person``: the same within a sector, unlike everywhere else.

    Pairwise (OpenID Connect Core 8.1), from a keyed hash, so that it can not be worked back or joined.
    """
    digest = vault.keyed_hash("subject", f"{sector_of(application)}\n{person}")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def sector_of(application: Application) -> str:
    """Within which applications know a person by the same number."""
    stated = application.stated
    return stated.sector or next((_host(address) for address in stated.redirects), str(application.id))


def _host(address: str) -> str:
    parts = urlsplit(address)
    return parts.hostname or parts.scheme


def faults(stated: Registration) -> list[Fault]:
    """Everything that is wrong with a registration; empty when nothing is."""
    return [*_texts(stated), *_scopes(stated), *_addresses(stated), *_keys(stated)]


def _texts(stated: Registration) -> Iterable[Fault]:
    if not stated.name.strip():
        yield Fault("name", "请填写应用名称，登录的人会看到它", "Say what the application is called; people read it")
    if stated.kind != "institution" and len(stated.purpose.strip()) < LEAST_PURPOSE:
        yield Fault(
            "purpose", "请用一句话写明用途，登录的人会看到它", "Say in a sentence what it is for; people read it"
        )
    if not stated.department:
        yield Fault("department", "请选择负责的部门", "Choose the department that answers for it")


def _scopes(stated: Registration) -> Iterable[Fault]:
    table = INSTITUTIONAL if stated.kind == "institution" else PERSONAL
    strange = sorted(set(stated.scopes) - set(table))
    if strange:
        yield Fault(
            "scopes", f"没有这样的范围：{'、'.join(strange)}", f"No such scope for this kind: {', '.join(strange)}"
        )
    if not stated.scopes:
        yield Fault("scopes", "请至少选择一项", "Choose at least one")
    if stated.kind != "institution" and OPENID not in stated.scopes:
        yield Fault("scopes", "登录类应用必须包含 openid", "An application that signs people in needs openid")
    if FULL_PHONE in stated.scopes and not stated.basis.strip():
        yield Fault("basis", "要完整手机号的，必须写明依据", "Say the ground on which whole numbers are asked for")


def _addresses(stated: Registration) -> Iterable[Fault]:
    if stated.kind == "institution":
        if stated.redirects or stated.after_sign_out or stated.sign_out_notice:
            yield Fault("redirects", "机构接口没有人登录，不需要返回地址", "Nobody signs in: it has no addresses")
        return
    if not stated.redirects:
        yield Fault("redirects", "请填写登录后返回的地址", "Say where people return to")
    for field, addresses in (("redirects", stated.redirects), ("after_sign_out", stated.after_sign_out)):
        for address in addresses:
            if said := address_fault(address, native=stated.kind == "native"):
                yield Fault(field, f"{address}：{said[0]}", f"{address}: {said[1]}")
    if stated.sign_out_notice and (said := address_fault(stated.sign_out_notice, native=False)):
        yield Fault("sign_out_notice", said[0], said[1])
    hosts = {_host(address) for address in stated.redirects}
    if stated.sector is None and len(hosts) > 1:
        yield Fault(
            "sector", "返回地址分属几个域名，请写明共同的标识", "The addresses have several hosts: name a common sector"
        )


def address_fault(address: str, *, native: bool) -> tuple[str, str] | None:
    """What is wrong with an address that people or notices are sent to (Chinese, English), or None.

    https with a host and no fragment (RFC 6749 3.1.2); http only on this very machine; a private scheme in reversed
    domain form (RFC 8252 7.1) only for apps.
    """
    if any(sign <= " " or sign >= "\x7f" or sign in '\\"<>^`{|}*' for sign in address):
        return "含有不能使用的字符", "it holds characters that an address can not have"
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "不是有效的地址", "it is no address"
    if parts.fragment or "#" in address or parts.username or parts.password:
        return "不能带 # 或用户名", "it may carry neither a fragment nor a user"
    if parts.scheme == "https" and host:
        return None
    if parts.scheme == "http" and host and _loopback(host):
        return None
    if native and not host and _PRIVATE_SCHEME.match(parts.scheme) and parts.path:
        return None
    return "必须是 https 地址（本机调试可以用 http）", "it must begin with https (http only on this very machine)"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_PUBLIC = {"EC": {"kty", "crv", "x", "y"}, "RSA": {"kty", "n", "e"}}
_ALSO = {"kid", "alg", "use"}


def _keys(stated: Registration) -> Iterable[Fault]:
    if stated.kind == "native" and stated.keys:
        yield Fault("keys", "公开客户端保存不住密钥", "A public client can keep no key")
    for key in stated.keys:
        needed = _PUBLIC.get(str(key.get("kty")), set())
        if not needed or not needed <= set(key) <= needed | _ALSO or not all(isinstance(v, str) for v in key.values()):
            yield Fault("keys", "只能填写公钥（JWK，EC P-256 或 RSA）", "Give public keys only (JWK, EC P-256 or RSA)")

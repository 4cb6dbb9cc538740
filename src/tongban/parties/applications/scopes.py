"""What an application can ask for: each scope with the words that a person reads before agreeing.

The identity number is no scope and never will be: an application that needs it asks for data through a grant.
"""

from collections.abc import Mapping

from msgspec import Struct


class Scope(Struct, frozen=True):
    """One thing that can be asked for. ``zh`` and ``en`` say what the application gets."""

    zh: str
    en: str


OPENID, PROFILE, PHONE, FULL_PHONE = "openid", "profile", "phone", "phone.full"
ENTERPRISE, POSTS, OFFLINE = "enterprise", "posts", "offline_access"

PERSONAL: Mapping[str, Scope] = {
    OPENID: Scope("一个只给这个应用的编号，用来认出您", "A number made for this application alone, to know you again"),
    PROFILE: Scope("姓名", "Your name"),
    PHONE: Scope("打码的手机号", "Your mobile number, masked"),
    FULL_PHONE: Scope("完整的手机号", "Your whole mobile number"),
    ENTERPRISE: Scope("您代表的企业和身份", "The enterprise you act for, and in which capacity"),
    POSTS: Scope("您的工作岗位", "The posts you hold in departments"),
    OFFLINE: Scope("退出登录后继续使用", "To go on after you have signed out"),
}
"""What is a person's to give."""

PROVISION = "directory.provision"
INSTITUTIONAL: Mapping[str, Scope] = {
    PROVISION: Scope("维护组织机构和人员目录", "Maintain the directory of departments and people"),
}
"""What an institution may do in its own name; nobody is asked, because it is about no person's own data."""


def in_order(scopes: set[str]) -> list[str]:
    """``scopes`` in the order in which people read them."""
    return [name for name in (*PERSONAL, *INSTITUTIONAL) if name in scopes]

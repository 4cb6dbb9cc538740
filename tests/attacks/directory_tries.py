"""Tries at the directory's door (SCIM 2.0), with every token but the right one and with the right one for too much."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@dataclass(frozen=True)
class Call:
    """One try. ``token``: whose; ``{own}``, ``{foreign}``, ``{citizen}`` stand for accounts."""

    what: str
    method: str
    path: str
    body: Any = None
    token: str = "own"


TOKENS = ("none", "person", "official", "administrator", "ended", "application", "session", "guessed")
"""Whose tokens open nothing here."""

FILTERS = (
    "userName eq \"x\" or 1=1",
    "userName eq \"' OR '1'='1\"",
    "userName eq \"x'; DROP TABLE accounts; --\"",
    'userName eq "x" UNION SELECT password_hash FROM accounts',
    'password_hash sw "$argon2"',
    'password pr',
    'idNumber pr',
    'accounts.id_key pr',
    "id eq \"{foreign}\" and pg_sleep(5)",
    '__class__ pr',
    'userName[type eq "x"]',
    "(" * 500 + 'userName pr' + ")" * 500,
    'not (' * 300 + "userName pr" + ")" * 300,
    'emails[value co "@"',
    'userName eq',
    'userName eq "\\u0000"',
    'meta.region eq "330106"',
    'region ne "330103"',
    "userName regex \"^(a+)+$\"",
    'schemas co "{{7919*7927}}"',
)  # fmt: skip

MASS = (
    {"roles": [{"value": "administrator"}]},
    {"entitlements": [{"value": "*"}]},
    {"groups": [{"value": "police"}]},
    {"password": "tongban-2026"},
    {"id": "{foreign}"},
    {"meta": {"location": "https://evil.example/", "version": "W/\"0\""}},
    {"title": "局长"},
    {"x509Certificates": [{"value": "AAAA"}]},
    {"idNumber": "330103199001011234"},
    {"assurance": "strong"},
    {"posts": [{"role": "administrator", "region": "330103"}]},
    {"region": "330106"},
    {"person": "{citizen}"},
    {"disabled_at": None},
    {"__proto__": {"admin": True}},
    {ENTERPRISE: {"manager": {"value": "{foreign}"}, "organization": "330106"}},
)  # fmt: skip

PATCHES = (
    {"op": "replace", "path": "id", "value": "{foreign}"},
    {"op": "replace", "path": "groups", "value": [{"value": "police"}]},
    {"op": "add", "path": "roles", "value": [{"value": "administrator"}]},
    {"op": "add", "path": "password", "value": "tongban-2026"},
    {"op": "replace", "path": "meta.location", "value": "https://evil.example/"},
    {"op": "replace", "path": "schemas", "value": ["urn:evil"]},
    {"op": "replace", "path": "title", "value": "局长"},
    {"op": "replace", "path": "__class__", "value": "x"},
    {"op": "replace", "path": "emails[value eq \"' OR 1=1 --\"].value", "value": "x@example.org"},
    {"op": "replace", "path": "emails[" * 200, "value": "x"},
    {"op": "move", "path": "userName", "value": "x"},
    {"op": "replace", "path": "userName", "value": {"$ne": None}},
    {"op": "replace", "path": "userName", "value": "wuhao"},
    {"op": "replace", "path": "userName", "value": "../../root"},
    {"op": "replace", "path": "displayName", "value": ["x"] * 10_000},
    {"op": "remove"},
)  # fmt: skip


def calls() -> Iterator[Call]:
    """All of them."""
    for token in TOKENS:
        for method, path, body in (
            ("GET", "/Users", None),
            ("POST", "/Users", {"schemas": [USER], "userName": f"by.{token}", "displayName": "来人"}),
            ("DELETE", "/Users/{own}", None),
        ):
            yield Call(f"token of {token}: {method} {path}", method, path, body, token)
    for text in FILTERS:
        yield Call(f"filter: {text[:40]}", "GET", f"/Users?filter={quote(text)}")
    for index, extra in enumerate(MASS):
        body = {"schemas": [USER], "userName": f"mass.{index}", "displayName": "多要的", **extra}
        yield Call(f"more than asked: {next(iter(extra))}", "POST", "/Users", body)
    for one in PATCHES:
        body = {"schemas": [PATCH], "Operations": [one]}
        yield Call(f"patch: {one['op']} {str(one.get('path'))[:30]}", "PATCH", "/Users/{own}", body)
    yield from _others()
    yield from _shapes()


def _others() -> Iterator[Call]:
    """People and units of another region, citizens, and administrators."""
    rename = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "userName", "value": "mine"}]}
    whole = {"schemas": [USER], "userName": "mine", "displayName": "归我"}
    for who in ("foreign", "citizen"):
        for method, body in (("GET", None), ("PATCH", rename), ("PUT", whole), ("DELETE", None)):
            yield Call(f"{who}: {method}", method, f"/Users/{{{who}}}", body)
    for login, name in (("wangfang", "王芳"), ("liangdong", "梁栋"), ("zhenghao", "郑浩")):
        body = {"schemas": [USER], "userName": login, "displayName": name, "active": False}
        yield Call(f"takes {login} over by name", "POST", "/Users", body)
        yield Call(f"takes {login} over in capitals", "POST", "/Users", {**body, "userName": login.upper()})
    for group in ("no-such-unit", "{foreign}", "../Users", "police%00"):
        member = {"op": "add", "path": "members", "value": [{"value": "{own}"}]}
        yield Call(f"group {group}", "PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": [member]})
    for value in ("{foreign}", "{citizen}", "' OR 1=1 --", "*"):
        member = {"op": "add", "path": "members", "value": [{"value": value}]}
        body = {"schemas": [PATCH], "Operations": [member]}
        yield Call(f"makes {value} a member", "PATCH", "/Groups/police", body)


def _shapes() -> Iterator[Call]:
    """What no system sends."""
    for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "' OR 1=1 --", "{{7*7}}", "me", "*"):
        yield Call(f"name {name}", "GET", f"/Users/{name}")
    for method, path in (("POST", "/Bulk"), ("GET", "/Me"), ("TRACE", "/Users"), ("DELETE", "/Users"),
                         ("PUT", "/Groups"), ("POST", "/Schemas"), ("PATCH", "/ServiceProviderConfig")):  # fmt: skip
        yield Call(f"{method} {path}", method, path, {})
    for name, body in (("a list", []), ("a text", "x"), ("a number", 5), ("nothing", None), ("no names", {}),
                       ("deep", [[[[[[[[]]]]]]]])):  # fmt: skip
        yield Call(f"body: {name}", "POST", "/Users", body)
    yield Call("search: too many", "POST", "/.search", {"schemas": [SEARCH], "count": 10**12, "filter": "x"})
    yield Call("search: sorted by what is not shown", "GET", "/Users?sortBy=password_hash&attributes=password_hash")
    yield Call("page before the first", "GET", "/Users?startIndex=-5&count=abc")


CALLS = [*calls()]

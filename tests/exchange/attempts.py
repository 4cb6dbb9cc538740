"""More than two hundred ways to get more than was granted. Each is one request; none may see a value it should not.

``Attempt.headers`` override what 李伟's system sends (None leaves one out); ``raw`` adds headers as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .stage import CIVIL, FANG, FAR, INSTANCE, MARKET, MARRIAGE, POLICE, SERVICE


@dataclass
class Attempt:
    """One try. ``prepare`` names what is done to the grant or the system before it."""

    what: str
    method: str = "POST"
    address: str = SERVICE
    body: Any = None
    headers: dict[str, str | None] = field(default_factory=dict)
    raw: list[tuple[bytes, bytes]] = field(default_factory=list)
    prepare: str = ""


def question(number: Any = FANG, fields: Any = ("name",), **more: Any) -> dict[str, Any]:
    """A body."""
    return {"match": {"id_number": number}, "fields": list(fields) if isinstance(fields, tuple) else fields, **more}


FIELDS = [
    "id_number",
    "district",
    "*",
    "name, spouse",
    "NAME",
    "name ",
    "data",
    "id",
    "password",
    "name;spouse",
    "name::text",
    "spouse--",
    "(SELECT spouse)",
    "fields.spouse",
    "$.spouse",
    "__class__",
    "name\u0000",
    "%s",
    "{}",
    "registered_on OR 1=1",
    "姓名",
    "spouse\u202e",
    "name\n",
    "../spouse",
    "grant_id",
    "sealed",
]
VALUES = [
    "' OR '1'='1",
    "'; DROP TABLE people; --",
    "%",
    "_" * 18,
    "*",
    "33090319900101000A' UNION SELECT data FROM people --",
    "\\",
    '"',
    "${jndi:ldap://x}",
    "{{7*7}}",
    "null",
    "0",
    "true",
    "33090319900101000A\n",
    "33090319900101000A\u0000",
    "３３０９０３１９９００１０１０００Ａ",
    " or id_number like '33%",
    "1; SELECT pg_sleep(5)",
    "a" * 201,
    "a" * 5000,
    "33090319900101000A,33090319910202000B",
    "'||(SELECT spouse FROM people LIMIT 1)||'",
    "\ud7ff",
    "()",
    "CHR(49)",
    "0x33",
    "NaN",
    "-1",
    "1e309",
    "33090319900101000A/**/",
]
CLIENTS = [
    f"{INSTANCE}/GOV/{MARKET}/counter",
    f"{INSTANCE}/GOV/{POLICE}/other",
    f"OTHER/GOV/{POLICE}/counter",
    f"{INSTANCE}/COM/{POLICE}/counter",
    f"{INSTANCE}/GOV/{POLICE}",
    f"{INSTANCE}/GOV/{POLICE}/counter/x",
    "",
    f"{INSTANCE}/GOV/{POLICE}%2Fcounter",
    f"/{INSTANCE}/GOV/{POLICE}/counter",
    f"{INSTANCE}/GOV/../{POLICE}",
    f"{INSTANCE}/gov/{POLICE}/counter",
    f"{INSTANCE}/GOV/{POLICE}/counter ,x",
    "a" * 300,
    f"{INSTANCE}/GOV/{CIVIL}/data",
]
TOKENS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer null",
    "Basic bGl3ZWk6eA==",
    "bearer undefined",
    "Bearer " + "A" * 43,
    "Bearer ' OR 1=1 --",
    "Token {token}",
    "Bearer {token}x",
    "Bearer x{token}",
    "Bearer {token} {token}",
    "{token}",
]
ADDRESSES = [
    f"/r1/{INSTANCE}/GOV/{CIVIL}/data/police.secrets",
    f"/r1/{INSTANCE}/GOV/{POLICE}/data/{MARRIAGE.id}",
    f"/r1/{INSTANCE}/GOV/{MARKET}/data/{MARRIAGE.id}",
    f"/r1/OTHER/GOV/{CIVIL}/data/{MARRIAGE.id}",
    f"/r1/{INSTANCE}/COM/{CIVIL}/data/{MARRIAGE.id}",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/{MARRIAGE.id}",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/other/{MARRIAGE.id}",
    f"{SERVICE}/..",
    f"{SERVICE}/all",
    f"{SERVICE}/",
    f"{SERVICE}%00",
    f"{SERVICE}%2F..%2Fx",
    f"/r1//{INSTANCE}/GOV/{CIVIL}/data/{MARRIAGE.id}",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/data/{MARRIAGE.id}%20",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/data/*",
    f"/r1/{INSTANCE}/GOV/*/data/{MARRIAGE.id}",
    "/r1/",
    "/r1/x",
    f"/r1/{'x/' * 1500}",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/data/{MARRIAGE.id.upper()}",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/data/civil-affairs",
    f"/r1/{INSTANCE}/GOV/{CIVIL}/data/listMethods",
]
BODIES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"{",
    b"\xff\xfe",
    b'{"match":{}}',
    b'{"match":{},"fields":["name"]}',
    b'{"fields":["name"]}',
    b'{"match":{"id_number":null},"fields":["name"]}',
    b'{"match":{"id_number":["33090319900101000A"]},"fields":["name"]}',
    b'{"match":{"id_number":{"$ne":""}},"fields":["name"]}',
    b'{"match":{"id_number":true},"fields":["name"]}',
    b'{"match":{"id_number":"33090319900101000A"},"fields":[]}',
    b'{"match":{"id_number":"33090319900101000A"},"fields":"name"}',
    b'{"match":{"id_number":"33090319900101000A"},"fields":["name","name"]}',
    b'{"match":{"id_number":"33090319900101000A"},"fields":["name"],"purpose":"x"}',
    b'{"match":{"id_number":"33090319900101000A"},"fields":["name"],"limit":1000000}',
    b'{"match":{"name":"\xe7\x8e\x8b\xe8\x8a\xb3"},"fields":["name"]}',
    b'{"match":{"district":"330903"},"fields":["name"]}',
    b'{"match":{"id_number":"33090319900101000A","name":"x"},"fields":["name"]}',
    b'{"match":{"id_number":""},"fields":["name"]}',
    b"[" * 20000,
    b'{"a":' * 5000,
    b'{"match":{"id_number":"33090319900101000A"},"fields":["name"]}' + b" " * 70000,
    b'{"match":{"id_number":"33090319900101000A"},"fields":["' + b'name","' * 200 + b'"]}',
]
QUERIES = [
    "",
    "fields=name",
    f"id_number={FANG}",
    f"id_number={FANG}&id_number={FAR}&fields=name",
    "fields=*&id_number=*",
    f"id_number={FANG}&fields=name&fields=spouse",
    f"id_number={FANG}&fields=id_number",
    f"id_number={FANG}&fields=name&limit=100000",
    f"id_number={FANG}%00&fields=name",
    "id_number=%FF&fields=name",
    f"id_number[]={FANG}&fields=name",
    f"id_number={FANG}&fields=name&purpose=x",
    "id_number=%25&fields=name",
    f"ID_NUMBER={FANG}&fields=name",
    f"id_number={FANG};fields=name",
    f"id_number={FANG}&fields=district",
]
PURPOSES = [
    "闲聊",
    "",
    "x",
    "办理户口登记",
    "%E5%8A%9E",
    "a" * 300,
    "' OR '1'='1",
    "办理户口登记时核对婚姻状况\u200b",
    "null",
    "*",
]
SMUGGLED = [
    b"x-road-client",
    b"X-Road-Client",
    b"authorization",
    b"Authorization",
    b"tongban-purpose",
    b"x-road-id",
    b"X-ROAD-USERID",
    b"x-road-issue",
    b"content-type",
    b"x-road-represented-party",
    b"x-road-service",
]
METHODS = ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PROPFIND", "QUERY"]
WORDS = ["a\u0000b", "a\r\nx-evil: 1", "\x7f", "a" * 201, "%0d%0aX-Evil:1", "%00", "\x1b[2J", "%FF%FE"]


def attempts() -> Iterator[Attempt]:
    """All of them."""
    for name in FIELDS:
        yield Attempt(f"field {name!r}", body=question(fields=[name]))
        yield Attempt(f"field {name!r} beside a granted one", body=question(fields=["name", name]))
    for value in VALUES:
        yield Attempt(f"value {value[:30]!r}", body=question(value))
    for client in CLIENTS:
        yield Attempt(f"client {client[:40]!r}", body=question(), headers={"x-road-client": client})
    for token in TOKENS:
        yield Attempt(f"token {token!r}", body=question(), headers={"authorization": token})
    for address in ADDRESSES:
        yield Attempt(f"address {address[:60]}", address=address, body=question())
    for body in BODIES:
        yield Attempt(f"body {body[:60]!r}", body=body)
    for query in QUERIES:
        yield Attempt(f"query {query}", method="GET", address=f"{SERVICE}?{query}")
    for purpose in PURPOSES:
        yield Attempt(f"purpose {purpose[:20]!r}", body=question(), headers={"tongban-purpose": purpose})
    for name in SMUGGLED:
        yield Attempt(
            f"twice {name!r}",
            body=question(),
            raw=[(name, b"CN-TEST/GOV/d-market/counter"), (name, b"CN-TEST/GOV/d-police/counter")],
        )
    for method in METHODS:
        yield Attempt(f"method {method}", method=method, body=question())
    for words in WORDS:
        for header in ("x-road-id", "x-road-userid", "x-road-issue"):
            yield Attempt(f"{header} {words!r}", body=question(), headers={header: words})
    for state in (
        "expired",
        "not yet valid",
        "revoked",
        "other consumer",
        "fewer fields",
        "no rows",
        "spent",
        "ended system",
    ):
        yield Attempt(f"grant {state}", body=question(fields=("registered_on",)), prepare=state)
    yield Attempt("a record outside the granted rows", body=question(FAR))
    yield Attempt("no client at all", body=question(), headers={"x-road-client": None})
    yield Attempt("POST with a query", address=f"{SERVICE}?fields=spouse", body=question())

"""Administrators register applications; what does not fit is refused with every fault; a secret is told once."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import RSAKey
from tests.conftest import BASE
from tests.identity.conftest import BACK, Town
from tests.world import FANG, REGION, WEI

from tongban.parties.applications.keys import PUBLISHED_AFTER, PUBLISHED_BEFORE, SigningKeys
from tongban.parties.applications.models import Registration
from tongban.parties.applications.rules import address_fault, faults

GOOD: dict[str, Any] = {
    "name": "挂号网", "purpose": "挂号时确认是您本人", "department": "health", "redirects": (BACK,),
}  # fmt: skip
NEVER = (
    "javascript:alert(1)", "data:text/html,x", "http://bike.example/back", "https:///back", "https://a.example/#x",
    "https://u:p@a.example/", "ftp://a.example/", "//a.example", "/back", "", "https://a.example/\n", "https://*.example/",
    "https://后.example/", "https://a.example:port/", "file:///etc/passwd", "myapp:/back",
)  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_nobody_is_ever_sent_to_such_an_address(address: str) -> None:
    assert address_fault(address, native=True)


def test_apps_have_addresses_of_their_own_and_engineers_their_own_machine() -> None:
    for address in (
        "https://a.example/back?x=1",
        "http://127.0.0.1:8000/back",
        "http://localhost/back",
        "http://[::1]/",
    ):
        assert address_fault(address, native=False) is None
    assert address_fault("cn.gov.example:/back", native=True) is None
    assert address_fault("cn.gov.example:/back", native=False)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused_without_failing(text: str) -> None:
    said = address_fault(text, native=True)
    assert said is None or all(said)
    assert said is not None or text.startswith(("https://", "http://")) or "." in text.partition(":")[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"purpose": ""}, "purpose"),
        ({"department": ""}, "department"),
        ({"scopes": ("profile",)}, "scopes"),
        ({"scopes": ("openid", "id_number")}, "scopes"),
        ({"scopes": ("openid", "directory.provision")}, "scopes"),
        ({"scopes": ("openid", "phone.full")}, "basis"),
        ({"redirects": ()}, "redirects"),
        ({"redirects": ("https://a.example/", "https://b.example/")}, "sector"),
        ({"after_sign_out": ("http://a.example/",)}, "after_sign_out"),
        ({"sign_out_notice": "cn.gov.example:/x", "kind": "native"}, "sign_out_notice"),
        ({"kind": "institution", "scopes": ("directory.provision",)}, "redirects"),
        ({"kind": "native", "keys": ({"kty": "EC", "crv": "P-256", "x": "x", "y": "y"},)}, "keys"),
        ({"keys": ({"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "d": "private"},)}, "keys"),
        ({"keys": ({"kty": "oct", "k": "x"},)}, "keys"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], field: str) -> None:
    assert faults(Registration(**GOOD)) == []
    assert field in {fault.field for fault in faults(Registration(**GOOD | changes))}


async def test_an_administrator_registers_on_the_desk_and_reads_the_secret_once(town: Town) -> None:
    wu = await town.signed_in("吴浩")
    form = await wu.client.get("/desk/applications/new?kind=web")
    typed = {"kind": "web", "name": "挂号网", "purpose": "", "department": "", "redirects": "http://a.example/"}
    refused = await wu.send(form, f"/desk/applications/new?region={REGION}", **typed)
    assert refused.status_code == 422 and "http://a.example/" in refused.text and "请选择负责的部门" in refused.text
    department = town.world.kernel.directory.region(REGION).departments[0].id
    right = {**typed, "purpose": GOOD["purpose"], "department": department, "redirects": BACK, "scopes": "openid"}
    made = await wu.send(form, f"/desk/applications/new?region={REGION}", **right)
    assert "密钥口令只显示这一次" in made.text and made.headers["cache-control"] == "no-store"
    secret = re.findall(r"<code>([\w-]{43})</code>", made.text)[0]
    (row,) = await town.world.rows("SELECT id, secret_digest FROM applications ORDER BY registered_at DESC LIMIT 1")
    assert secret.encode() not in bytes(row.secret_digest)
    page = await wu.client.get(f"/desk/applications/{row.id}")
    assert secret not in page.text and str(row.id) in page.text
    renewed = await wu.send(page, f"/desk/applications/{row.id}/secret")
    assert "旧口令还能用一天" in renewed.text
    edited = await wu.client.get(f"/desk/applications/{row.id}/edit")
    saved = await wu.send(edited, f"/desk/applications/{row.id}/edit", **right | {"name": "挂号网二", "revision": "2"})
    assert "已保存" in (await wu.client.get(saved.headers["location"])).text
    stale = await wu.send(edited, f"/desk/applications/{row.id}/edit", **right | {"revision": "2"})
    assert stale.status_code == 409 and "刚被修改过" in stale.text
    closed = await wu.send(page, f"/desk/applications/{row.id}/closing")
    assert "已停用" in (await wu.client.get(closed.headers["location"])).text
    kinds = [e for e in ("registered", "secret_renewed", "changed", "closed") if await town.entries(f"application.{e}")]
    assert len(kinds) == 4


async def test_nobody_else_registers_or_sees_applications(town: Town) -> None:
    bike = await town.bike()
    for name in (FANG, WEI):
        other = await town.signed_in(name)
        assert (await other.client.get("/desk/applications")).status_code == 403
        assert (await other.client.get("/desk/applications/new")).status_code == 403
        assert (await other.client.get(f"/desk/applications/{bike.id}")).status_code == 404


async def test_an_old_secret_goes_on_for_a_day_and_no_longer(town: Town) -> None:
    office = await town.register(kind="institution", scopes=("directory.provision",))
    old = town.secrets[office.id]
    headers = {"authorization": f"Bearer {await town.world.secret('吴浩')}"}
    async with httpx.AsyncClient(transport=town.transport, base_url=BASE, headers=headers) as wu:
        new = (await wu.put(f"/api/v1/applications/{office.id}/secret")).json()["secret"]
    for secret, status in ((old, 200), (new, 200), ("x", 401)):
        town.secrets[office.id] = secret
        assert (await town.call("token", office, grant_type="client_credentials")).status_code == status
    await town.world.rows("UPDATE applications SET old_until = statement_timestamp() WHERE old_until IS NOT NULL")
    town.secrets[office.id] = old
    assert (await town.call("token", office, grant_type="client_credentials")).status_code == 401


async def test_a_program_registers_changes_and_closes(town: Town) -> None:
    headers = {"authorization": f"Bearer {await town.world.secret('吴浩')}", "idempotency-key": "register-1"}
    department = town.world.kernel.directory.region(REGION).departments[0].id
    stated = {**GOOD, "department": department, "kind": "native"}
    async with httpx.AsyncClient(transport=town.transport, base_url=BASE, headers=headers) as wu:
        made = (await wu.post("/api/v1/applications", json={"region": REGION, "stated": stated})).json()
        again = (await wu.post("/api/v1/applications", json={"region": REGION, "stated": stated})).json()
        assert made == again and made["id"] in (await wu.get("/api/v1/applications")).text
        assert (await wu.put(f"/api/v1/applications/{made['id']}/secret")).json()["code"] == "applications.no_secret"
        body = {"revision": 1, "stated": {**stated, "name": "挂号网二"}}
        assert (await wu.put(f"/api/v1/applications/{made['id']}", json=body)).json()["revision"] == 2
        assert (await wu.put(f"/api/v1/applications/{made['id']}", json=body)).status_code == 409
        assert (await wu.delete(f"/api/v1/applications/{made['id']}")).status_code == 204
        assert (await wu.get(f"/api/v1/applications/{made['id']}")).json()["closed"] is True


class Clock:
    """A clock that a test moves."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(tmp_path: Path) -> None:
    clock = Clock()
    keys = SigningKeys(tmp_path / "identity", clock)
    first = keys.current("ES256")[0]
    new = keys.renew("ES256").name
    assert keys.current("ES256")[0] == first
    assert {first, new} <= {key["kid"] for key in keys.published()}
    clock.now += PUBLISHED_BEFORE + 2
    assert keys.current("ES256")[0] == new
    assert first in {key["kid"] for key in keys.published()}
    clock.now += PUBLISHED_AFTER
    assert first not in {key["kid"] for key in keys.published()}
    assert dict(keys.states())[first] == "retired"
    keys.renew("ES256")
    assert first not in dict(keys.states())


def test_keys_are_private_files_and_public_ones_hold_nothing_secret(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path / "identity")
    published = keys.published()
    assert {key["alg"] for key in published} == {"ES256", "RS256"}
    assert not any({"d", "p", "q"} & set(key) for key in published)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "identity").iterdir())
    assert RSAKey.import_key(next(key for key in published if key["kty"] == "RSA")).is_private is False
    assert SigningKeys(tmp_path / "identity").current("RS256")[0] == keys.current("RS256")[0]

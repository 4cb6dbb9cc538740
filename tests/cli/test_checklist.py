"""What is open about a production node is found, told with its repair, and shown to administrators."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from msgspec.structs import replace as changed
from tests.conftest import BASE
from tests.world import JING, World

from tongban.basics.ids import new_id
from tongban.basics.key_file import load_or_create, opens, put_master, read_ring, write_ring
from tongban.basics.key_parts import combine
from tongban.cli.check_setup import (
    check_address,
    check_administrators,
    check_age,
    check_base,
    check_custody,
    check_mail,
    check_rehearsal,
    check_stream,
    check_waiting,
)
from tongban.cli.custody import Keeper, KeepersUnfit, split_keys
from tongban.cli.findings import Finding, fault, ok, warning
from tongban.cli.home import Home
from tongban.cli.keys_copy import copy_keys, is_copied, open_copy
from tongban.cli.operations import Operation
from tongban.cli.parts import part_in
from tongban.connectors.backup.plan import BackupPlan
from tongban.parties.actions import open_session
from tongban.web.app import create_app
from tongban.web.site import Examine, Site, WebSettings

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)


def operation(hours: float, outcome: str = "done") -> Operation:
    at = NOW - dt.timedelta(hours=hours)
    return Operation(new_id(), "backup", at, at, outcome, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("hours", "level"), [(1, "ok"), (25, "ok"), (30, "warning"), (60, "fault")])
def test_a_base_that_is_late_is_told_before_it_is_missing(hours: float, level: str) -> None:
    assert check_base(operation(hours), NOW).level == level


def test_what_was_never_done_is_told_with_the_command_that_does_it() -> None:
    found = [check_base(None, NOW), check_rehearsal(None, NOW), check_mail(False, None), check_stream(None)]
    assert [one.level for one in found] == ["fault", "warning", "warning", "fault"]
    assert all(one.repair[0] and one.repair[1] for one in found) and "tongban backup rehearse" in found[1].repair[1]


def test_a_rehearsal_that_failed_or_is_old_is_told() -> None:
    levels = [check_rehearsal(operation(24 * days, how), NOW).level for days, how in ((1, "done"), (40, "done"))]
    assert levels == ["ok", "warning"] and check_rehearsal(operation(1, "failed"), NOW).level == "fault"


def test_mail_counts_as_tried_only_when_a_server_took_it() -> None:
    assert check_mail(True, operation(1)).level == "ok"
    assert check_mail(True, operation(1, "failed")).level == check_mail(True, None).level == "warning"


def test_a_log_that_no_longer_leaves_the_server_is_a_fault() -> None:
    assert check_stream(SimpleNamespace(active=True, behind=0)).level == "ok"
    assert check_stream(SimpleNamespace(active=True, behind=10**9)).level == "warning"
    assert check_stream(SimpleNamespace(active=False, behind=0)).level == "fault"


def test_one_administrator_and_an_address_without_tls_are_not_enough() -> None:
    assert [check_administrators(n).level for n in (0, 1, 2)] == ["warning", "warning", "ok"]
    assert check_address("http://10.0.0.1").level == "warning" and check_address("https://a.cn").level == "ok"


def test_packs_that_wait_for_a_department_are_named(tmp_path: Path) -> None:
    assert list(check_waiting(tmp_path, set())) == []
    (tmp_path / "init.yaml").write_text("packs: [birth, /opt/packs/restaurant]\n")
    assert [one.found[1] for one in check_waiting(tmp_path, {"birth"})] == ["packs wait for departments: restaurant"]


@pytest.fixture
def split(tmp_path: Path) -> tuple[Home, list[Keeper]]:
    """A home whose keys two people hold."""
    home = Home(tmp_path / "home")
    home.keys.mkdir(parents=True, mode=0o700)
    load_or_create(home.keys / "vault.json")
    keepers = [Keeper(name, tmp_path / medium / "part.txt") for name, medium in (("吴昊", "a"), ("钱宁", "b"))]
    for keeper in keepers:
        keeper.file.parent.mkdir()
    return home, keepers


def test_keys_are_split_between_two_people_whose_sheets_open_them(split: tuple[Home, list[Keeper]]) -> None:
    home, keepers = split
    before = read_ring(home.keys)
    assert check_custody(home).level == "warning"
    split_keys(home, keepers, 2, "https://www.example.cn")
    assert check_custody(home).level == "ok" and read_ring(home.keys) == before
    master = combine([part_in(keeper.file) for keeper in keepers])
    place = home.path / "opened" / "master.key"
    place.unlink()
    assert opens(home.keys, master) and put_master(home.keys, master) == place and read_ring(home.keys) == before
    sheet = keepers[0].file.read_text()
    assert "吴昊" in sheet and "钱宁" not in sheet and keepers[0].file.stat().st_mode & 0o077 == 0


def test_two_parts_in_one_hand_or_on_one_medium_are_refused(split: tuple[Home, list[Keeper]]) -> None:
    home, (one, two) = split
    for wrong in (
        [one, Keeper(one.name, two.file)],
        [one, Keeper(two.name, one.file.with_name("other.txt"))],
        [one, Keeper(two.name, home.path / "part.txt")],
        [one],
    ):
        with pytest.raises(KeepersUnfit):
            split_keys(home, wrong, 2, "node")
    assert (home.keys / "vault.json").exists()


def test_a_copy_of_the_keys_opens_with_the_parts_and_is_seen_to_be_old_after_a_change(
    split: tuple[Home, list[Keeper]], tmp_path: Path
) -> None:
    home, keepers = split
    (tmp_path / "copies").mkdir()
    plan = BackupPlan(tmp_path, ["age1"], keys_to=tmp_path / "copies")
    assert copy_keys(home, plan) is None  # nobody holds parts yet: a copy would lie open
    split_keys(home, keepers, 2, "node")
    copy = copy_keys(home, plan)
    assert copy is not None and is_copied(home, plan) and copy_keys(home, plan) == copy
    open_copy(copy, combine([part_in(keeper.file) for keeper in keepers]), tmp_path / "restored")
    assert (tmp_path / "restored" / "vault.sealed").read_bytes() == (home.keys / "vault.sealed").read_bytes()
    ring = read_ring(home.keys)
    write_ring(home.keys, changed(ring, made={**ring.made, "k1": "2020-01-01"}))
    assert not is_copied(home, plan) and [one.level for one in check_age(home, NOW.date())] == ["warning"]


async def looked() -> Sequence[Finding]:
    repair = ("运行 tongban backup now", "run tongban backup now")
    return [
        ok("machine.disk", "磁盘够用", "enough disk"),
        warning("mail.tried", ("没有设置邮件", "mail is not set up"), repair),
        fault("backup.age", ("还没有备份", "there is no backup"), repair),
    ]


async def page(world: World, name: str, examine: Examine | None = looked, **headers: str) -> httpx.Response:
    """``/desk/checklist`` as ``name`` sees it."""
    settings = WebSettings(base_url=BASE, secret="a secret of thirty-two characters")
    app = create_app(Site(world.kernel, settings, examine=examine))
    async with world.database.connection() as connection:
        secret = await open_session(connection, world.accounts[name], "browser")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        client.cookies.set("tongban_session", secret)
        return await client.get("/desk/checklist", headers=headers)


async def test_an_administrator_sees_what_is_wrong_first_and_nobody_else_sees_the_page(world: World) -> None:
    seen = await page(world, "吴浩")
    assert seen.status_code == 200 and seen.text.index("还没有备份") < seen.text.index("没有设置邮件")
    assert seen.text.index("没有设置邮件") < seen.text.index("磁盘够用") and "tongban backup now" in seen.text
    english = await page(world, "吴浩", **{"accept-language": "en"})
    assert "there is no backup" in english.text and "1 of 3 are ready" in english.text
    assert (await page(world, JING)).status_code == 403


async def test_a_node_that_can_not_be_examined_says_where_to_look(world: World) -> None:
    assert "tongban doctor" in (await page(world, "吴浩", None)).text

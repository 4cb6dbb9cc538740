"""A bureau installs on a Monday: from nothing to a rehearsed backup, told step by step; a second run changes nothing.

One real installation serves the whole module: its own PostgreSQL, a real mail server, a real restore.
"""

import datetime as dt
import json
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from openpyxl import load_workbook

from tongban.basics.codes.invented import invented_resident_id, invented_uscc
from tongban.cli.init_answers import AnswersWrong, check, decode, read_answers
from tongban.cli.init_asking import EXAMPLE, ask
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.parties.organisation.columns import COLUMNS
from tongban.parties.organisation.sheets import workbook

from .conftest import Node, free_port

REGION = "330105"
Rows = Mapping[str, Sequence[dict[str, Any]]]
"""Sheet → rows → column's title → what stands there."""


class Letterbox(Message):
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.taken: list[EmailMessage] = []

    def handle_message(self, message: EmailMessage) -> None:  # type: ignore[override]
        self.taken.append(message)


@dataclass(frozen=True)
class Monday:
    """The installation, and what lay on the desk: answers, media, folders."""

    node: Node
    desk: Path
    first: CompletedProcess[str]
    letters: list[EmailMessage]


def fill(path: Path, administrators: int = 2) -> None:
    """The template workbook as a bureau fills it in."""
    rows: Rows = {
        "机构": [
            {"机构编号": "data", "名称": "拱墅区数据局", "类型": "部门", "承担职责": "data", "统一社会信用代码": 1},
            {"机构编号": "police", "名称": "公安拱墅分局", "类型": "部门", "承担职责": "police", "统一社会信用代码": 2},
        ],
        "岗位": [
            {"岗位编号": "data-admin", "所属机构编号": "data", "岗位名称": "平台管理员", "角色": "管理员"},
            {"岗位编号": "officer", "所属机构编号": "police", "岗位名称": "民警", "角色": "经办"},
        ],
        "人员": [
            {"登录名": login, "姓名": name, "岗位编号": post, "身份证号": number}
            for number, (login, name, post) in enumerate(
                [("wuhao", "吴昊", "data-admin"), ("qianning", "钱宁", "data-admin"), ("liwei", "李伟", "officer")], 1
            )
            if post != "data-admin" or number <= administrators
        ],
    }
    fill_in(path, rows)


def fill_in(path: Path, rows: Rows) -> None:
    """The template workbook with ``rows``: a number stands for the invented code of that number."""
    path.write_bytes(workbook())
    book = load_workbook(path)
    for sheet, given in rows.items():
        for row in given:
            if isinstance(code := row.get("统一社会信用代码"), int):
                row["统一社会信用代码"] = invented_uscc(REGION, code, "department")
            if isinstance(number := row.get("身份证号"), int):
                row["身份证号"] = invented_resident_id(REGION, dt.date(1985, 1, number), number)
            book[sheet].append([row.get(column.title, "") for column in COLUMNS[sheet]])
    book.save(path)


def lay_out(desk: Path, smtp: int, **changes: object) -> Path:
    """Media, folders, workbook and answers; the answers' file."""
    for name in ("wuhao", "qianning", "operator", "links", "backup", "copies"):
        (desk / name).mkdir(parents=True, exist_ok=True)
    fill(desk / "organisation.xlsx")
    settings = {"host": "127.0.0.1", "port": smtp, "security": "none", "sender": "tongban@example.test"}
    given = {
        "node": {"public_url": "https://www.example.test", "log_origin": "log.example.test/2026", "port": free_port()},
        "region": REGION,
        "organisation": "organisation.xlsx",
        "packs": ["birth"],
        "keys": {"keepers": [{"name": n, "file": f"{n}/part.txt"} for n in ("wuhao", "qianning")]},
        "links": "links",
        "backup": {"destination": "backup", "keys_to": "copies", "identity": "operator/key.txt"},
        "mail": {"settings": settings, "try_to": "operator@example.test"},
    }
    (desk / "answers.yaml").write_text(yaml.safe_dump(given | changes, allow_unicode=True))
    return desk / "answers.yaml"


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monday]:
    desk = tmp_path_factory.mktemp("desk")
    letterbox, port = Letterbox(), free_port()
    server = Controller(letterbox, hostname="127.0.0.1", port=port)
    server.start()
    node = Node(desk / "home")
    answers = lay_out(desk, port)
    # The port is the answers' own: what was settled comes after the environment.
    try:
        first = node.call("init", "--answers", str(answers))
        yield Monday(node, desk, first, letterbox.taken)
    finally:
        node.end()
        server.stop()


def test_it_ends_with_a_backup_that_was_restored_and_a_trial_that_arrived(monday: Monday) -> None:
    told = monday.first.stdout
    assert monday.first.returncode == 0, told + monday.first.stderr
    assert "备份已演练恢复" in told and "安装完成" in told
    assert {str(letter["to"]) for letter in monday.letters} == {"operator@example.test"}
    assert list((monday.desk / "backup").glob("*/bases/*/manifest.json")) and monday.node.alive() == []


def test_packs_that_need_a_department_that_nobody_is_wait_and_are_named_with_it(monday: Monday) -> None:
    assert re.search(r"birth 暂不安装：尚无部门承担 .*civil-affairs", monday.first.stdout)


def test_parts_links_and_private_key_lie_on_their_own_media_and_nothing_of_them_on_the_node(monday: Monday) -> None:
    parts = [(monday.desk / name / "part.txt").read_text() for name in ("wuhao", "qianning")]
    links = [(monday.desk / "links" / f"{name}.txt").read_text() for name in ("wuhao", "qianning")]
    key = (monday.desk / "operator" / "key.txt").read_text().splitlines()[-1]
    secrets = [*(part.splitlines()[10].strip() for part in parts), key]
    secrets += [re.findall(r"/invitation/(\S+)", link)[0] for link in links]
    home = [path for path in monday.node.home.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in home) + monday.first.stdout.encode()
    assert len(secrets) == 5 and all(len(one) > 20 for one in secrets)
    assert not any(one.encode() in content for one in secrets)
    assert not (monday.node.home / "keys" / "vault.json").exists()


def test_no_demonstration_starts_there_and_no_invented_region_is_installed(monday: Monday) -> None:
    refused = monday.node.call("run", "--once")
    assert refused.returncode == 1 and refused.stderr.startswith("tongban: run.production_home")


@pytest.mark.long
def test_a_second_run_goes_on_by_itself_and_changes_nothing(monday: Monday) -> None:
    sheet = (monday.desk / "wuhao" / "part.txt").read_bytes()
    link = (monday.desk / "links" / "wuhao.txt").read_bytes()
    again = monday.node.call("init")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "本次改动 0 处" in again.stdout and "新出 0 份，仍有效 2 份" in again.stdout
    assert (monday.desk / "wuhao" / "part.txt").read_bytes() == sheet
    assert (monday.desk / "links" / "wuhao.txt").read_bytes() == link


# ---- answers: everything wrong is told before anything is done ------------------------------------


def test_every_wrong_answer_is_named_by_its_key_and_nothing_is_done(tmp_path: Path) -> None:
    answers = lay_out(
        tmp_path,
        2525,
        region="999999",
        packs=["nothing-such"],
        keys={"keepers": [{"name": "吴昊", "file": "wuhao/part.txt"}]},
        backup={"destination": "backup", "keys_to": "backup", "identity": "backup/key.txt"},
        mail={"settings": {"host": "h", "sender": "nobody"}, "try_to": "x@y"},
    )
    fill(tmp_path / "organisation.xlsx", administrators=1)
    with pytest.raises(AnswersWrong) as refused:
        check(read_answers(answers), tmp_path / "home")
    keys = [key for key, _ in refused.value.faults]
    expected = ["region", "keys.keepers", "backup.keys_to", "backup.identity", "mail.settings.sender"]
    assert set(keys) >= {*expected, "organisation", "packs"} and not (tmp_path / "home").exists()


def test_a_misspelt_answer_is_refused_instead_of_keeping_its_default(tmp_path: Path) -> None:
    answers = lay_out(tmp_path, 2525, backups={})
    with pytest.raises(AnswersWrong, match="backups"):
        read_answers(answers)


def test_a_demonstrations_folder_is_refused(tmp_path: Path) -> None:
    node = Node(tmp_path / "home")
    (node.home / "postgres").mkdir(parents=True)
    refused = node.call("init", "--answers", str(lay_out(tmp_path, 2525)))
    assert refused.returncode == 1 and refused.stderr.startswith("tongban: init.demonstration_home")


def test_the_example_and_what_is_asked_make_the_same_kind_of_answers(tmp_path: Path) -> None:
    example = decode(yaml.safe_load(EXAMPLE), tmp_path)
    assert example.keys.needed == 2 and len(example.keys.keepers) == 3 and example.mail is not None
    typed = iter(
        ["", "", "", "", REGION, "", "", "吴昊", "/media/a/part.txt", "钱宁", "/media/b/part.txt", "", "", "", "",
         "", "", "", "smtp.example.test", "", "", "", "", ""]
    )  # fmt: skip
    asked = decode(ask(tmp_path, lambda _: next(typed), lambda _: None), tmp_path)
    assert [one.name for one in asked.keys.keepers] == ["吴昊", "钱宁"] and asked.packs == ["birth", "restaurant"]
    assert asked.mail is not None and asked.mail.settings.host == "smtp.example.test"


@pytest.mark.long
def test_an_installation_that_was_killed_at_any_step_goes_on(tmp_path: Path) -> None:
    letterbox, port = Letterbox(), free_port()
    server = Controller(letterbox, hostname="127.0.0.1", port=port)
    server.start()
    node = Node(tmp_path / "home")
    answers = lay_out(tmp_path, port)
    try:
        for seconds in (3, 6, 9, 12, 16):
            node.start("init", "--answers", str(answers))
            assert node.process is not None
            try:
                node.process.wait(seconds)
            except Exception:
                node.process.kill()
                node.process.wait()
        last = node.call("init")
        assert last.returncode == 0, last.stdout + last.stderr
        assert shutil.disk_usage(tmp_path).free > 0 and "备份已演练恢复" in last.stdout
    finally:
        node.end()
        server.stop()


@pytest.mark.long
def test_the_command_restores_what_the_node_signed_and_refuses_the_rest(monday: Monday) -> None:
    """The node works until its log is archived; then its folder is lost, and the backup is what is left."""
    node, desk = monday.node, monday.desk
    plan = node.home / "backup.yaml"
    plan.write_text(plan.read_text("utf-8").replace("seal_seconds: 60", "seal_seconds: 5"), "utf-8")
    node.start("serve")
    archive = next((desk / "backup").iterdir()) / "wal"
    try:
        for _ in range(300):
            if len(list(archive.glob("*.age"))) >= 2 and len(list(desk.glob("copies/*.log.json"))) == 1:
                break
            time.sleep(0.2)
        doctor = node.call("doctor")
    finally:
        node.end()
    assert re.search(r"✓ .*\d+ segments since the newest base, signed", doctor.stdout), doctor.stdout
    usual = ("--from", str(desk / "backup"), "--identity", str(desk / "operator" / "key.txt"))
    keys = ["--keys-from", str(desk / "copies")]
    for name in ("wuhao", "qianning"):
        keys += ["--part", str(desk / name / "part.txt")]

    without = node.call("restore", str(desk / "one"), *usual)
    assert without.returncode == 1 and "--unproven-log" in without.stderr and not (desk / "one").exists()
    whole = node.call("restore", str(desk / "one"), *usual, *keys)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "重放日志" in whole.stdout and "✗" not in whole.stdout

    segment = sorted(archive.glob("*.age"))[-1]
    shutil.copy(segment, archive / f"{segment.name[:23]}F.gz.age")
    refused = node.call("restore", str(desk / "two"), *usual, *keys)
    assert refused.returncode == 1 and segment.name[:23] in refused.stderr, refused.stdout + refused.stderr
    assert not list((desk / "two").iterdir())
    proven = node.call("restore", str(desk / "two"), *usual, *keys, "--as-far-as-proven")
    assert proven.returncode == 1 and "backup" not in proven.stderr and "重放日志" in proven.stdout, proven.stderr

    for record in archive.glob("*.signed.json"):
        record.unlink()
    manifest = sorted((desk / "backup").glob("*/bases/*/manifest.json"))[-1]
    told = json.loads(manifest.read_text("utf-8"))
    del told["log"]
    manifest.write_text(json.dumps(told | {"signature": ""}), "utf-8")
    before = node.call("restore", str(desk / "three"), *usual, *keys)
    assert before.returncode == 1 and "backup.log_unproven" in before.stderr, before.stdout + before.stderr
    taken = node.call("restore", str(desk / "three"), *usual, *keys, "--unproven-log")
    assert taken.returncode == 1 and "the ledger says so" in taken.stdout, taken.stdout + taken.stderr
    server = EmbeddedPostgres(desk / "three" / "postgres", fast=True)
    try:
        with psycopg.connect(server.start()) as connection:
            row = connection.execute("SELECT data FROM ledger_entries WHERE kind = 'backup.taken_unproven'").fetchone()
    finally:
        server.stop(immediate=True)
    assert row is not None and row[0]["base"] == manifest.parent.name

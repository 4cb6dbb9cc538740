"""``tongban run`` as people use it: the story, a second start, every way of ending, every small fault."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tongban.connectors.embedded_postgres import EmbeddedPostgres

from .conftest import Node, free_port, slowness, soon

Told = tuple[Node, "subprocess.CompletedProcess[str]"]


def listening(port: int) -> socket.socket:
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    held.listen(1)
    return held


def refusal(text: str) -> str:
    """The one line that says why."""
    lines = [line for line in text.splitlines() if line]
    assert len(lines) == 1, text
    return lines[0]


def test_the_whole_story_is_told_once_and_verified(told: Told) -> None:
    settled, run = told
    assert run.returncode == 0, run.stdout + run.stderr
    acts = ["王芳 提交申请", "受理", "准予：出生登记", "办件编号", "没有让申请人交的", "回执离线验证"]
    acts += [
        "证照核验 出生医学证明",
        "篡改与误输",
        "我的数据",
        "全部存证",
        "没有回音，改用另一处查到的",
        "不可信，请申请人上传结婚证",
        "查到，答得慢",
        "（经云河区节点）",
        "3 个部门同时收到",
        "收窄后授权",
        "检查经营场所不需要个人的身份证件信息",
        "下一次查询就被拒绝（AccessDenied）",
        "两个节点的日志逐条一致",
        "不可信，请申请人上传食品安全管理人员培训考核",
        "演示账号",
        f"http://localhost:{settled.port}/desk",
    ]
    assert run.stdout.count("部门自己的日志一次不多、一次不少") == 3
    places = [run.stdout.find(act) for act in acts]
    assert -1 not in places and places[0] < places[1] < places[2] < places[4] < places[5]
    assert settled.alive() == []


def test_nothing_printed_is_cut_or_wider_than_a_hundred_columns(told: Told) -> None:
    lines = [line.rstrip() for line in told[1].stdout.splitlines() if not re.match(r" +\d+\.\d s ", line)]
    assert len(lines) > 40
    assert [line for line in lines if columns(line) > 100 or "…" in line] == []


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_a_second_start_serves_quickly_beside_a_taken_inner_port_and_tells_no_story(settled: Node) -> None:
    began = time.monotonic()
    with closing(listening(settled.port + 1)):
        settled.start("run")
        settled.wait_ready()
        took = time.monotonic() - began
        assert httpx.get(f"http://127.0.0.1:{settled.port}/", trust_env=False).status_code == 200
    assert took < 10 * slowness(), settled.said
    assert "提交申请" not in settled.said
    _second_instance_is_refused(settled)
    _ends_within_five_seconds(settled, to_the_group=False)


def _second_instance_is_refused(settled: Node) -> None:
    assert settled.process is not None
    second = settled.call("run", "--once", TONGBAN_PORT=str(free_port()))
    line = refusal(second.stderr)
    assert second.returncode == 1 and line.startswith("tongban: instance.running") and str(settled.process.pid) in line


def _ends_within_five_seconds(settled: Node, to_the_group: bool) -> None:
    assert settled.process is not None
    began = time.monotonic()
    if to_the_group:
        os.killpg(settled.process.pid, signal.SIGINT)
    else:
        settled.process.send_signal(signal.SIGINT)
    assert settled.process.wait(60) == 0
    assert time.monotonic() - began < 5 * slowness()
    assert settled.alive() == []


def test_ctrl_c_in_the_terminal_leaves_nothing(settled: Node) -> None:
    settled.start("run")
    settled.wait_ready()
    _ends_within_five_seconds(settled, to_the_group=True)


def test_ctrl_c_while_starting_leaves_nothing(settled: Node) -> None:
    settled.start("run")
    assert soon(lambda: (settled.home / "log" / "web.log").exists() and len(settled.alive()) > 6, 60), settled.said
    _ends_within_five_seconds(settled, to_the_group=True)


def test_a_killed_run_leaves_nothing_and_the_next_one_recovers(settled: Node) -> None:
    settled.start("run")
    settled.wait_ready()
    assert settled.process is not None
    os.kill(settled.process.pid, signal.SIGKILL)
    settled.process.wait()
    assert soon(lambda: settled.alive() == [], 10 * slowness()), settled.alive()
    after = settled.call("run", "--once", "--no-story")
    assert after.returncode == 0, after.stderr


@pytest.mark.long
def test_no_story_tells_none_even_once(settled: Node) -> None:
    quiet = settled.call("run", "--once", "--no-story")
    assert quiet.returncode == 0 and "提交申请" not in quiet.stdout and "演示账号" in quiet.stdout


@pytest.mark.long
def test_the_story_can_be_told_again(settled: Node) -> None:
    again = settled.call("run", "--once", "--story")
    assert again.returncode == 0 and "全部存证" in again.stdout, again.stderr


def test_a_story_that_does_not_hold_ends_with_its_sentence(settled: Node) -> None:
    program = (
        "import sys, tongban.cli.narration as n; from msgspec import structs; plain = n.undated; "
        "n.undated = lambda s: structs.replace(plain(s), then=[\"case.state = 'withdrawn'\"]); "
        "from tongban.cli.main import main; sys.argv = ['tongban', 'run', '--once']; main()"
    )
    failed = settled.call(program=(sys.executable, "-c", program))
    line = refusal(failed.stderr)
    assert failed.returncode == 1 and line.startswith("tongban: run.story_failed")
    assert "case.state = 'withdrawn'" in line and "closed" in line
    assert settled.alive() == []


def test_a_taken_web_port_is_refused_before_anything_starts(node: Node) -> None:
    with closing(listening(node.port)):
        refused = node.call("run", "--once")
    line = refusal(refused.stderr)
    assert refused.returncode == 1 and line.startswith("tongban: port.taken") and "TONGBAN_PORT" in line
    assert not (node.home / "postgres").exists()


def test_an_unwritable_folder_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = Node(tmp_path / "file" / "home").call("run", "--once")
    line = refusal(refused.stderr)
    assert refused.returncode == 1 and line.startswith("tongban: folder.unwritable") and "TONGBAN_HOME" in line


@pytest.mark.long
def test_a_half_finished_initialisation_is_begun_anew(node: Node) -> None:
    node.start("run", "--once", "--no-story")
    assert soon(lambda: (node.home / "postgres" / "data.unfinished").exists(), 30)
    assert node.process is not None
    node.process.kill()
    node.process.wait()
    assert not (node.home / "postgres" / "data").exists()
    after = node.call("run", "--once", "--no-story")
    assert after.returncode == 0, after.stderr


def test_a_database_that_does_not_answer_is_refused_in_one_line(node: Node) -> None:
    refused = node.call("run", "--once", TONGBAN_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    line = refusal(refused.stderr)
    assert refused.returncode == 1 and line.startswith("tongban: database.unreachable")
    assert "TONGBAN_DATABASE_URL" in line


def _as(dsn: str, user: str, database: str) -> str:
    return re.sub(r"//\w+@/\w+", f"//{user}@/{database}", dsn)


@pytest.mark.long
def test_any_database_serves_although_somebody_else_made_it(node: Node, tmp_path: Path) -> None:
    import psycopg

    server = EmbeddedPostgres(tmp_path / "other", fast=True)
    dsn = server.start()
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE ROLE civic LOGIN")
            connection.execute("CREATE DATABASE civic")
        address = _as(dsn, "civic", "civic")
        refused = node.call("run", "--once", "--no-story", TONGBAN_DATABASE_URL=address)
        assert refused.returncode == 1 and "database.unreachable" in refusal(refused.stderr)
        with psycopg.connect(_as(dsn, "tongban", "civic"), autocommit=True) as connection:
            connection.execute("GRANT CREATE ON SCHEMA public TO civic")
        done = node.call("run", "--once", TONGBAN_DATABASE_URL=address)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not (node.home / "postgres").exists()
    finally:
        server.stop(immediate=True)

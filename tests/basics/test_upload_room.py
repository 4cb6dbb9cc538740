"""Files are taken apart in a process of their own: what it may not do, and what happens when it dies or hangs."""

import os
import subprocess
import sys
import time

import pytest
from tests.basics.test_uploads import photo

from tongban.basics.apart import Child, Room
from tongban.basics.upload_errors import UploadTooHeavy, UploadTypeRefused
from tongban.basics.upload_room import Question, check
from tongban.basics.uploads import UploadLimits

WORK = "tongban.basics.upload_room:answer"

CONFINED = """
import os
from tongban.basics.apart_child import confine
confine()
try:
    os.write(os.open("/tmp/tongban-upload-room", os.O_CREAT | os.O_WRONLY), b"x")
    print("wrote")
except OSError:
    print("no file")
try:
    bytearray(4_000_000_000)
    print("took")
except MemoryError:
    print("no memory")
"""


def question(content: bytes, name: str = "票据.jpg") -> Question:
    return Question(name, "image/jpeg", content, UploadLimits())


def test_a_file_is_checked_by_another_process_that_holds_nothing_of_the_node() -> None:
    room = Room(WORK, most=1)
    upload = check(question(photo("JPEG")), room)
    assert upload.media_type == "image/jpeg" and upload.name == "票据.jpg"
    child = room._free[0]
    environment = open(f"/proc/{child.pid}/environ", "rb").read()  # noqa: SIM115
    assert child.pid != os.getpid() and b"TONGBAN" not in environment
    with pytest.raises(UploadTypeRefused, match="Office"):
        check(question(b"PK\x03\x04" + bytes(100)), room)
    assert room._free == [child], "a refusal is no reason for another process"
    room.close()


def test_a_process_that_dies_or_hangs_costs_one_file_and_the_next_finds_another() -> None:
    room = Room(WORK, most=1, seconds=0.5)
    check(question(photo("JPEG")), room)
    first = room._free[0]
    os.kill(first.pid, 9)
    with pytest.raises(UploadTooHeavy):
        check(question(photo("JPEG")), room)
    room._seconds = 10.0
    check(question(photo("JPEG")), room)
    second = room._free[0]
    os.kill(second.pid, 19)  # stopped: it will never answer
    room._seconds = 0.5
    began = time.monotonic()
    with pytest.raises(UploadTooHeavy):
        check(question(photo("JPEG")), room)
    assert time.monotonic() - began < 5 and room._free == []


def test_the_process_may_write_no_file_and_take_no_more_memory_than_it_is_given() -> None:
    said = subprocess.run([sys.executable, "-I", "-c", CONFINED], capture_output=True, text=True, check=False)
    assert said.stdout.split("\n")[:2] == ["no file", "no memory"], said.stderr


def test_it_ends_with_its_input() -> None:
    child = Child(WORK)
    assert child._process.stdin is not None
    child._process.stdin.close()
    assert child._process.wait(10) == 0

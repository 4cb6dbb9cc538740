"""Hostile and odd YAML ends in a fault with a line, never in an exception, a hang or a guess."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.assembly.documents import MAX_BYTES, compose, read_text
from tongban.assembly.reading import read_pack


def codes(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.code) for fault in compose(text, "x.yaml")[1]]


def test_a_billion_laughs_are_not_laughed() -> None:
    text = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert {code for _, code in codes(text)} == {"yaml.anchor"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !!python/object/apply:os.system [ls]", [(1, "yaml.tag")]),
        ("a: [1, 2", [(1, "yaml.syntax")]),
        ("a: 1\n---\nb: 2", [(2, "yaml.syntax")]),
        ("a: \x07", [(1, "yaml.character")]),
        ("a:\n" + "".join(" " * depth + "- \n" for depth in range(1, 2)), []),
        ("[" * 100 + "]" * 100, [(1, "yaml.too_deep")]),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_line(text: str, expected: list[tuple[int, str]]) -> None:
    assert codes(text) == expected


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    text, faults = read_text(path, "big.yaml")
    assert (text, [fault.code for fault in faults]) == ("", ["yaml.too_large"])


def test_other_encodings_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes("a: 1\nname: 事项".encode("gbk"))
    assert [(fault.line, fault.code) for fault in read_text(path, "gbk.yaml")[1]] == [(2, "yaml.encoding")]


def test_links_out_of_the_pack_are_not_followed(small: Path) -> None:
    (small / "items" / "stolen.yaml").symlink_to("/etc/passwd")
    faults = read_pack(small).faults
    assert [(fault.file, fault.code) for fault in faults] == [("items/stolen.yaml", "pack.link")]


def test_a_folder_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    assert [fault.code for fault in read_pack(tmp_path / "nowhere").faults] == ["pack.no_folder", "pack.no_manifest"]


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="abc:-[]{}'\"&*!|>\n #?,1.é事", max_size=60))
def test_no_text_breaks_the_reader(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("p")
    for file in ("pack.yaml", "grants.yaml", "journeys/x.yaml", "strings/en.yaml", "tests/x.yaml"):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text, "utf-8")
    for fault in read_pack(folder).faults:
        assert fault.message("zh-CN") and fault.repair("en")

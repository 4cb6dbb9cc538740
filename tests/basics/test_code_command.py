"""The command says whether a code is valid, what it tells, or what to repair."""

import io
from collections.abc import Mapping

import pytest
from cyclopts import App

from tongban.cli.code import code_app, make_code_app
from tongban.cli.code_command import code_app as whole_app

Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *words: str, app: App = code_app) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        app(words)
    out, err = capsys.readouterr()
    code = ended.value.code
    return code if isinstance(code, int) else -1, out, err


@pytest.mark.parametrize(
    ("kind", "value", "part"),
    [
        ("resident-id", "11010519491231002X", "birth: 1949-12-31"),
        ("uscc", "91350100M000100Y43", "region: 350100"),
        ("item", "11370800MB285591843370117002011", "basic: 370117002011"),
        (
            "licence",
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            "serial: 20230000403",
        ),
        ("region", "330103", "level: county"),
        ("mobile", "13800001234", "code: 138****1234"),
    ],
)
def test_a_valid_code_is_told_apart_into_its_parts(capsys: Captured, kind: str, value: str, part: str) -> None:
    status, out, _ = run(capsys, "check", kind, value)
    assert status == 0
    assert out.startswith("valid ")
    assert f"  {part}\n" in out


def test_a_wrong_code_gives_the_reason_and_repair_in_both_languages(capsys: Captured) -> None:
    status, out, _ = run(capsys, "check", "uscc", "91350100M000100Y44")
    assert status == 1
    assert out.startswith("not valid (check)")
    assert "校验码不符" in out
    assert "Compare it with the original" in out


def test_a_birth_date_in_the_far_future_is_refused(capsys: Captured) -> None:
    status, out, _ = run(capsys, "check", "resident-id", "330103299901010014")
    assert (status, "future" in out) == (1, True)


def test_an_unknown_kind_ends_with_two_and_the_list(capsys: Captured) -> None:
    status, out, err = run(capsys, "check", "passport", "E12345678")
    assert (status, out) == (2, "")
    assert "resident-id, uscc, item, licence, region, case, catalogue, mobile" in err


def test_a_code_can_come_from_standard_input(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("11010519491231002x\n"))
    status, out, _ = run(capsys, "check", "resident-id", "-")
    assert (status, "birth: 1949-12-31" in out) == (0, True)


def test_a_persons_number_is_never_printed_whole(capsys: Captured) -> None:
    for number in ("11010519491231002X", "110105194912310021"):
        _, out, err = run(capsys, "check", "resident-id", number)
        assert number not in out + err


def test_division_names_are_loaded_only_when_a_division_is_checked(capsys: Captured) -> None:
    loads = []

    def load() -> Mapping[str, str]:
        loads.append(1)
        return {"330000": "浙江省", "330100": "杭州市", "330103": "下城区"}

    app = make_code_app(load)
    assert run(capsys, "check", "uscc", "91350100M000100Y43", app=app)[0] == 0
    assert loads == []
    assert "names: 浙江省 杭州市 下城区" in run(capsys, "check", "region", "330103", app=app)[1]
    assert run(capsys, "check", "region", "330199", app=app)[0] == 1


def test_a_division_that_was_merged_names_the_one_that_answers_for_it(capsys: Captured) -> None:
    for typed, successor in (("330103", "330105"), ("330104000000", "330102")):
        status, out, _ = run(capsys, "check", "region", typed, app=whole_app)
        assert (status, out.splitlines()[0]) == (1, "not valid (ended)")
        assert f"现由{successor}承接" in out and f"{successor} answers for it now" in out
    status, out, _ = run(capsys, "check", "region", "330105", app=whole_app)
    assert (status, "names: 浙江省 杭州市 拱墅区" in out) == (0, True)
    assert "not valid (unknown)" in run(capsys, "check", "region", "330199", app=whole_app)[1]

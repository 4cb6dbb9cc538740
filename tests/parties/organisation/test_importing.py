"""An Excel file becomes the organisation: all of it, or nothing and every fault at once."""

import datetime as dt
import io
from collections.abc import Sequence

import pytest
from openpyxl import Workbook, load_workbook
from tests.world import JING, REGION, World

from tongban.basics.codes.invented import invented_resident_id, invented_uscc
from tongban.parties.errors import NotAllowed
from tongban.parties.organisation import sheets
from tongban.parties.organisation.columns import COLUMNS
from tongban.parties.organisation.errors import ImportGone, Unfit
from tongban.parties.organisation.importing import Applied, Plan, apply_import, keep, plan, take
from tongban.parties.organisation.overlay import directory_now
from tongban.parties.organisation.reading import holder_at, search, units_now

ADMINISTRATOR = "吴浩"
BUREAU = {"机构编号": "parks", "名称": "下城区园林局", "简称": "园林局", "类型": "部门", "承担职责": "parks"}
OFFICE = {"机构编号": "parks-trees", "名称": "树木管理科", "类型": "内设机构", "上级机构编号": "parks"}
SEAT = {
    "岗位编号": "parks-trees-1",
    "所属机构编号": "parks-trees",
    "岗位名称": "树木管理岗",
    "角色": "经办",
    "排序": "20",
}
PERSON = {"登录名": "linqiu", "姓名": "林秋", "岗位编号": "parks-trees-1", "办公电话": "0571-85000000"}


def file(
    units: Sequence[dict[str, str]] = (), positions: Sequence[dict[str, str]] = (), staff: Sequence[dict[str, str]] = ()
) -> bytes:
    """A file with these rows, as somebody types it."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in zip(COLUMNS, (units, positions, staff), strict=True):
        sheet = book.create_sheet(title)
        heads = [column.title for column in COLUMNS[title]]
        sheet.append(heads)
        for row in rows:
            sheet.append([row.get(head) for head in heads])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def whole() -> bytes:
    """A new bureau with an office, a seat and somebody in it."""
    bureau = {**BUREAU, "统一社会信用代码": invented_uscc(REGION, 99, "department")}
    person = {**PERSON, "身份证号": invented_resident_id(REGION, dt.date(1990, 3, 7), 511)}
    # The office stands before the bureau above it: the order of rows does not matter.
    return file([OFFICE, bureau], [SEAT], [person])


async def _plan(world: World, content: bytes, by: str = ADMINISTRATOR) -> Plan:
    async with world.database.connection() as connection:
        read, actor = sheets.read_sheets(content), await world.actor(by)
        return await plan(connection, world.kernel.vault, actor, REGION, read, await world.now())


async def _apply(world: World, content: bytes) -> Applied:
    async with world.database.connection() as connection:
        read, actor = sheets.read_sheets(content), await world.actor(ADMINISTRATOR)
        return await apply_import(connection, world.kernel.vault, actor, REGION, read, await world.now())


async def test_what_was_shown_is_what_is_done_and_a_second_time_nothing(world: World) -> None:
    shown = await _plan(world, whole())
    assert [(one.kind, one.id) for one in shown.changes] == [
        ("unit.new", "parks-trees"),
        ("unit.new", "parks"),
        ("position.new", "parks-trees-1"),
        ("staff.new", "linqiu"),
        ("post.new", "linqiu"),
    ]
    done = await _apply(world, whole())
    assert done.plan == shown
    assert [one.login for one in done.opened] == ["linqiu"]
    async with world.database.connection() as connection:
        (holder,) = await holder_at(connection, REGION, await world.now(), position="parks-trees-1")
        assert (holder.name, holder.department, holder.unit, holder.title) == (
            "林秋", "parks", "parks-trees", "树木管理岗",
        )  # fmt: skip
        directory = await directory_now(connection, world.kernel.directory)
    assert directory.department_for(REGION, "parks").name == "下城区园林局"
    again = await _plan(world, whole())
    assert [one for one in again.changes if one.kind != "staff.known"] == []


async def test_what_is_written_out_is_read_back_without_numbers(world: World) -> None:
    await _apply(world, whole())
    async with world.database.connection() as connection:
        actor = await world.actor(ADMINISTRATOR)
        branches = await units_now(connection, actor, REGION, await world.now())
        found = await search(connection, world.kernel.vault, actor, REGION, "林秋")
    content = sheets.workbook([branch.unit for branch in branches], [], found.officials)
    book = load_workbook(io.BytesIO(content))
    heads = [cell.value for cell in book["人员"][1]]
    row = dict(zip(heads, (cell.value for cell in book["人员"][2]), strict=True))
    assert (row["登录名*"], row["办公电话"], row["身份证号"] or "") == ("linqiu", "0571-85000000", "")
    assert len(sheets.read_sheets(content).staff) == 1


async def test_every_fault_is_told_at_once_with_its_place_and_nothing_is_done(world: World) -> None:
    wrong = file(
        [{**BUREAU, "机构编号": "Parks", "类型": "局"}, {**OFFICE, "机构编号": "x", "上级机构编号": "nowhere"}],
        [{**SEAT, "角色": "经办"}, SEAT],
        [{**PERSON, "登录名": "lin2", "身份证号": "330103199003070000", "邮箱": "没有"}],
    )
    with pytest.raises(Unfit) as read:
        sheets.read_sheets(wrong)
    places = [fault.place for fault in read.value.found]
    assert places == [
        "“机构”第 2 行“机构编号”", "“机构”第 2 行“类型”", "“人员”第 2 行“邮箱”", "“人员”第 2 行“身份证号”",
        "“岗位”第 3 行“岗位编号”",
    ]  # fmt: skip
    stray = file(
        [{**OFFICE, "机构编号": "y", "上级机构编号": "nowhere"}],
        [],
        [{**PERSON, "登录名": "lin3", "岗位编号": "no-such"}],
    )
    before = await world.one("SELECT count(*) FROM ledger_entries")
    with pytest.raises(Unfit) as planned:
        await _apply(world, stray)
    assert [fault.place for fault in planned.value.found] == ["“机构”第 2 行“上级机构编号”", "“人员”第 2 行“岗位编号”"]
    assert await world.one("SELECT count(*) FROM ledger_entries") == before


async def test_a_log_in_name_of_somebody_else_is_refused(world: World) -> None:
    number = invented_resident_id(REGION, dt.date(1985, 1, 1), 11)
    taken = file([], [], [{"登录名": "liwei", "姓名": "李明", "身份证号": number}])
    with pytest.raises(Unfit, match="liwei"):
        await _plan(world, taken)


async def test_only_administrators_import(world: World) -> None:
    with pytest.raises(NotAllowed):
        await _plan(world, whole(), JING)


async def test_a_shown_file_is_taken_once_and_only_by_whoever_was_shown_it(world: World) -> None:
    async with world.database.connection() as connection:
        vault, actor, other = world.kernel.vault, await world.actor(ADMINISTRATOR), await world.actor(JING)
        made = await keep(connection, vault, actor, REGION, b"a file", await world.now())
        with pytest.raises(ImportGone):
            await take(connection, vault, other, REGION, made)
        assert await take(connection, vault, actor, REGION, made) == b"a file"
        with pytest.raises(ImportGone):
            await take(connection, vault, actor, REGION, made)


@pytest.mark.parametrize("content", [b"", b"not a file", b"PK\x03\x04 broken"])
def test_what_is_no_excel_file_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(Unfit, match=r"Excel"):
        sheets.read_sheets(content)

"""Excel out and in: what was exported comes back the same; every fault is told at once, nothing is done by halves."""

import io

import pytest
from openpyxl import Workbook, load_workbook
from tests.resources.catalogue.test_entries import STAYS, entered, published
from tests.world import JING, REGION, WEI, World

from tongban.parties.errors import NotAllowed
from tongban.resources.catalogue import reading
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.importing import Done, take_in
from tongban.resources.catalogue.sheets import read_workbook, workbook


async def taken(world: World, content: bytes, name: str = WEI, department: str = "police") -> Done:
    rows = read_workbook(content)
    async with world.database.connection() as connection:
        return await take_in(
            connection, await world.actor(name), world.kernel.directory, REGION, department, rows, await world.now()
        )


async def own(world: World) -> bytes:
    async with world.database.connection() as connection:
        return workbook(await reading.provided(connection, REGION, "police"), {})


def changed(content: bytes, sheet: str, changes: dict[str, object]) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for cell, value in changes.items():
        book[sheet][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row_of(content: bytes, sheet: str, name: str) -> int:
    rows = load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True)
    return next(number for number, row in enumerate(rows, 1) if name in row)


async def count(world: World) -> int:
    found: int = await world.one("SELECT count(*) FROM catalogue_versions")
    return found


async def test_what_was_exported_comes_back_the_same(world: World) -> None:
    await published(world)
    before = await count(world)
    done = await taken(world, await own(world))
    assert (done.entered, done.changed) == (0, 0) and done.same >= 3
    assert await count(world) == before


async def test_a_changed_row_becomes_a_newer_version_and_a_new_row_an_entry(world: World) -> None:
    entry = await published(world)
    content = await own(world)
    row = row_of(content, "数据资源", STAYS.name)
    last = load_workbook(io.BytesIO(content))["应用"].max_row + 1
    content = changed(content, "数据资源", {f"E{row}": "改成按周报送的临时住宿登记"})
    content = changed(content, "应用", {f"D{last}": "派出所排队叫号", f"F{last}": "取号；叫号；评价"})
    assert (await taken(world, content)).entered == 1
    async with world.database.connection() as connection:
        page = await reading.read_entry(
            connection, await world.actor(WEI), world.kernel.directory, REGION, entry, await world.now()
        )
    assert page.content == STAYS and page.draft is not None
    assert page.draft.summary == "改成按周报送的临时住宿登记"
    assert page.history[0].changed == ("summary",)


async def test_every_fault_is_told_with_its_row_column_value_and_repair_and_nothing_is_done(world: World) -> None:
    await published(world)
    content = await own(world)
    row, before = row_of(content, "数据资源", STAYS.name), await count(world)
    wrong = {f"J{row}": "随便共享", f"G{row}": "99", f"N{row}": "偶尔", f"D{row}": "好" * 101}
    with pytest.raises(EntryUnfit) as refused:
        await taken(world, changed(content, "数据资源", wrong))
    said = [f"{fault.place} {fault.zh}" for fault in refused.value.found]
    assert any("J 列“共享类型”" in one and "随便共享" in one and "无条件共享、有条件共享" in one for one in said)
    assert any("N 列“更新周期”" in one and "偶尔" in one for one in said)
    assert any("D 列“名称”" in one and "不能超过 100 个字" in one for one in said)
    assert any("G 列“分类码”" in one and "99" in one for one in said)
    assert all(f"第 {row} 行" in one for one in said)
    assert await count(world) == before


async def test_one_bad_row_keeps_every_good_row_out(world: World) -> None:
    content = await own(world)
    last = load_workbook(io.BytesIO(content))["应用"].max_row + 1
    unknown: dict[str, object] = {f"A{last + 1}": "A999999", f"B{last + 1}": 1, f"D{last + 1}": "没有"}
    content = changed(content, "应用", {f"D{last}": "一个好的应用", **unknown})
    before = await count(world)
    with pytest.raises(EntryUnfit):
        await taken(world, content)
    assert await count(world) == before


async def test_a_row_changed_by_somebody_else_meanwhile_is_refused(world: World) -> None:
    await entered(world)
    content = await own(world)
    row = row_of(content, "数据资源", STAYS.name)
    await taken(world, changed(content, "数据资源", {f"E{row}": "先到的人改的摘要"}))
    with pytest.raises(EntryUnfit) as refused:
        await taken(world, changed(content, "数据资源", {f"E{row}": "后到的人改的摘要"}))
    assert "第 2 版" in refused.value.found[0].zh


async def test_another_department_imports_nothing_over_it(world: World) -> None:
    await published(world)
    content = await own(world)
    with pytest.raises(NotAllowed):
        await taken(world, content, JING)
    with pytest.raises(EntryUnfit) as refused:
        await taken(world, content, JING, "market")
    assert all("由别的部门提供" in fault.zh for fault in refused.value.found)


def test_formulas_are_refused_and_never_evaluated() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "应用"
    sheet.append(["代码", "名称", "摘要"])
    sheet.append([None, '=HYPERLINK("http://example.invalid","x")', "摘要"])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(EntryUnfit) as refused:
        read_workbook(out.getvalue())
    assert "公式" in refused.value.found[0].zh


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"<html>", b"\x00" * 100])
def test_what_is_no_workbook_is_told_so(content: bytes) -> None:
    with pytest.raises(EntryUnfit):
        read_workbook(content)

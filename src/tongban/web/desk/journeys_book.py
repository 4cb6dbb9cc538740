"""The measures of a journey as an Excel file: before and after, stations, items, ways, and what the numbers mean."""

from collections.abc import Sequence
from typing import Any

from tongban.basics.workbooks import Book
from tongban.cases.measures.models import JourneyMeasures, Spread
from tongban.web.language import Words
from tongban.web.measure_words import NAMES, PHASES, step_words


def workbook(found: JourneyMeasures, words: Words) -> bytes:
    """The whole file. Texts stay texts, whatever they begin with."""
    book = Book()
    _sheet(book, words.say("改革前后"), _compared(found, words))
    _sheet(book, words.say("各环节"), _stations(found, words))
    _sheet(book, words.say("各事项"), _items(found, words))
    _sheet(book, words.say("办理路径"), _ways(found, words))
    _sheet(book, words.say("说明"), _notes(found, words))
    return book.content()


def _spread(spread: Spread | None) -> list[int | None]:
    return [None] * 4 if spread is None else [spread.median, spread.low, spread.high, spread.cases]


def _spread_titles(words: Words) -> list[str]:
    return [words.say("中位数"), words.say("四分之一处"), words.say("四分之三处"), words.say("件数")]


def _compared(found: JourneyMeasures, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [[words.say("比什么"), words.say("以前"), *_spread_titles(words)]]
    rows += [[words.say(NAMES[one.measure]), one.before, *_spread(one.after)] for one in found.comparisons]
    rows += [[words.say("没有让人交的材料（件）"), None, found.materials_not_asked]]
    rows += [[words.say("没有让人填的内容（项）"), None, found.fields_not_asked]]
    return rows


def _stations(found: JourneyMeasures, words: Words) -> list[list[Any]]:
    titles = [words.say("环节"), words.say("部门"), words.say("时限（工作日）"), words.say("件数")]
    titles += [words.say(name) for name in PHASES.values()]
    titles += [words.say("搁置"), words.say("四分之一处"), words.say("四分之三处"), words.say("堵点")]
    rows: list[list[Any]] = [titles]
    for one in found.stations:
        times = [one.waiting, one.untouched, one.standing, one.worked, one.idle, one.idle_low, one.idle_high]
        mark = words.say("是") if one.bottleneck else None
        rows.append([words.pack(one.name), words.pack(one.department), one.limit, one.cases, *times, mark])
    return rows


def _items(found: JourneyMeasures, words: Words) -> list[list[Any]]:
    titles = [words.say("事项"), words.say("部门"), words.say("承诺时限"), words.say("法定时限")]
    titles += [words.say("以前（天）"), *_spread_titles(words), words.say("要交的材料"), words.say("跑动")]
    rows: list[list[Any]] = [titles]
    for one in found.items:
        before = one.before.days if one.before else None
        limits = [one.promise, one.statutory, before]
        rest = [one.materials.median, one.trips.median]
        rows.append([words.pack(one.name), words.pack(one.department), *limits, *_spread(one.days), *rest])
    return rows


def _ways(found: JourneyMeasures, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [[words.say("件数"), words.say("办理路径")]]
    rows += [[one.cases, words.say("；").join(step_words(s, words) for s in one.steps)] for one in found.paths]
    if found.other_paths:
        rows.append([found.other_paths, words.say("其他路径合计，件数太少，不单独公布")])
    return rows


def _notes(found: JourneyMeasures, words: Words) -> list[list[Any]]:
    source = found.baseline.source if found.baseline else None
    months = words.say("{first} 至 {last}", first=f"{found.first:%Y-%m}", last=f"{found.last:%Y-%m}")
    return [
        [words.say("一件事"), words.pack(found.name)],
        [words.say("办结月份"), months],
        [words.say("“以前”的来源"), words.pack(source) if source else words.say("没有声明")],
        [words.say("时间单位"), words.say("各环节的时间是工作日，一个工作日 24 小时，周末和节假日不算；都是中位数。")],
        [words.say("不公布"), words.say("少于 {n} 件的不显示，也不能由其他数推算出来。", n=found.least)],
    ]


def _sheet(book: Book, title: str, rows: Sequence[Sequence[Any]]) -> None:
    book.sheet(title, rows[0], (28, 28)).add(rows[1:], "yyyy-mm")

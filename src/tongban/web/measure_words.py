"""What measures, phases and ways are called on pages and in files. Called by the desk, the guide and a case's page."""

from collections.abc import Mapping

from msgspec import Struct

from tongban.cases.measures.models import Comparison, Effect, Measure, PathMeasures, PathStep, Spread
from tongban.services.definitions import Baseline
from tongban.web.language import Words, mark

NAMES: Mapping[Measure, str] = {
    "trips": mark("跑动"),
    "materials": mark("材料"),
    "links": mark("要办的环节"),
    "days": mark("时间"),
}
BEFORE: Mapping[Measure, str] = {
    "trips": mark("{n} 次"),
    "materials": mark("{n} 件"),
    "links": mark("{n} 个"),
    "days": mark("{n} 天"),
}
AFTER: Mapping[Measure, str] = {**BEFORE, "days": mark("{n} 个工作日")}

PHASES: Mapping[str, str] = {
    "waiting": mark("等前面"),
    "untouched": mark("到了没动"),
    "standing": mark("暂停"),
    "worked": mark("在办"),
}
EVENTS: Mapping[str, str] = {
    "supplement": mark("一次性告知补正"),
    "return": mark("退回修改"),
    "deemed_accepted": mark("视为受理"),
    "tolerance": mark("容缺受理"),
    "commitment": mark("告知承诺"),
    "suspension": mark("暂停计时"),
    "extension": mark("延长了时限"),
    "hearing": mark("听证"),
    "visit": mark("现场核查"),
    "transfer": mark("移送其他部门"),
    "hand_over": mark("移交其他区划"),
}
RESULTS: Mapping[str, str] = {
    "approved": mark("办成"),
    "declined": mark("不予办理"),
    "cancelled": mark("没有再办"),
}
ENDS: Mapping[str, str] = {
    "granted": mark("全部办成"),
    "partly": mark("部分办成"),
    "declined": mark("没有办成"),
    "refused": mark("不予受理"),
    "withdrawn": mark("申请人撤回"),
    "terminated": mark("终止办理"),
    "lapsed": mark("逾期未补正"),
    "referred": mark("转报上级"),
    "deleted": mark("登记有误删除"),
    "handed_over": mark("移交其他区划"),
}


class Beside(Struct, frozen=True):
    """One measure, before and after, in words; ``middle`` says between which values the middle half lies."""

    name: str
    before: str | None
    after: str
    middle: str = ""


def beside_of_case(effect: Effect, words: Words) -> list[Beside]:
    """Before and after of one case."""
    after: dict[Measure, int] = {"trips": effect.trips, "materials": effect.materials, "links": effect.links}
    return beside_planned(effect.before, {**after, "days": effect.days}, words)


def beside_of_cases(comparisons: list[Comparison], words: Words) -> list[Beside]:
    """Before and the median after, of those measures that may be shown."""
    return [
        _beside(one.measure, one.before, one.after.median, words, one.after)
        for one in comparisons
        if one.after is not None
    ]


def beside_planned(before: Baseline | None, after: Mapping[Measure, int], words: Words) -> list[Beside]:
    """Before as declared, and one value each for now."""
    declared: dict[Measure, int | None] = {}
    if before is not None:
        declared = {"trips": before.trips, "materials": before.materials, "links": before.steps, "days": before.days}
    return [_beside(one, declared.get(one), after[one], words) for one in NAMES]


def _beside(measure: Measure, before: int | None, after: int, words: Words, spread: Spread | None = None) -> Beside:
    return Beside(
        name=words.say(NAMES[measure]),
        before=None if before is None else words.say(BEFORE[measure], n=before),
        after=words.say(AFTER[measure], n=after),
        middle=words.say("半数办件 {low}–{high}", low=spread.low, high=spread.high) if spread else "",
    )


def step_words(step: PathStep, words: Words) -> str:
    """One mark of a way."""
    if step.kind == "task":
        return f"{words.pack(step.name)}{words.say('：')}{words.say(RESULTS.get(step.result, step.result))}"
    return words.say((EVENTS if step.kind == "event" else ENDS).get(step.name, step.name))


def way_words(path: PathMeasures, words: Words) -> tuple[str, list[str]]:
    """How a way ended after how many stations, and what set it apart from a plain one."""
    end = next(step_words(step, words) for step in path.steps if step.kind == "end")
    done = sum(step.kind == "task" and step.result == "approved" for step in path.steps)
    apart = [step for step in path.steps if step.kind == "event" or (step.kind == "task" and step.result != "approved")]
    return words.say("{end}，办成 {n} 个环节", end=end, n=done), [step_words(step, words) for step in apart]

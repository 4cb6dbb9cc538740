"""How masks, states and steps of requests for data are said on pages. ``_`` translates each where it is shown."""

from collections.abc import Iterable, Mapping
from functools import cache

from tongban.basics.vault import Vault
from tongban.cases.sharing.reading import RequestEvent
from tongban.resources.definitions import ResourceField
from tongban.resources.masks.definitions import Mask, fault
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.masks.masking import mask
from tongban.web.language import mark

# what a form sends → (the mask it stands for, what it is called)
MASKS: Mapping[str, tuple[Mask, str]] = {
    "keep": (Mask("keep"), mark("原样")),
    "name": (Mask("partial", "name"), mark("只留姓氏")),
    "phone": (Mask("partial", "phone"), mark("手机号留头三尾四")),
    "id": (Mask("partial", "id"), mark("证件号留头三尾四")),
    "card": (Mask("partial", "card"), mark("卡号只留末四位")),
    "address": (Mask("partial", "address"), mark("地址只到区县")),
    "year": (Mask("generalise", "year"), mark("日期只留年份")),
    "month": (Mask("generalise", "month"), mark("日期只留年月")),
    "band10": (Mask("generalise", "band", width=10), mark("数字每 10 一档")),
    "band1000": (Mask("generalise", "band", width=1000), mark("数字每 1000 一档")),
    "province": (Mask("generalise", "province"), mark("区划只到省")),
    "city": (Mask("generalise", "city"), mark("区划只到市")),
    "district": (Mask("generalise", "district"), mark("区划只到区县")),
    "shift": (Mask("shift", days=30), mark("日期前后平移")),
    "hash": (Mask("hash"), mark("不可还原的代码")),
    "token": (Mask("token"), mark("可还原的代码")),
    "hide": (Mask("hide"), mark("不显示")),
}
_INVENTED: Mapping[str, str] = {
    "keep": "王芳",
    "name": "王芳",
    "phone": "19912345678",
    "id": "330103199001010000",
    "card": "6222000000000000018",
    "address": "浙江省杭州市下城区武林路 218 号",
    "year": "1990-05-17",
    "month": "1990-05-17",
    "band10": "47",
    "band1000": "8600",
    "province": "330103",
    "city": "330103",
    "district": "330103001",
    "shift": "1990-05-17",
    "hash": "王芳",
    "token": "王芳",
    "hide": "王芳",
}
"""What a form sends → an invented value, of nobody, to show the mask with."""
LONGEST_EXAMPLE = 14
STATES: Mapping[str, tuple[str, str]] = {
    "open": (mark("待答复"), "yellow"),
    "approving": (mark("待负责人审批"), "yellow"),
    "closed": (mark("已答复"), "green"),
}
LINES: Mapping[str, tuple[str, str]] = {
    "draft": (mark("未发出"), "grey"),
    "asked": (mark("等待答复"), "blue"),
    "granted": (mark("已授权"), "green"),
    "narrowed": (mark("收窄后授权"), "green"),
    "refused": (mark("不予共享"), "red"),
}
GRANTS: Mapping[str, tuple[str, str]] = {
    "valid": (mark("有效"), "green"),
    "over": (mark("已到期"), "grey"),
    "revoked": (mark("已撤销"), "red"),
}
SHARINGS: Mapping[str, str] = {
    "unconditional": mark("无条件共享"),
    "conditional": mark("有条件共享"),
    "not_shared": mark("不予共享"),
}
VERDICTS: Mapping[str, str] = {"grant": mark("同意"), "narrow": mark("收窄"), "refuse": mark("不同意")}
_EVENTS: Mapping[str, tuple[str, str]] = {
    "sharing.requested": (mark("提出申请"), "blue"),
    "sharing.checked": (mark("合规检查完成"), "green"),
    "sharing.proposed": (mark("作出答复，报负责人审批"), "blue"),
    "sharing.returned": (mark("负责人退回，重新答复"), "yellow"),
    "sharing.answered": (mark("答复生效"), "green"),
}


def event_words(event: RequestEvent) -> tuple[str, str]:
    """What happened, and the colour of its mark."""
    return _EVENTS.get(event.kind, (mark("有新的进展"), "grey"))


def masks_for(field: ResourceField) -> list[tuple[str, str]]:
    """The masks that fit a field: what the form sends, and what it is called."""
    return [(key, words) for key, (known, words) in MASKS.items() if fault(known, field.kind) is None]


@cache
def example(key: str) -> tuple[str, str]:
    """An invented value and what the mask makes of it, '' for nothing. Made by the mask itself, under a key that is
    used for nothing else; hashes and tokens are cut short.
    """
    keys = MaskKeys(Vault({"example": bytes(32)}, "example", bytes(32)))
    value = _INVENTED[key]
    made = str(mask(MASKS[key][0], keys, "example")(value, "example") or "")
    cut = MASKS[key][0].kind in ("hash", "token") and len(made) > LONGEST_EXAMPLE
    return value, f"{made[:LONGEST_EXAMPLE]}…" if cut else made


def mask_words(chosen: Mask | None) -> str:
    """What a mask is called; None and keep are the value as it is."""
    if chosen is None:
        return MASKS["keep"][1]
    exact = next((words for known, words in MASKS.values() if known == chosen), None)
    return exact or next((words for known, words in MASKS.values() if known.kind == chosen.kind), MASKS["hide"][1])


def mask_key(chosen: Mask | None) -> str:
    """What a form sends for ``chosen``; '' when the form has no such choice."""
    return next((key for key, (known, _) in MASKS.items() if known == chosen), "")


def grade_of(fields: Iterable[ResourceField]) -> str:
    """The highest grade of some fields."""
    return max((field.grade for field in fields), default="L1")

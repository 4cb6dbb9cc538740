"""A licence's metadata for other systems, as JSON or XML: the exchange fields of the national licence standards.

The fields are those that public exchange interfaces of GB/T 36903's family carry. The standard's own element names and
its table of status codes are not public: names and codes are a deployment's to give (``Names``), and the defaults are
the Chinese terms. The holder's number is not in it: the register keeps a keyed hash only.
"""

import json
import re
from collections.abc import Mapping
from typing import Literal
from xml.etree import ElementTree

from msgspec import Struct, field

from tongban.basics.calendar import local_day
from tongban.basics.codes.licence import parse
from tongban.licences.errors import MetadataUnfit
from tongban.licences.models import Licence, State

Form = Literal["json", "xml"]
MEDIA: Mapping[Form, str] = {"json": "application/json", "xml": "application/xml"}
TERMS: Mapping[str, str] = {
    "type_name": "证照类型名称",
    "type_code": "证照类型代码",
    "name": "证照名称",
    "number": "证照编码",
    "version": "版本号",
    "source": "源标识",
    "holder": "持证主体",
    "holder_kind": "持证主体类型",
    "issuer": "颁发机构",
    "issuer_code": "颁发机构代码",
    "issued_on": "颁发日期",
    "valid_until": "有效期截止日期",
    "region": "属地编码",
    "state": "证照状态",
    "state_note": "证照状态描述",
}
"""Each fact and its term; ``state_note`` is required where the state is “other”."""
_STATES: Mapping[State, str] = {
    "valid": "有效",
    "expired": "过期",
    "cancelled": "注销",
    "revoked": "吊销",
    "withdrawn": "撤销",
    "suspended": "其他",
}
_ELEMENT = re.compile(r"[^\W\d][\w.-]{0,62}")
_LONG_TERM = "长期"


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """What a deployment calls things: the root element, facts (by the keys of ``TERMS``) and states."""

    root: str = "电子证照元数据"
    fields: dict[str, str] = field(default_factory=dict)
    states: dict[State, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no document could be written with. Raises ``MetadataUnfit``."""
        unknown = sorted(set(self.fields) - set(TERMS))
        if unknown:
            raise MetadataUnfit(name=unknown[0], known=", ".join(TERMS))
        unfit = [name for name in (self.root, *self.fields.values()) if not _ELEMENT.fullmatch(name)]
        names = [self.fields.get(one, term) for one, term in TERMS.items()]
        twice = [name for name in names if names.count(name) > 1]
        if unfit or twice:
            raise MetadataUnfit(name=[*unfit, *twice][0], known="letters, digits, . _ -; each name once")


def facts(licence: Licence, names: Names) -> dict[str, str]:
    """The metadata by the deployment's names, in the order of ``TERMS``. Raises ``CodeError`` for a broken number."""
    plain = {
        "type_name": licence.type_name,
        "type_code": parse(licence.number).type_code,
        "name": licence.type_name,
        "number": licence.number,
        "version": f"{licence.version:03d}",
        "source": str(licence.id),
        "holder": licence.holder_name,
        "holder_kind": "自然人" if licence.holder_kind == "person" else "法人或其他组织",
        "issuer": licence.issuer.name,
        "issuer_code": licence.issuer.uscc,
        "issued_on": local_day(licence.issued_at).isoformat(),
        "valid_until": licence.valid_until.isoformat() if licence.valid_until else _LONG_TERM,
        "region": licence.region,
        "state": names.states.get(licence.state, _STATES[licence.state]),
        "state_note": "暂停" if licence.state == "suspended" else "",
    }
    return {names.fields.get(one, term): plain[one] for one, term in TERMS.items()}


def write(licence: Licence, form: Form, names: Names) -> bytes:
    """The metadata as a document in UTF-8. Raises ``CodeError``."""
    found = facts(licence, names)
    if form == "json":
        return json.dumps(found, ensure_ascii=False, indent=1).encode()
    root = ElementTree.Element(names.root)
    for name, text in found.items():
        ElementTree.SubElement(root, name).text = text
    ElementTree.indent(root, " ")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content

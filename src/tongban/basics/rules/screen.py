"""The first look at a rule's text, word by word, before any parsing.

sqlglot's parser accepts nearly anything, drops comments and spells several operators alike, so what can be
judged on the words alone is judged here, at its exact place. Called by ``rule.compile`` only.
"""

from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from tongban.basics.rules.faults import Faults

MAX_LENGTH = 2000
MAX_DEPTH = 32

ALLOWED = frozenset({"=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", ",", "."})
FULL_WIDTH = str.maketrans("（），。；：‘’“”＝＞＜＋－＊！\u3000", "(),.;:''''=><+-*! ")
REPAIRS: dict[str, tuple[str, str]] = {
    "/": ("请改写成乘法，例如 a > b * 2", "rewrite it as a multiplication, such as a > b * 2"),
    "==": ("请写 =", "write ="),
    "<=>": ("请写 = 或 IS NULL", "write = or IS NULL"),
    "::": ("不能转换类型；输入的类型由表单声明", "types cannot be cast; the form declares them"),
}
OTHERWISE = ("只能用 = <> < <= > >= + - *", "only = <> < <= > >= + - * exist")
DIALECT = Postgres()


def screen(source: str, faults: Faults) -> list[Token] | None:
    """The words of ``source``, or None when parsing it would make no sense; faults are added either way."""
    if not source.strip():
        faults.add("rule.empty", 0, "")
    elif len(source) > MAX_LENGTH:
        faults.add("rule.too_long", 0, str(len(source)), limit=str(MAX_LENGTH))
    if faults:
        return None
    try:
        words = DIALECT.tokenize(source)
    except TokenError:
        _unclosed(source, faults)
        return None
    if _full_width(source, words, faults):
        return None
    for word in words:
        _word(word, source, faults)
    return words if _nesting(words, faults) and not any(word.text == ";" for word in words) else None


def _unclosed(source: str, faults: Faults) -> None:
    """A quote never ends: Chinese quotation marks are the likely cause, else the end of the text is shown."""
    for at, char in enumerate(source):
        if char in "‘’“”":
            faults.add("rule.full_width", at, char, repair="'")
    if not faults:
        faults.add("rule.syntax", len(source) - 1, source[-20:])


def _word(word: Token, source: str, faults: Faults) -> None:
    text = source[word.start : word.end + 1]
    if word.comments:
        faults.add("rule.comment", _comment(source, word.start), word.comments[0].strip())
    if word.token_type in (TokenType.STRING, TokenType.IDENTIFIER) or text in ALLOWED:
        if word.token_type is TokenType.STRING and "\x00" in text:
            faults.add("rule.construct", word.start, "\\x00")
        return
    if text == ";":
        faults.add("rule.several", word.start, text)
    elif text[0] in "$@:?" and text != "::":
        faults.add("rule.parameter", word.start, source[word.start : word.end + 2])
    elif not (text[0].isalnum() or text[0] == "_"):
        repair_zh, repair_en = REPAIRS.get(text, OTHERWISE)
        faults.add("rule.operator", word.start, text, repair_zh=repair_zh, repair_en=repair_en)


def _comment(source: str, near: int) -> int:
    """Where the comment that the tokenizer hung on a word at ``near`` most likely begins."""
    starts = [at for mark in ("--", "/*") for at in (source.find(mark, near), source.rfind(mark, 0, near)) if at >= 0]
    return min(starts, key=lambda at: abs(at - near), default=near)


def _full_width(source: str, words: list[Token], faults: Faults) -> bool:
    """Notes punctuation typed with a Chinese keyboard; the words around it would only confuse the parser."""
    quoted: set[int] = set()
    for word in words:
        if word.token_type is TokenType.STRING:
            quoted.update(range(word.start, word.end + 1))
    for at, char in enumerate(source):
        if at not in quoted and char.translate(FULL_WIDTH) != char:
            faults.add("rule.full_width", at, char, repair=char.translate(FULL_WIDTH))
    return bool(faults)


def _nesting(words: list[Token], faults: Faults) -> bool:
    """Whether parentheses and prefix operators nest no deeper than allowed; the parser would recurse."""
    depth = prefixes = 0
    for before, word in zip([None, *words], words, strict=False):
        depth += {"(": 1, ")": -1}.get(word.text, 0) if word.token_type is not TokenType.STRING else 0
        prefixes += word.token_type is TokenType.NOT
        prefixes += word.token_type is TokenType.DASH and _is_prefix(before)
        if depth > MAX_DEPTH or prefixes > 4 * MAX_DEPTH or (word.text == ")" and before and before.text == ","):
            code = "rule.syntax" if word.text == ")" else "rule.too_deep"
            faults.add(code, word.start, word.text, limit=str(MAX_DEPTH))
            return False
    return True


def _is_prefix(before: Token | None) -> bool:
    return before is None or not (before.text == ")" or before.text[:1].isalnum())

"""What a grant's row condition may name: the resource's own fields, by their declared kinds. Pure."""

from collections.abc import Callable, Mapping

from tongban.basics import rules
from tongban.resources.definitions import Resource

_TYPES: Mapping[str, Callable[[str, str], rules.Type]] = {
    "text": rules.text,
    "date": rules.date,
    "integer": rules.integer,
    "boolean": rules.boolean,
    "decimal": rules.decimal,
}


def row_schema(resource: Resource) -> rules.Schema:
    """The inputs of a row condition. A field of a kind that the language does not know is read as text."""
    return rules.Schema(
        {field.id: _TYPES.get(field.kind, rules.text)(field.label, field.id) for field in resource.fields}
    )


def compile_rows(rows: str, resource: Resource) -> rules.Rule:
    """The condition ``rows`` over the fields of ``resource``. Raises ``RuleRefused``, ``SchemaRefused``."""
    return rules.compile(rows, row_schema(resource))


def both(one: str | None, other: str | None) -> str | None:
    """The condition under which both hold; None is no condition."""
    told = [rows.strip() for rows in (one, other) if rows and rows.strip()]
    return f"({told[0]}) AND ({told[1]})" if len(told) == 2 else next(iter(told), None)

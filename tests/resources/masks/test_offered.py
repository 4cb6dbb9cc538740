"""Every mask is offered on pages, documented with what it makes of an invented value, and the same in columns."""

from pathlib import Path

import duckdb
import pytest

from tongban.basics.vault import Vault
from tongban.resources.masks.columns import masked_rows
from tongban.resources.masks.definitions import COARSE, PARTIAL
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.masks.masking import mask
from tongban.web.desk.sharing_words import MASKS, example

DOCUMENT = (Path(__file__).parents[3] / "docs" / "masks.md").read_text("utf-8")
KEYS = MaskKeys(Vault({"k": bytes(range(32))}, "k", bytes(range(1, 33))))


def test_every_kind_and_every_form_can_be_chosen() -> None:
    offered = {(spec.kind, spec.form) for spec, _ in MASKS.values()}
    single = {(kind, None) for kind in ("keep", "hide", "shift", "hash", "token")}
    assert offered == single | {("partial", form) for form in PARTIAL} | {("generalise", form) for form in COARSE}


@pytest.mark.parametrize("key", MASKS)
def test_the_manual_shows_what_a_mask_makes(key: str) -> None:
    before, after = example(key)
    if MASKS[key][0].kind == "shift":
        assert before != after and f"{before} → another day" in DOCUMENT
    elif MASKS[key][0].kind == "token":
        assert after.startswith("tb1.") and f"{before} → `tb1." in DOCUMENT
    elif key != "band1000":
        assert f"{before} → {after}".strip() in DOCUMENT.replace("`", "")


@pytest.mark.parametrize("key", MASKS)
def test_a_column_is_masked_as_one_value_is(key: str) -> None:
    spec, value = MASKS[key][0], example(key)[0]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE people AS SELECT $value AS field, '7' AS who", {"value": value})
        ((made,),) = masked_rows(connection, "people", {"field": spec}, KEYS, "scope", "who")
    if spec.kind == "token":
        assert KEYS.open(made, "scope") == value
    else:
        assert made == mask(spec, KEYS, "scope")(value, "7")

"""What is released is listed whole, and what may not be shipped is refused."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_check", ROOT / "tools" / "release_check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("licence", "wanted"),
    [
        ("GPL-3.0-or-later", True),
        ("GNU Affero General Public License v3", True),
        ("AGPL-3.0", True),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GPL-2.0 OR MIT", False),
        ("Apache-2.0", False),
        ("", False),
    ],
)
def test_a_copyleft_licence_is_refused_unless_another_may_be_chosen(
    release: ModuleType, licence: str, wanted: bool
) -> None:
    assert release.refused(licence) is wanted


def test_every_pinned_requirement_stands_in_the_bill_of_materials(
    release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["release_check", "--offline"])
    monkeypatch.setattr(release, "TARGET", tmp_path)
    assert release.main() == 0
    (file,) = tmp_path.iterdir()
    told = json.loads(file.read_text())
    listed = {(one["name"], one["version"]) for one in told["components"]}
    lines = (ROOT / "requirements" / "run.lock").read_text().splitlines()
    names = {line.partition("==")[0].partition("[")[0] for line in lines if "==" in line and line[0].isalpha()}
    assert told["bomFormat"] == "CycloneDX" and names <= {name for name, _ in listed} and len(names) > 50
    assert any(one["purl"].startswith("pkg:npm/") for one in told["components"])

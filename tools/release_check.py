"""Before a release: what it is made of (CycloneDX), under which licences, and what in it is known to be weak.

Called by ``make release-check``. Writes ``build/tongban-<version>.cdx.json``. Works without a network with
``--offline``: then the bill of materials and the licences are checked, and the audit is named as not done.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "build"
LOCK, WEB_LOCK = ROOT / "requirements" / "run.lock", ROOT / "package-lock.json"
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
REFUSED = re.compile(r"(?<![L])\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
LESSER = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)
_licences = LicenseFactory()


def pinned(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, version and SHA-256 digests of every requirement in a lock file."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        if found := PINNED.match(block):
            yield found[1], found[2], HASH.findall(block)


def licence_of(name: str) -> str:
    """What an installed distribution says of its licence; empty when it is not installed or says nothing."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    said = about.get("License-Expression") or ""
    classed = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or [] if one.startswith("License ::")]
    short = (about.get("License") or "").strip().splitlines()
    return said or " OR ".join(classed) or (short[0][:80] if short else "") or _title(name)


def _title(name: str) -> str:
    """How the licence's file begins, where the distribution brings nothing but the file: ``MIT License``."""
    for file in metadata.files(name) or []:
        if file.name.startswith("LICENSE"):
            lines = [line.strip() for line in Path(str(file.locate())).read_text("utf-8", "replace").splitlines()]
            return next((line[:80] for line in lines if "license" in line.lower()), "")
    return ""


def refused(licence: str) -> bool:
    """Whether a part under ``licence`` can not be shipped: GPL and AGPL, where no other licence may be chosen."""
    choices = re.split(r"\s+OR\s+", licence) if licence else []
    return bool(choices) and all(REFUSED.search(one) and not LESSER.search(one) for one in choices)


def components() -> Iterator[Component]:
    """Everything that is shipped or installed with the program: Python distributions, then what pages load."""
    for name, version, digests in pinned(LOCK.read_text("utf-8")):
        licence = licence_of(name)
        yield Component(
            type=ComponentType.LIBRARY, name=name, version=version,
            purl=PackageURL("pypi", None, name.lower(), version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in digests[:1]],
            licenses=[_licences.make_from_string(licence)] if licence else [],
        )  # fmt: skip
    for place, one in json.loads(WEB_LOCK.read_text("utf-8"))["packages"].items():
        if place and not one.get("dev") and one.get("version"):
            scope, _, name = place.rpartition("node_modules/")[2].rpartition("/")
            licence = str(one.get("license") or "")
            yield Component(
                type=ComponentType.LIBRARY, name=name, group=scope or None, version=one["version"],
                purl=PackageURL("npm", scope or None, name, one["version"]),
                licenses=[_licences.make_from_string(licence)] if licence else [],
            )  # fmt: skip


def bill(parts: list[Component]) -> Bom:
    """The bill of materials of this version."""
    bom = Bom(components=parts)
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION, name="tongban", version=metadata.version("tongban"),
        licenses=[_licences.make_from_string("Apache-2.0")],
    )  # fmt: skip
    bom.register_dependency(bom.metadata.component, parts)
    return bom


def _spoken(part: Component) -> str:
    return " OR ".join(
        str(getattr(one, "value", None) or getattr(one, "id", None) or one.name) for one in part.licenses
    )


def audit() -> int:
    """Known weaknesses of what is pinned, by pip-audit; its exit status."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--require-hashes", "--disable-pip", "--strict"]
    return subprocess.run([*command, "--progress-spinner", "off"], check=False).returncode


def main() -> int:
    """0: may be released; 1: something stands against it, or was not audited without ``--offline`` being said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offline", action="store_true", help="leave out the audit, which asks a public database")
    offline = parser.parse_args().offline
    parts = list(components())
    target = TARGET / f"tongban-{metadata.version('tongban')}.cdx.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(JsonV1Dot6(bill(parts)).output_as_string(indent=1), "utf-8")
    print(f"{len(parts)} components: {target}")
    against = [f"{part.name} {part.version}: {_spoken(part)}" for part in parts if refused(_spoken(part))]
    unknown = [part.name for part in parts if not part.licenses]
    print(
        "\n".join([*(f"✗ licence refused: {one}" for one in against), *(f"! licence not stated: {n}" for n in unknown)])
    )
    if offline:
        print("! not audited: --offline")
        return 1 if against else 0
    return 1 if audit() or against else 0


if __name__ == "__main__":
    sys.exit(main())

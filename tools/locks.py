"""Renews every lock: ``requirements/*.lock`` by uv, ``package-lock.json`` by npm.

Called by ``make lock``. No lock names an index, so each works with whatever index is configured.
"""

import subprocess

import environment
import installers
import node
from progress import ROOT, BootstrapError, step, tool_environment

# Lock → what it is compiled from. The run lock takes its versions from the dev lock: one set, tested.
SOURCES = {
    "bootstrap.lock": ["requirements/bootstrap.in"],
    "node.lock": ["requirements/node.in"],
    "dev.lock": ["pyproject.toml", "--extra", "dev"],
    "spark.lock": ["pyproject.toml", "--extra", "dev", "--extra", "spark", "-c", "requirements/dev.lock"],
    "run.lock": ["pyproject.toml", "--extra", "build", "-c", "requirements/dev.lock"],
}
SHAPE = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]


def renew() -> None:
    """Compile the locks anew, keeping versions that still fit. Raises ``BootstrapError``."""
    program = installers.uv(environment.VENV)[0]
    for lock, source in SOURCES.items():
        with step(f"Compiling {lock}"):
            target = ["-o", f"requirements/{lock}"]
            _run([program, "pip", "compile", "--quiet", *source, *SHAPE, "--no-annotate", *target])
    with step("Compiling package-lock.json"):
        node.npm(ROOT, "install", "--package-lock-only")


def _run(command: list[str]) -> None:
    surroundings = {**tool_environment(), **installers.settings()}
    if subprocess.run(command, cwd=ROOT, env=surroundings, check=False).returncode != 0:
        raise BootstrapError("the locks could not be compiled; the reason stands above")

"""The Python environment ``.venv``: created without pip, filled from a lock with hashes.

Called by ``bootstrap``. uv does the work because it is ten times faster; pip does it where uv cannot
be had. Both are fetched as wheels, so neither ``ensurepip`` nor a system pip is needed.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import installers
import node
from progress import ROOT, BootstrapError, digest, say, set_stamp, stamped, step, tool_environment

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
# Stands while packages are being installed: after a kill some may be there by half, so begin anew.
INTERRUPTED = VENV / ".interrupted"
LOCK = ROOT / ".venv.lock"


def ensure(kind: str) -> None:
    """Make ``.venv`` hold what ``requirements/<kind>.lock`` pins and this checkout, editable.

    ``dev`` contains everything of ``run``, so a current ``dev`` serves for both; ``spark`` is ``dev`` and PySpark.
    """
    if not _current(kind) and not (kind == "run" and _current("dev")):
        with _alone():
            _fill(kind)
    _compile(ROOT / "src")


@contextmanager
def _alone() -> Iterator[None]:
    """One installation at a time. Installers inherit the lock: one that outlives a killed set-up is waited for."""
    with LOCK.open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting until another installation has ended")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(kind: str) -> None:
    _create()
    INTERRUPTED.touch()
    locks = [REQUIREMENTS / f"{kind}.lock"]
    if not node.system_has_node():
        say("No Node 20 or newer here: taking it from a wheel")
        locks.append(REQUIREMENTS / "node.lock")
    with step(f"Installing pinned packages ({kind})"):
        _install("--require-hashes", *(word for lock in locks for word in ("-r", str(lock))))
    with step("Installing this checkout"):
        _install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    with step("Compiling the packages for quick starts"):
        _compile(VENV / "lib")
    set_stamp(_stamp(kind), _key(kind))
    INTERRUPTED.unlink()


def _compile(folder: Path) -> None:
    """Keep bytecode beside the sources, so that a process starts within its promised seconds from the first time on.

    Without it, and where the machine forbids Python to write bytecode by itself, every one of a node's ten
    processes would compile every library at each of its starts: 7 s instead of 3. Compiling is no condition of
    running, so what does not compile (a library's template for a newer Python) is left to the import.
    """
    subprocess.run([PYTHON, "-m", "compileall", "-q", "-q", "-j", "0", folder], capture_output=True, check=False)


def _current(kind: str) -> bool:
    return PYTHON.exists() and stamped(_stamp(kind), _key(kind))


def _stamp(kind: str) -> Path:
    return VENV / f".stamp-{kind}"


def _key(kind: str) -> str:
    # The folder's own path counts: an environment cannot be moved.
    files = [REQUIREMENTS / f"{kind}.lock", REQUIREMENTS / "node.lock", ROOT / "pyproject.toml"]
    return digest([str(ROOT), *files])


def _create() -> None:
    """Make the environment, or make it again where its Python no longer runs or an installation broke off."""
    new_enough = [str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    if PYTHON.exists() and not INTERRUPTED.exists() and _quiet(new_enough):
        return
    with step("Creating .venv"):
        arguments = ["--without-pip", "--clear", str(VENV)]
        done = subprocess.run([sys.executable, "-m", "venv", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise BootstrapError(f"could not create {VENV}: {' '.join(reason)}")


def _install(*arguments: str) -> None:
    """``pip install`` by uv, and by pip itself if uv cannot be fetched or fails."""
    refused = ""
    for tool in (installers.uv, installers.pip):
        try:
            command = tool(VENV)
        except BootstrapError as fault:
            refused = str(fault)
            continue
        if _loud([*command, *arguments]):
            return
        refused = f"{Path(command[0]).name} could not install the packages; its reason stands above"
        say(refused)
    raise BootstrapError(f"{refused}. Repair: check the network or the package index, and start again.")


def _loud(command: Sequence[str]) -> bool:
    """Run ``command`` and pass on what it says, without the long list of what was installed."""
    surroundings = {**tool_environment(), **installers.settings(), "VIRTUAL_ENV": str(VENV)}
    with subprocess.Popen(
        command, env=surroundings, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        close_fds=False,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if line[:3] not in (" + ", " - ", " ~ ") and not line.startswith(" Downloaded"):
                print(f"  {line.rstrip()}", file=sys.stderr, flush=True)
    return process.returncode == 0


def _quiet(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, env=dict(os.environ)).returncode == 0
    except OSError:
        return False

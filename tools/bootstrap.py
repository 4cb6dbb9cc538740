"""Makes this checkout runnable on a machine that has only Python: ``bootstrap.py run | dev | spark | lock``.

Called by make before everything else. It uses the standard library only. Each step leaves a stamp
keyed by what it was made from, so a second call only compares hashes, and an interrupted call goes on
where it stopped.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - stands before any import that an older Python cannot read
    sys.exit(
        "tongban: this Python is too old, 3.11 or newer is needed. "
        "Repair: install it, or name it with make PYTHON=/path/to/python3.11"
    )

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import assets
import environment
import locks
from progress import ROOT, BootstrapError


@contextmanager
def alone() -> Iterator[None]:
    """Let one bootstrap at a time work in this checkout; a second one waits for the first."""
    folder = os.open(ROOT / "tools", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def main(wanted: str) -> None:
    """Do what ``wanted`` names: ``run``, ``dev`` and ``spark`` make environment and assets, ``lock`` new locks."""
    with alone():
        environment.ensure("dev" if wanted == "lock" else wanted)
        if wanted == "lock":
            locks.renew()
        else:
            assets.ensure()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except BootstrapError as fault:
        sys.exit(f"tongban: {fault}")
    except KeyboardInterrupt:
        sys.exit("tongban: stopped; the next start goes on from here")
    except OSError as fault:
        sys.exit(f"tongban: {fault}. Repair: remove the cause and start again; finished steps are kept.")

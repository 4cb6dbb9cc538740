"""As whom PostgreSQL runs: it refuses root, so root's rights are lowered without making a user.

Called by the embedded PostgreSQL before ``initdb`` and ``postgres``. Three ways, best first: an
ordinary user as is; root inside a user namespace (files stay root's, private homes stay private);
root stepping down to ``nobody`` where namespaces are refused.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tongban.connectors.postgres_errors import PostgresNoUser

NOBODY = 65534
_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
_STEP_DOWN = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


class RunAs(msgspec.Struct, frozen=True):
    """How to start a program: ``prefix`` goes before its arguments, ``owner`` must own its files."""

    prefix: tuple[str, ...]
    owner: int

    def own(self, folder: Path) -> None:
        """Give ``folder`` and all within to ``owner``, if a run under other rights left it otherwise."""
        if folder.exists() and folder.lstat().st_uid != self.owner:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.owner, self.owner, follow_symlinks=False)


def run_as(programs: Path) -> RunAs:
    """The first way that works here, tried with ``postgres --version`` from the folder ``programs``.

    Raises ``PostgresNoUser`` with the last reason if root's rights cannot be lowered.
    """
    if os.geteuid() != 0:
        return RunAs(prefix=(), owner=os.geteuid())
    reason = ""
    for prefix, owner in ((_NAMESPACE, 0), (_STEP_DOWN, NOBODY)):
        reason = _refusal([*prefix, str(programs / "postgres"), "--version"])
        if not reason:
            return RunAs(prefix=prefix, owner=owner)
    raise PostgresNoUser(reason=reason)


def _refusal(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except OSError as fault:
        return str(fault)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"exit {done.returncode}")

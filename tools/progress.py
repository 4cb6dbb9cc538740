"""How the bootstrap speaks and fails: one line a step, one line a fault."""

import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class BootstrapError(Exception):
    """The set-up cannot go on; the message is one line with its repair."""


def say(words: str) -> None:
    """Print one line of progress at once."""
    print(f"· {words}", file=sys.stderr, flush=True)


@contextmanager
def step(words: str) -> Iterator[None]:
    """Announce a step, and how many seconds it took. Raises ``BootstrapError`` where nothing can be written."""
    if not os.access(ROOT, os.W_OK):
        raise BootstrapError(f"cannot write in {ROOT}. Repair: run as its owner, or change its permissions.")
    say(f"{words} …")
    began = time.monotonic()
    yield
    say(f"{words}: done in {time.monotonic() - began:.1f} s")


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """SHA-256 over texts and the contents of files, for a stamp that says what a step was made from."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part
        total.update(hashlib.sha256(content.encode() if isinstance(content, str) else content).digest())
    return total.hexdigest()


def stamped(stamp: Path, key: str) -> bool:
    """Whether the step that ``stamp`` records was done with exactly ``key``."""
    try:
        return stamp.read_text() == key
    except OSError:
        return False


def set_stamp(stamp: Path, key: str) -> None:
    """Record a finished step; an interrupted one leaves no stamp and is done again."""
    unfinished = stamp.with_name(stamp.name + ".unfinished")
    unfinished.write_text(key)
    unfinished.replace(stamp)


def tool_environment() -> Mapping[str, str]:
    """The environment for uv, pip and npm: their own caches, or the checkout's where there is no home."""
    own = dict(os.environ)
    if not os.access(Path.home(), os.W_OK):
        caches = ROOT / ".venv" / ".cache"
        own.setdefault("UV_CACHE_DIR", str(caches / "uv"))
        own.setdefault("PIP_CACHE_DIR", str(caches / "pip"))
        own.setdefault("npm_config_cache", str(caches / "npm"))
        own.setdefault("XDG_CACHE_HOME", str(caches))
    if SYSTEM_CERTIFICATES.exists():
        # Node trusts its own list only; machines behind an inspecting gateway need the system's too.
        own.setdefault("NODE_EXTRA_CA_CERTS", own.get("SSL_CERT_FILE") or str(SYSTEM_CERTIFICATES))
    return own

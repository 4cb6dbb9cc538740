"""The weak ETag of a resource (RFC 7644 section 3.14). Called by whatever shows one."""

import hashlib
import json
from typing import Any


def versioned(one: Any) -> Any:
    """``one`` with its weak ETag: a digest of what is shown of it, its own metadata apart."""
    shown = json.dumps(one.model_dump(exclude={"meta"}), sort_keys=True, default=str)
    one.meta.version = f'W/"{hashlib.sha256(shown.encode()).hexdigest()[:20]}"'
    return one

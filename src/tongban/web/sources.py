"""Where a request comes from, when a proxy of one's own stands in front.

Without it all visitors would share the proxy's address: what is counted by source would throttle everybody at once.
Believed is only what one's own proxies say: of ``X-Forwarded-For``, read from its end, the first address that is none
of them. Called by the front door for every request.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_FORWARDED = b"x-forwarded-for"


class Sources:
    """``networks`` of one's own proxies; with none every request keeps the address of its connection."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(one) for one in networks]
        self._own = lru_cache(maxsize=4096)(self._is_own)

    def told(self, scope: Any) -> Any:
        """``scope`` with the client that one's own proxies name; the same one where none does."""
        client = scope.get("client")
        if not self._networks or not client or not self._own(client[0]):
            return scope
        said = b",".join(value for name, value in scope["headers"] if name == _FORWARDED).decode("latin-1")
        hops = [hop.strip() for hop in said.split(",") if hop.strip()]
        found = next((hop for hop in reversed(hops) if not self._own(hop)), None)
        return {**scope, "client": (found[:64], 0)} if found else scope

    def _is_own(self, address: str) -> bool:
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(known in network for network in self._networks)

"""Limit how many requests an address may send: a bucket of permits that fills up over time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

MAX_ADDRESSES = 10_000
# The longest address is that of an IPv6 network with a zone; a longer one is not an address.
MAX_ADDRESS_CHARACTERS = 64
# An address may send as many requests at once as in so many seconds.
BURST_SECONDS = 5


class Rates:
    """Counts the requests of each address; used by one thread, that of the event loop.

    Only the count of an address is kept, and it is dropped when others come. A whole IPv6 network
    of 64 bits counts as one address, since one client may have all of it.
    """

    def __init__(self, per_second: float) -> None:
        """Take the number of requests per second; 0 lets all pass."""
        self._per_second = per_second
        self._most = max(per_second * BURST_SECONDS, 1.0)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_of(self, address: str) -> float:
        """Return 0 and count a request, or the seconds until the address may send one."""
        if not self._per_second:
            return 0.0
        key, now = _key(address), time.monotonic()
        permits, then = self._left.pop(key, (self._most, now))
        permits = min(permits + (now - then) * self._per_second, self._most)
        is_refused = permits < 1
        self._left[key] = (permits if is_refused else permits - 1, now)
        if len(self._left) > MAX_ADDRESSES:
            self._left.popitem(last=False)
        return (1 - permits) / self._per_second if is_refused else 0.0


def _key(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address[:MAX_ADDRESS_CHARACTERS]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return str(found)


def client_address(peer: str, forwarded: Sequence[str], *, is_behind_proxy: bool) -> str:
    """Return the address of a client: that of the peer, or the one that the proxy before us states.

    `forwarded` are the headers `X-Forwarded-For` as they came: only the last address of the last
    one is from our proxy. A port after it is left out, since each connection has another.
    """
    last = forwarded[-1].rpartition(",")[2].strip() if forwarded else ""
    return _without_port(last) if is_behind_proxy and last else peer


def _without_port(address: str) -> str:
    """Return `192.0.2.1` of `192.0.2.1:8080` and `2001:db8::1` of `[2001:db8::1]:8080`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address

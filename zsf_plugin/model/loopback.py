"""Which hosts are this machine: pure, nothing is resolved."""

from __future__ import annotations

import ipaddress

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: 127.0.0.0/8, localhost, ::1."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _LOOPBACK)

"""Where a webhook may go: http or https, hosts that the site names, and no address of the machine's inner life.

A host of ``[alarms] hosts`` is a name (``hooks.example.com``), an address or a network (``10.20.0.0/16``). A name's
addresses must be public ones unless a network of the list holds them; link-local addresses, where machines keep
their metadata, are refused whatever the list says.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]

SCHEMES = ("http", "https")
PORTS = {"http": 80, "https": 443}
METADATA = frozenset({"169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"})
"""Where cloud machines tell their secrets (AWS, GCP, Azure, Alibaba)."""
NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: where to connect to, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """Return host and port as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, hosts: Sequence[str]) -> Target:
    """Return where a URL leads.

    Args:
        url: as the site file has it.
        hosts: names, addresses and networks that webhooks may reach.

    Raises:
        ValueError: another scheme, a user or password in it, or a host that the list does not hold.

    """
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\#"):
        raise ValueError("expected an address of printable ASCII characters without space, backslash or fragment")
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected no user or password in the address: the signature says who sends")
    if not _is_listed(host, hosts):
        raise ValueError(f"host {host!r:.80} is not one of [alarms] hosts")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, parts.port or PORTS[parts.scheme], path)


def reachable(target: Target, hosts: Sequence[str], resolve: Resolve | None = None) -> str:
    """Return the address to connect to: the first of a host's that may be reached.

    Raises:
        ValueError: one of its addresses may not; a name that leads to several must be wholly trusted.
        OSError: the name has no address.

    """
    found = (resolve or _resolve)(target.host, target.port)
    for text in found:
        if not _may_reach(_plain(text), hosts):
            raise ValueError(f"host {target.host!r} leads to {text}, which webhooks may not reach")
    if not found:
        raise OSError(f"host {target.host!r} has no address")
    return found[0]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ValueError("expected an address as https://host/path") from exc
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        raise ValueError("expected an address that begins with https:// or http:// and names a host")
    return parts


def _is_listed(host: str, hosts: Sequence[str]) -> bool:
    try:
        address = _plain(host)
    except ValueError:
        # What is no address in its usual form must be a name: 0x7f000001 and 2130706433 are neither.
        is_name = set(host) <= NAME_CHARACTERS and not host.rpartition(".")[2][:1].isdigit()
        return is_name and host in {entry.lower().rstrip(".") for entry in hosts}
    return _in_networks(address, hosts)


def _may_reach(address: Address, hosts: Sequence[str]) -> bool:
    if str(address) in METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return address.is_global or _in_networks(address, hosts)


def _in_networks(address: Address, hosts: Sequence[str]) -> bool:
    return any(network is not None and address in network for network in map(_network, hosts))


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _plain(text: str) -> Address:
    """Return an address; one of version 4 in the clothes of version 6 is the one of version 4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped


def _resolve(host: str, port: int) -> list[str]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))

"""Which IP addresses the open internet may be reached at.

The blocks are those of IANA's special-purpose registries, written out here because what the
standard library calls global differs between Python versions.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_Address = IPv4Address | IPv6Address

_LOOPBACK: Final = "loopback"
_PRIVATE: Final = "private"
_SHARED: Final = "shared by a carrier (CGNAT)"
_OPENED_IN_DEVELOPMENT: Final = frozenset({_LOOPBACK, _PRIVATE, _SHARED})

# Metadata services come first: some of them lie in blocks that development opens.
_METADATA: Final = (
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    "fd20:ce::254",
)
_BLOCKS: Final = (
    *((address, "a cloud's metadata service") for address in _METADATA),
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", _PRIVATE),
    ("100.64.0.0/10", _SHARED),
    ("127.0.0.0/8", _LOOPBACK),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", _PRIVATE),
    ("192.0.0.0/24", "kept for protocols"),
    ("192.0.2.0/24", "kept for documentation"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", _PRIVATE),
    ("198.18.0.0/15", "kept for benchmarks"),
    ("198.51.100.0/24", "kept for documentation"),
    ("203.0.113.0/24", "kept for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", _LOOPBACK),
    ("64:ff9b:1::/48", "NAT64 of a local network"),
    ("2001::/23", "kept for protocols (Teredo among them)"),
    ("2001:db8::/32", "kept for documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "kept for documentation"),
    ("fc00::/7", _PRIVATE),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
_NETWORKS: Final = tuple((ip_network(block), why) for block, why in _BLOCKS)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_ISATAP: Final = 0x0000_5EFE
_NOT_THE_U_AND_G_BITS: Final = 0xFCFF_FFFF


def refusal(address: str, *, allow_private: bool = False) -> str | None:
    """Why no connection may be made to `address`; None when one may.

    Anything but the canonical text of an IPv4 or IPv6 address is refused. An IPv4 address inside
    an IPv6 one (mapped, NAT64, ISATAP) counts as itself. `allow_private` opens loopback, private
    and carrier-shared addresses and nothing else: link-local and metadata stay refused.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an IP address"
    opened = _OPENED_IN_DEVELOPMENT if allow_private else frozenset()
    reasons = (_why(part) for part in (parsed, _embedded(parsed)) if part is not None)
    return next((why for why in reasons if why is not None and why not in opened), None)


def _why(address: _Address) -> str | None:
    for network, why in _NETWORKS:
        if address in network:
            return why
    return "reserved" if isinstance(address, IPv6Address) and not _routable(address) else None


def _routable(address: IPv6Address) -> bool:
    return any(address in network for network in (_GLOBAL_UNICAST, _NAT64, _MAPPED))


def _embedded(address: _Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    number = int(address)
    isatap = (number >> 32) & _NOT_THE_U_AND_G_BITS == _ISATAP
    if isatap or address in _NAT64 or address in _MAPPED:
        return IPv4Address(number & 0xFFFF_FFFF)
    return None

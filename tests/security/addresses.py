"""Addresses that are nobody's business, block by block, and how they are written or wrapped.

Written down from the RFCs, independently of what the guard itself is made of.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, ip_network

IPV4: Mapping[str, tuple[str, ...]] = {
    "loopback": ("127.0.0.0/8",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "carrier-grade NAT": ("100.64.0.0/10",),
    "link-local": ("169.254.0.0/16",),
    "metadata services": (
        "169.254.169.254/32",  # most clouds
        "169.254.170.2/32",  # containers
        "169.254.170.23/32",
        "169.254.169.253/32",
        "169.254.42.42/32",
        "169.254.0.23/32",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
    ),
    "unspecified": ("0.0.0.0/8",),
    "protocol assignments": ("192.0.0.0/24",),
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
    "6to4 relays": ("192.88.99.0/24",),
    "benchmarks": ("198.18.0.0/15",),
    "multicast": ("224.0.0.0/4",),
    "reserved and broadcast": ("240.0.0.0/4", "255.255.255.255/32"),
}

IPV6: Mapping[str, tuple[str, ...]] = {
    "unspecified": ("::/128",),
    "loopback": ("::1/128",),
    "unique local": ("fc00::/7",),
    "link-local": ("fe80::/10",),
    "site-local": ("fec0::/10",),
    "multicast": ("ff00::/8",),
    "metadata services": (
        "fd00:ec2::254/128",
        "fd00:ec2::253/128",
        "fd00:ec2::23/128",
        "fd20:ce::254/128",
        "fd00:c1::a9fe:a9fe/128",
        "fd00:42::42/128",
    ),
    "documentation": ("2001:db8::/32", "3fff::/20"),
    "discard-only": ("100::/64", "100:0:0:1::/64"),
    "segment routing": ("5f00::/16",),
    "Teredo": ("2001::/32",),
    "benchmarks": ("2001:2::/48",),
    "ORCHID": ("2001:10::/28", "2001:20::/28"),
    "protocol assignments": ("2001::/23",),
    "6to4": ("2002::/16",),
    "NAT64 of a local network": ("64:ff9b:1::/48",),
    "unassigned": ("::2/127", "200::/7", "400::/6", "4000::/2", "8000::/2", "f000::/5", "fe00::/9"),
}


def sampled(networks: tuple[str, ...], each: int, chance: random.Random) -> Iterator[str]:
    """The first and the last address of each network, and `each` more of it by chance."""
    for text in networks:
        network = ip_network(text)
        first, last = int(network[0]), int(network[-1])
        numbers = {first, last, *(chance.randint(first, last) for _ in range(each))}
        yield from (str(type(network[0])(number)) for number in sorted(numbers))


def _hex(number: int) -> str:
    return f"{number >> 16:x}:{number & 0xFFFF:x}"


Wrapping = Callable[[IPv4Address], tuple[str, ...]]
"""IPv6 addresses that carry an IPv4 address, in the spellings that are used."""

WRAPPINGS: Mapping[str, Wrapping] = {
    "IPv4-mapped": lambda v4: (
        f"::ffff:{v4}",
        f"::ffff:{_hex(int(v4))}",
        f"::FFFF:{v4}",
        f"0:0:0:0:0:ffff:{v4}",
        f"0000:0000:0000:0000:0000:ffff:{_hex(int(v4))}",
    ),
    "IPv4-compatible": lambda v4: (f"::{v4}", f"0:0:0:0:0:0:{v4}"),
    "IPv4-translated (SIIT)": lambda v4: (f"::ffff:0:{v4}",),
    "NAT64": lambda v4: (f"64:ff9b::{v4}", f"64:ff9b::{_hex(int(v4))}"),
    "NAT64 of a local network": lambda v4: (f"64:ff9b:1::{v4}", f"64:ff9b:1:1::{v4}"),
    "6to4": lambda v4: (f"2002:{_hex(int(v4))}::", f"2002:{_hex(int(v4))}::1"),
    "Teredo": lambda v4: (
        f"2001:0:{_hex(int(v4))}:8000:63bf:3fff:fdd2",
        f"2001:0:4136:e378:8000:63bf:{_hex(int(v4) ^ 0xFFFF_FFFF)}",
    ),
    "ISATAP": lambda v4: tuple(
        f"{prefix}{bits}5efe:{v4}"
        for prefix in ("2a00:1450:1:2:", "fe80:0:0:0:")
        for bits in ("0:", "100:", "200:", "300:")
    ),
}


def wrapped(each: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Every refused kind of IPv4 address in every wrapping, by the name of the wrapping.

    With `each` 0, of each kind only the ends of its first network.
    """
    for networks in IPV4.values():
        for inner in sampled(networks if each else networks[:1], each, chance):
            for name, wrapping in WRAPPINGS.items():
                yield from ((name, text) for text in wrapping(IPv4Address(inner)))


def spellings(address: str) -> dict[str, tuple[str, ...]]:
    """How else some program takes the IPv4 address for written."""
    number = int(IPv4Address(address))
    a, b, c, d = IPv4Address(address).packed
    fullwidth = str.maketrans("0123456789", "０１２３４５６７８９")
    return {
        "decimal": (str(number), str(number + 2**32), f"0{number}"),
        "hexadecimal": (
            f"0x{number:x}",
            f"0X{number:08X}",
            f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
            f"0x{a:02x}.{b}.{c}.{d}",
            f"{a}.{b}.{c}.0x{d:x}",
            f"0x{number + 2**32:x}",
        ),
        "octal": (
            f"0{number:o}",
            f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
            f"0000{a:o}.{b}.{c}.{d}",
            f"{a}.{b}.{c}.0{d:o}",
        ),
        "short": (f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}", f"{a}.{b}.{c}"),
        "padded": (f"{a:03}.{b:03}.{c:03}.{d:03}", f"00{a}.{b}.{c}.00{d}"),
        "mixed": (f"0x{a:x}.0{b:o}.{number & 0xFFFF}", f"0{a:o}.0x{number & 0xFFFFFF:x}"),
        "out of range": (f"{a + 256}.{b}.{c}.{d}", f"{a}.{b}.{c}.{d + 256}", f"{address}.0"),
        "trailing dot": (f"{address}.", f"{a}.{number & 0xFFFFFF}.", f"0x{number:x}."),
        "percent-encoded": (
            "".join(f"%{ord(letter):02x}" for letter in address),
            address.replace(".", "%2e"),
            address.replace(".", "%E3%80%82"),
            f"%3{address[0]}{address[1:]}",
        ),
        "other scripts' digits": (
            address.translate(fullwidth),
            address.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")),
            address.translate(str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")),
            address.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
        ),
        "other dots": tuple(address.replace(".", dot) for dot in "。．｡․"),
        "invisible characters": tuple(
            f"{a}{hidden}.{b}.{c}.{d}" for hidden in "\u200b\u00ad\u2060\ufeff\u180e"
        ),
    }

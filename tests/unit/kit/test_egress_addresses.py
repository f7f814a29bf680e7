"""Which addresses may be connected to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcart.kit.egress import refusal

REFUSED = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "shared by a carrier (CGNAT)",
    "100.127.255.255": "shared by a carrier (CGNAT)",
    "169.254.0.1": "link-local",
    "169.254.169.254": "a cloud's metadata service",
    "100.100.100.200": "a cloud's metadata service",
    "168.63.129.16": "a cloud's metadata service",
    "192.0.0.192": "a cloud's metadata service",
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "192.0.0.8": "kept for protocols",
    "192.0.2.1": "kept for documentation",
    "198.51.100.1": "kept for documentation",
    "203.0.113.1": "kept for documentation",
    "192.88.99.1": "a 6to4 relay",
    "198.18.0.1": "kept for benchmarks",
    "198.19.255.255": "kept for benchmarks",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "0:0:0:0:0:0:0:1": "loopback",
    "::7f00:1": "reserved",  # IPv4-compatible
    "::ffff:127.0.0.1": "loopback",
    "::ffff:7f00:1": "loopback",
    "::ffff:10.0.0.1": "private",
    "::ffff:169.254.169.254": "a cloud's metadata service",
    "::ffff:0.0.0.0": "unspecified",
    "::ffff:0:127.0.0.1": "reserved",  # IPv4-translated (SIIT)
    "64:ff9b::127.0.0.1": "loopback",
    "64:ff9b::a00:1": "private",
    "64:ff9b::169.254.169.254": "a cloud's metadata service",
    "64:ff9b:1::1": "NAT64 of a local network",
    "64:ff9b:1::8.8.8.8": "NAT64 of a local network",
    "64:ff9b:0:1::8.8.8.8": "reserved",
    "2002:7f00:1::": "6to4",
    "2002:808:808::1": "6to4",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "kept for protocols (Teredo among them)",
    "2001:10::1": "kept for protocols (Teredo among them)",
    "2a00:1450::5efe:7f00:1": "loopback",  # ISATAP in a public prefix
    "2a00:1450::200:5efe:192.168.0.1": "private",
    "2a00:1450::100:5efe:192.168.0.1": "private",
    "2a00:1450::300:5efe:192.168.0.1": "private",
    "fe80::5efe:8.8.8.8": "link-local",
    "2001:db8::1": "kept for documentation",
    "3fff::1": "kept for documentation",
    "100::1": "reserved",
    "5f00::1": "reserved",
    "4000::1": "reserved",
    "fc00::1": "private",
    "fd12:3456::1": "private",
    "fd00:ec2::254": "a cloud's metadata service",
    "fd00:ec2::23": "a cloud's metadata service",
    "fd00:c1::a9fe:a9fe": "a cloud's metadata service",
    "fd00:42::42": "a cloud's metadata service",
    "fd20:ce::254": "a cloud's metadata service",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fe80::1%25eth0": "link-local",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "2130706433": "not an IP address",
    "0x7f000001": "not an IP address",
    "017700000001": "not an IP address",
    "0177.0.0.1": "not an IP address",
    "127.1": "not an IP address",
    "8.8.8.08": "not an IP address",
    "8.8.8.8 ": "not an IP address",
    "example.com": "not an IP address",
    "": "not an IP address",
}

ALLOWED = (
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2a00:1450:4017::1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2a00:1450::5efe:8.8.8.8",
)


@pytest.mark.parametrize(("address", "why"), REFUSED.items())
def test_refused_with_its_reason(address: str, why: str) -> None:
    assert refusal(address) == why


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_allowed(address: str) -> None:
    assert refusal(address) is None


DEVELOPMENT = ("loopback", "private", "shared by a carrier (CGNAT)")


@pytest.mark.parametrize(("address", "why"), REFUSED.items())
def test_development_opens_loopback_private_and_shared_alone(address: str, why: str) -> None:
    assert refusal(address, allow_private=True) == (None if why in DEVELOPMENT else why)


@given(st.ip_addresses())
def test_what_is_allowed_the_standard_library_calls_global(
    address: IPv4Address | IPv6Address,
) -> None:
    if refusal(str(address)) is None:
        judged = getattr(address, "ipv4_mapped", None) or address
        assert judged.is_global
        assert not judged.is_multicast


SPECIAL = st.sampled_from([text for text in REFUSED if "." in text and ":" not in text])


@given(st.one_of(st.ip_addresses(v=4), SPECIAL.filter(lambda t: refusal(t) != "not an IP address")))
def test_an_embedded_ipv4_address_is_judged_as_itself(address: IPv4Address | str) -> None:
    inner = str(address)
    for prefix in ("::ffff:", "64:ff9b::", "2a00:1450::5efe:", "2a00:1450::200:5efe:"):
        wrapped = str(ip_address(prefix + inner))
        assert refusal(wrapped) == refusal(inner)


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    refusal(text)
    refusal(text, allow_private=True)

"""The corpus: URLs that are hostile, or only look it, with what is to become of each."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.security.addresses import IPV4, IPV6, sampled, spellings, wrapped

SHOP = "kyma.example"
"""The domain of the shop whose webhook these are to be."""


@dataclass(frozen=True)
class Kind:
    """URLs of one class. "PORT" in them stands for the port of a server that listens on loopback.

    `registered`: whether such a URL is admitted as a webhook of `domain`, None for that of its own
    host, which is the worst that may stand in the shop's record. `reached`: whether it may be
    connected to when it is sent to nevertheless.
    """

    name: str
    urls: tuple[str, ...]
    domain: str | None = SHOP
    registered: bool = False
    reached: bool = False


NAMES: Mapping[str, str] = {
    "localhost.": "127.0.0.1",
    "LOCALHOST": "127.0.0.1",
    "shop.localhost": "127.0.0.1",
    "localhost.localdomain": "127.0.0.1",
    "localhost6": "::1",
    "ip6-localhost": "::1",
    "ip6-loopback": "::1",
    "broadcasthost": "255.255.255.255",
    "loopback.evil.example": "127.0.0.1",
    "www.loopback.evil.example": "127.13.37.1",
    "127.0.0.1.wildcard.example": "127.0.0.1",
    "127-0-0-1.wildcard.example": "127.0.0.1",
    "7f000001.wildcard.example": "127.0.0.1",
    "10.0.0.1.wildcard.example": "10.0.0.1",
    "169-254-169-254.wildcard.example": "169.254.169.254",
    "mapped.evil.example": "::ffff:127.0.0.1",
    "nat64.evil.example": "64:ff9b::a9fe:a9fe",
    "sixtofour.evil.example": "2002:7f00:1::",
    "metadata": "169.254.169.254",
    "metadata.google.internal": "169.254.169.254",
    "metadata.goog": "169.254.169.254",
    "metadata.azure.internal": "169.254.169.254",
    "metadata.packet.example": "192.0.0.192",
    "instance-data": "169.254.169.254",
    "instance-data.ec2.internal": "fd00:ec2::254",
    "metadata.tencentyun.com": "169.254.0.23",
    "rancher-metadata": "169.254.169.250",
    "kubernetes": "10.96.0.1",
    "kubernetes.default.svc": "10.96.0.1",
    "kubernetes.default.svc.cluster.local": "10.96.0.1",
    "host.docker.internal": "172.17.0.1",
    "gateway.docker.internal": "172.17.0.1",
    "router.lan": "192.168.1.1",
    "intranet": "10.1.2.3",
    "consul.service.consul": "10.0.0.8",
    "nas.local": "169.254.7.7",
    "printer.home.arpa": "192.168.0.40",
    "carrier.evil.example": "100.64.0.1",
    "nowhere.evil.example": "0.0.0.0",
    "everywhere.evil.example": "224.0.0.1",
}
"""Names that may well resolve, and to what. Of others, nothing is known."""

CONTROLS = "\t\n\r\0\x0b\x0c\x1b\x7f\x85\u2028"
IN_NO_HOST = " !\"$&'()*+,;<=>^`{|}~"
HANDWRITTEN = (
    Kind(
        "control characters",
        (
            *(f"https://{SHOP}:PORT/hook{control}X-Injected: 1" for control in CONTROLS),
            *(f"https://ky{control}ma.example:PORT/" for control in CONTROLS),
            *(f"https://{SHOP}{control}:PORT/" for control in CONTROLS),
            *(f"{control}https://{SHOP}:PORT/" for control in CONTROLS),
            *(f"https://{SHOP}:PORT/{control}" for control in CONTROLS),
            f"ht\ntps://{SHOP}:PORT/",
            f"https:\r\n//{SHOP}:PORT/",
        ),
    ),
    Kind(
        "CRLF injection",
        (
            f"https://{SHOP}:PORT/\r\nX-Injected: 1",
            f"https://{SHOP}:PORT/?q=\r\nX-Injected: 1",
            f"https://{SHOP}:PORT/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            f"https://{SHOP}:PORT/\n\nGET /admin HTTP/1.1\nHost: intranet\n\n",
            f"https://{SHOP}:PORT/#\r\nX-Injected: 1",
            "https://127.0.0.1:PORT/\r\nSLAVEOF evil.example 6379\r\n",
            f"https://{SHOP}\r\nX-Injected: 1:PORT/",
        ),
    ),
    Kind(
        "backslashes",
        (
            f"https://evil.example\\.{SHOP}:PORT/",
            f"https://evil.example\\@{SHOP}:PORT/",
            f"https://{SHOP}\\.evil.example:PORT/",
            f"https://{SHOP}:PORT\\@evil.example/",
            f"https:\\\\{SHOP}:PORT\\hook",
            f"https:/\\{SHOP}:PORT/",
            f"https://\\{SHOP}:PORT/",
            f"https://127.0.0.1\\.{SHOP}:PORT/",
        ),
    ),
    Kind(
        "percent-encoded hosts",
        (
            *(
                f"https://evil.example%{code}.{SHOP}:PORT/"
                for code in ("00", "09", "0a", "0d", "20", "23", "25", "2e", "2f", "3a", "3f", "40")
            ),
            *("https://%6byma.example:PORT/", "https://kyma%2eexample:PORT/", "https://%5b::1%5d/"),
        ),
    ),
    Kind(
        "characters of no host",
        tuple(f"https://evil.example{letter}.{SHOP}:PORT/" for letter in IN_NO_HOST),
    ),
    Kind(
        "labels of no name",
        (
            f"https://.{SHOP}:PORT/",
            f"https://a..{SHOP}:PORT/",
            f"https://...{SHOP}:PORT/",
            f"https://{SHOP}..:PORT/",
            f"https://-a.{SHOP}:PORT/",
            f"https://a-.{SHOP}:PORT/",
            f"https://{'a' * 64}.{SHOP}:PORT/",
            f"https://{'a.' * 130}{SHOP}:PORT/",
            f"https://{'a' * 10_000}.{SHOP}:PORT/",
            "https://.:PORT/",
            "https://..:PORT/",
            "https://-:PORT/",
        ),
    ),
    Kind(
        "zone ids and brackets",
        (
            "https://[fe80::1%eth0]:PORT/",
            "https://[fe80::1%25eth0]:PORT/",
            "https://[::1%lo]:PORT/",
            "https://[::1%25lo]:PORT/",
            "https://[2606:4700::1%lo]:PORT/",
            "https://[2606:4700::1%25lo]:PORT/",
            "https://[::ffff:127.0.0.1%25lo]:PORT/",
            f"https://[::1].{SHOP}:PORT/",
            f"https://[::1]{SHOP}:PORT/",
            f"https://{SHOP}[::1]:PORT/",
            f"https://[{SHOP}]:PORT/",
            "https://[::1:PORT/",
            "https://::1]:PORT/",
            "https://::1:PORT/",
            "https://[]:PORT/",
            "https://[:]:PORT/",
            "https://[1::2::3]:PORT/",
            "https://[::127.0.0.256]:PORT/",
            "https://[::ffff:127.1]:PORT/",
            "https://[0:0:0:0:0:0:0:0:1]:PORT/",
            "https://[[::1]]:PORT/",
        ),
    ),
    Kind(
        "ports",
        tuple(
            f"https://{SHOP}:{port}/"
            for port in (
                *("0", "00", "-1", "65536", "99999", "4294967739", "1e3", "0x50", "port"),
                *("443:80", "443a", "4 3"),
            )
        ),
    ),
    Kind(
        "other schemes",
        (
            *(
                f"{scheme}://{SHOP}:PORT/hook"
                for scheme in (
                    *("ftp", "ftps", "sftp", "tftp", "gopher", "dict", "ldap", "ldaps", "file"),
                    *("ws", "wss", "smb", "ssh", "telnet", "imap", "smtp", "redis", "netdoc"),
                    *("unix", "http+unix", "view-source", "blob", "httpx", "htt", "xhttps"),
                )
            ),
            *("file:///etc/passwd", "file://localhost/etc/passwd", "data:text/plain,x"),
            *("javascript:alert(1)", "mailto:shop@kyma.example", "about:blank", "urn:a:b"),
            f"url:https://{SHOP}/",
            f"jar:https://{SHOP}/!/",
        ),
    ),
    Kind(
        "no absolute URL",
        (
            *("", " ", "/", "//", "///", "/hook", "hook", "?", "#", ":", "://", "https", "https:"),
            *("https:/", "https://", "https:///", "https:////", "https://:443/", "https://@/"),
            *("https://?x", "https://#x", "https:///hook", f"//{SHOP}/hook", f"{SHOP}/hook"),
            *(f"https:/{SHOP}/", f"https:{SHOP}", f"https:///{SHOP}/", f"https//{SHOP}/"),
            *(f" https://{SHOP}/", f"https://{SHOP}/ ", f"\u00a0https://{SHOP}/"),
            *(f"https ://{SHOP}/", f"https: //{SHOP}/", f"https:// {SHOP}/", f":https://{SHOP}/"),
        ),
    ),
    Kind(
        "very long",
        (
            f"https://{SHOP}:PORT/" + "a" * 8_000,
            f"https://{SHOP}:PORT/?" + "a=b&" * 100_000,
            f"https://{SHOP}:PORT/" + "../" * 1_000_000,
            "https://" + "a" * 1_000_000,
            "https://" + "[" * 100_000,
            f"https://{SHOP}:{'4' * 100_000}/",
            f"https://{'a@' * 100_000}{SHOP}/",
            "https:" + "/" * 100_000 + SHOP,
        ),
    ),
    Kind(
        "names that become others",
        (
            f"https://evil.example\u2100.{SHOP}:PORT/",  # a/c
            f"https://evil.example\uff0f.{SHOP}:PORT/",
            f"https://evil.example\uff1a.{SHOP}:PORT/",
            f"https://evil.example\uff1f.{SHOP}:PORT/",
            f"https://evil.example\uff03.{SHOP}:PORT/",
            f"https://evil.example\uff20{SHOP}:PORT/",
            f"https://evil.example\ufe55.{SHOP}:PORT/",
            "https://ky\u200bma.example:PORT/",
            "https://ky\u00adma.example:PORT/",
            f"https://\ud800.{SHOP}:PORT/",
            f"https://{SHOP}:PORT/\udfff",
        ),
    ),
    Kind(
        "another's domain",
        (
            *(f"https://{SHOP}.evil.example/", f"https://evil{SHOP}/", f"https://evil-{SHOP}/"),
            *(f"https://evil.example/{SHOP}", f"https://evil.example?.{SHOP}/"),
            *(f"https://evil.example#.{SHOP}/", f"https://evil.example/#@{SHOP}/"),
            *("https://example/", "https://yma.example/", "https://kyma.exampl/", "https://kyma/"),
            *("https://kyma-example/", "https://kyma.example.com/", "https://xn--kyma.example/"),
            *("https://kyma.example.evil.example/", "https://8.8.8.8/"),
            *("https://[2606:4700:4700::1111]/", "https://kyma_example/"),
        ),
        reached=True,
    ),
    Kind(
        "look-alikes",
        (
            "https://k\u0443ma.example/",  # Cyrillic u
            "https://kym\u0430.example/",  # Cyrillic a
            "https://\u03bayma.example/",  # Greek kappa
            "https://kyma.ex\u0430mple/",
            "https://k\u00fdma.example/",
            "https://kyma.example\u0338/",
        ),
        reached=True,
    ),
    Kind(
        "credentials and user names",
        (
            f"https://shop:secret@{SHOP}/",
            f"https://shop@{SHOP}/",
            f"https://:secret@{SHOP}/",
            f"https://{SHOP}@evil.example/",
            f"https://{SHOP}:443@evil.example/",
            f"https://{SHOP}%2f@evil.example/",
            f"https://{SHOP}%23@evil.example/",
            f"https://evil.example@{SHOP}/",
            f"https://evil.example:80@{SHOP}/",
            f"https://a@b@{SHOP}/",
            f"https://a%0d%0a:b@{SHOP}/",
            f"https://127.0.0.1@{SHOP}/",
        ),
        reached=True,
    ),
    Kind(
        "without TLS",
        tuple(f"{scheme}://{SHOP}{rest}" for scheme in ("http", "HTTP") for rest in ("/", ":443/")),
        reached=True,
    ),
    Kind(
        "fine",
        (
            f"https://{SHOP}:PORT/hook",
            "HTTPS://KYMA.Example:PORT/hook?shop=1&x=%2F",
            f"https://api.{SHOP}:PORT/",
            f"https://a.b-c.d.{SHOP}:PORT/",
            f"https://1.2.3.4.{SHOP}:PORT/",
            f"https://127.0.0.1.{SHOP}:PORT/",
            f"https://0x7f000001.{SHOP}:PORT/",
            f"https://localhost.{SHOP}:PORT/",
            f"https://{SHOP}.:PORT/hook",
            f"https://{SHOP}:PORT",
            f"https://{SHOP}:PORT?shop=1",
            f"https://{SHOP}:PORT/#@evil.example/",
            f"https://{SHOP}:PORT/@evil.example/..//../\\evil.example",
            f"https://{SHOP}:PORT/?next=http://169.254.169.254/",
            f"https://{SHOP}:PORT/%0d%0aX-Injected:%201?%0d%0a",
            f"https://{SHOP}:PORT/%00%2e%2e%2f",
            f"https://{SHOP}:PORT/παραγγελίες νέες?q=ναι",
            f"https://{SHOP}:PORT/<script>alert('{{}}')</script>\"",
            f"https://@{SHOP}:PORT/",
            "https://ｋｙｍａ。example:PORT/",
            f"https://{SHOP}:PORT/" + "a" * 7_000,
        ),
        registered=True,
        reached=True,
    ),
)


def corpus(depth: int) -> tuple[Kind, ...]:
    """Everything, with `depth` addresses by chance of each refused block; the same each time."""
    chance = random.Random(4)
    return (*_addresses(depth, chance), *_spellings(depth, chance), _names(), *HANDWRITTEN)


def _addresses(depth: int, chance: random.Random) -> Iterator[Kind]:
    for version, blocks in (("IPv4", IPV4), ("IPv6", IPV6)):
        for name, networks in blocks.items():
            yield _hosts(f"{version}: {name}", sampled(networks, depth, chance))
    carriers: dict[str, list[str]] = {}
    for name, address in wrapped(depth // 10, chance):
        carriers.setdefault(name, []).append(address)
    yield from (_hosts(f"IPv4 inside IPv6: {name}", hosts) for name, hosts in carriers.items())


def _spellings(depth: int, chance: random.Random) -> Iterator[Kind]:
    loopback_and_metadata = ["127.0.0.1", "169.254.169.254"]
    private = [*sampled(IPV4["private"], depth // 10, chance)]
    written: dict[str, list[str]] = {}
    for address in loopback_and_metadata + private:
        for name, hosts in spellings(address).items():
            written.setdefault(name, []).extend(hosts)
    yield from (_hosts(f"IPv4 written: {name}", hosts) for name, hosts in written.items())


def _names() -> Kind:
    urls = tuple(f"https://{name}:PORT/hook" for name in NAMES)
    return Kind("names of refused addresses", urls, domain=None, registered=True)


def _hosts(name: str, hosts: Iterable[str]) -> Kind:
    literals = (f"[{host}]" if ":" in host else host for host in hosts)
    return Kind(name, tuple(f"https://{host}:PORT/hook" for host in literals), domain=None)

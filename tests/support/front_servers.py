"""Debian's web servers, each started for real with what `deploy/` says to put into it.

They answer https on a port of 127.0.0.1, from a folder of their own; nothing of the system's
configuration is read, and no service of it is started.
"""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.support.ports import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
KEY = "key-of-the-forwarder-alone"
_APACHE_MODULES = Path("/usr/lib/apache2/modules")
_REQUIRED = "SMARTCART_REQUIRE_SERVERS"
_START_SECONDS = 20

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/chain.pem;
        ssl_certificate_key {folder}/key.pem;
        {snippet}
    }}
}}
"""
APACHE = """
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
User www-data
Group www-data
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule setenvif_module {modules}/mod_setenvif.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
{php}
LogFormat "%r" request
DocumentRoot {folder}/site
<VirtualHost *:{port}>
    SSLEngine on
    SSLCertificateFile {folder}/chain.pem
    SSLCertificateKeyFile {folder}/key.pem
    CustomLog {folder}/access.log request env=!secret
    {snippet}
</VirtualHost>
"""
PHP = """
LoadModule php_module {php_module}
<FilesMatch "\\.php$">
    SetHandler application/x-httpd-php
</FilesMatch>
"""
CADDY = """
{{
    admin off
    grace_period 1s
    auto_https off
    storage file_system {folder}/storage
}}
{snippet}
"""


@dataclass(frozen=True)
class FrontServer:
    """A shop's website: `webhook` is where events of the webhook's secret `secret` are sent to."""

    kind: str
    site: str
    folder: Path
    trusting: ssl.SSLContext

    def webhook(self, secret: str) -> str:
        if self.kind == "php":
            return f"{self.site}/smartcart.php?key={KEY}"
        return f"{self.site}/smartcart/webhook/{secret}"

    def log(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "".join(log.read_text(errors="replace") for log in logs)


@contextmanager
def front_server(kind: str, program: int, secret: str) -> Iterator[FrontServer]:
    """The server `kind`, which passes the webhook on to port `program` of this machine.

    Skips the test where it is not installed, or fails it where it is required.
    """
    needed, prepare = _KINDS[kind]
    if not all(Path(path).exists() for path in needed):
        _missing(kind)
    folder = Path(tempfile.mkdtemp(prefix=f"front-{kind}-"))
    folder.chmod(0o755)
    try:
        authority = _certified(folder)
        port = free_port()
        command = prepare(_Site(folder, port, program, secret))
        with _running(command, folder, port):
            yield FrontServer(kind, f"https://localhost:{port}", folder, authority)
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True)
class _Site:
    folder: Path
    port: int
    program: int
    secret: str

    def snippet(self, name: str) -> str:
        told = (DEPLOY / name).read_text(encoding="utf-8")
        assert "127.0.0.1:8800" in told
        return told.replace("127.0.0.1:8800", f"127.0.0.1:{self.program}")

    def write(self, name: str, template: str, **more: object) -> Path:
        path = self.folder / name
        path.write_text(
            template.format(folder=self.folder, port=self.port, **more), encoding="utf-8"
        )
        return path


def _nginx(site: _Site) -> list[str]:
    file = site.write("nginx.conf", NGINX, snippet=site.snippet("nginx.conf"))
    return ["nginx", "-c", str(file), "-e", str(site.folder / "error.log")]


def _apache(site: _Site) -> list[str]:
    return _apache_with(site, snippet=site.snippet("apache.conf"))


def _apache_with_php(site: _Site) -> list[str]:
    """The forwarder in the website's folder, as on shared hosting."""
    script = (DEPLOY / "smartcart.php").read_text(encoding="utf-8")
    for before, after in (
        ("https://program.example/webhook/SECRET", _program(site)),
        ("const KEY = '';", f"const KEY = '{KEY}';"),
    ):
        assert before in script
        script = script.replace(before, after)
    (site.folder / "site").mkdir()
    (site.folder / "site" / "smartcart.php").write_text(script, encoding="utf-8")
    [module] = _APACHE_MODULES.glob("libphp*.so")
    return _apache_with(site, php=PHP.format(php_module=module))


def _apache_with(site: _Site, snippet: str = "", php: str = "") -> list[str]:
    (site.folder / "site").mkdir(exist_ok=True)
    file = site.write("apache.conf", APACHE, snippet=snippet, php=php, modules=_APACHE_MODULES)
    return ["apache2", "-f", str(file), "-D", "FOREGROUND"]


def _caddy(site: _Site) -> list[str]:
    snippet = site.snippet("Caddyfile")
    certificate = f"{site.folder}/chain.pem {site.folder}/key.pem"
    address = f"\nhttps://localhost:{site.port} {{\n\tbind 127.0.0.1\n\ttls {certificate}"
    assert "\nshop.example {" in snippet
    snippet = snippet.replace("\nshop.example {", address)
    file = site.write("Caddyfile", CADDY, snippet=snippet)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


def _program(site: _Site) -> str:
    return f"http://127.0.0.1:{site.program}/webhook/{site.secret}"


_KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[_Site], list[str]]]] = {
    "nginx": (("/usr/sbin/nginx",), _nginx),
    "apache": (("/usr/sbin/apache2",), _apache),
    "caddy": (("/usr/bin/caddy",), _caddy),
    "php": (("/usr/sbin/apache2", *map(str, _APACHE_MODULES.glob("libphp*.so"))), _apache_with_php),
}
FRONT_SERVERS = tuple(_KINDS)


def _missing(kind: str) -> None:
    why = f"{kind} is not installed; on Debian as root: scripts/servers.sh"
    if os.environ.get(_REQUIRED):
        pytest.fail(f"{why}, and {_REQUIRED} is set")
    pytest.skip(why)


def _certified(folder: Path) -> ssl.SSLContext:
    """Write what the server shows for `localhost`; what a client needs to trust it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "chain.pem").write_bytes(b"".join(c.bytes() for c in certificate.cert_chain_pems))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "output.log").open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # apache2 ends everybody in its process group, us too
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(folder)},
        )
    try:
        _wait_until_it_listens(process, port, folder)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    logs = "".join(log.read_text(errors="replace") for log in sorted(folder.glob("*.log")))
    raise AssertionError(f"the server did not start:\n{logs}")

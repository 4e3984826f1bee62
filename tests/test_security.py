"""What keeps a hostile page, a hostile network or a careless argument from doing harm beyond one failed address."""

from __future__ import annotations

import ast
import datetime as dt
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy.utils.project import get_project_settings

from kompas_crawler.archive.staging import check_run_id
from kompas_crawler.errors import ArchiveError
from kompas_crawler.replica import running
from tests.crawl.conftest import ROOT, crawler_into

PACKAGE = ROOT / "kompas_crawler"
MAKING_OBJECTS = {"pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib", "jsonpickle", "xmlrpc"}
"""Modules that make objects, and with them calls, of bytes."""
RUNNING_TEXT = {"eval", "exec", "compile", "__import__"}
LOADING_OBJECTS = {("yaml", "load"), ("yaml", "unsafe_load"), ("numpy", "load"), ("torch", "load")}


def trees() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text())


def test_nothing_makes_objects_of_bytes() -> None:
    found = []
    for path, tree in trees():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path}:{node.lineno} {name}" for name in names if name.partition(".")[0] in MAKING_OBJECTS]
    assert found == []


def test_nothing_runs_text_as_code() -> None:
    found = []
    for path, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in RUNNING_TEXT:
                    found.append(f"{path}:{node.lineno} {name}")
                case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if (
                    module,
                    name,
                ) in LOADING_OBJECTS:
                    found.append(f"{path}:{node.lineno} {module}.{name}")
                case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                    found.append(f"{path}:{node.value.lineno} shell=True")
                case _:
                    pass
    assert found == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMOTE_CONTROL_ENABLED", False),
        ("TELNETCONSOLE_ENABLED", False),
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("METAREFRESH_ENABLED", False),
        ("COOKIES_ENABLED", False),
        ("HTTPCACHE_ENABLED", False),
    ],
)
def test_a_door_of_scrapy_stays_shut(name: str, value: bool) -> None:
    assert get_project_settings().getbool(name) is value


@pytest.mark.parametrize("run_id", ["../r1", "/etc/passwd", "a/b", "..", ".hidden", "a\0b", "a\nb", "", "a" * 101])
def test_the_name_of_a_run_cannot_leave_its_folder(run_id: str) -> None:
    with pytest.raises(ArchiveError):
        check_run_id(run_id)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate for the site's hosts that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kompas.com")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.kompas.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + signed.public_bytes(pem))
    return path


class Impostor(BaseHTTPRequestHandler):
    """Answers everything, and notes that it was asked."""

    asked: list[str] = []  # noqa: RUF012 - shared on purpose

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"User-agent: *\nAllow: /\n")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


FETCH = """
import sys
from twisted.internet import asyncioreactor
asyncioreactor.install()
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings

class Probe(Spider):
    name = "probe"
    async def start(self):
        yield Request(sys.argv[1], errback=self.failed)
    def parse(self, response):
        print("ANSWERED", response.status)
    def failed(self, failure):
        print("REFUSED", failure.value)

ours = get_project_settings().getbool("DOWNLOAD_VERIFY_CERTIFICATES")
process = CrawlerProcess({"DOWNLOAD_VERIFY_CERTIFICATES": ours if sys.argv[2] == "ours" else False,
                          "RETRY_ENABLED": False, "ROBOTSTXT_OBEY": False, "LOG_LEVEL": "CRITICAL",
                          "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False})
process.crawl(Probe)
process.start()
"""
"""A page is fetched by Scrapy's own handler, with our setting for certificates or Scrapy's own."""


def fetched(url: str, whose: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FETCH, url, whose], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("whose", "said"), [("ours", "REFUSED"), ("Scrapy's default", "ANSWERED")])
def test_a_host_whose_certificate_nobody_signed_is_not_listened_to(certificate: Path, whose: str, said: str) -> None:
    server = HTTPServer(("127.0.0.1", 0), Impostor)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        assert said in fetched(f"https://127.0.0.1:{server.server_port}/", whose)
    finally:
        server.shutdown()
        server.server_close()


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "sangat-rahasia-1",
    "AWS_ACCESS_KEY_ID": "sangat-rahasia-2",
    "AWS_SESSION_TOKEN": "sangat-rahasia-3",
    "KOMPAS_UNKNOWN_TOKEN": "sangat-rahasia-4",
}


def test_no_secret_of_the_environment_gets_into_a_log_or_into_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with running("--seed", "3", "--today", "2021-04-20T12:00", "--articles-per-day", "8") as site:
        done = crawler_into(tmp_path / "output")(
            site.url,
            "since=2021-04-19",
            "until=2021-04-19",
            "follow=none",
            KOMPAS_CLOCK="2021-04-20T12:00",
            LOG_LEVEL="DEBUG",
        )
    assert done.exit_code == 0, done.stderr
    written = b"".join(path.read_bytes() for path in done.output.rglob("*") if path.is_file())
    assert re.findall(rb"sangat-rahasia-\d", written + (done.stdout + done.stderr).encode()) == []


def test_a_password_in_the_archives_address_is_not_shown(tmp_path: Path) -> None:
    window, address = ("since=2021-04-19", "until=2021-04-19"), "s3://kunci:sangat-rahasia@wadah/arsip"
    done = crawler_into(tmp_path)("http://127.0.0.1:9", *window, KOMPAS_OUTPUT=address, KOMPAS_CLOCK="2021-04-20T12:00")
    assert done.exit_code == 4
    assert "environment" in done.stderr
    assert "sangat-rahasia" not in done.stdout + done.stderr

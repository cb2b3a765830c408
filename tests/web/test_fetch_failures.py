"""Servers that do what no server should, and the network that is not there."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fetching import answer, loopback
from http_server import CHUNKED, HttpServer, Received, Writer, chunk, response

from snapjs import VM, Fetch, undefined

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        yield server


@pytest.fixture
def fetching(make_vm: Callable[..., VM], server: HttpServer) -> Callable[..., VM]:
    def make(**options: Any) -> VM:
        vm = make_vm(web={"fetch": loopback(**options)})
        vm.eval(f"var url = '{server.url}'; 0")
        return vm

    return make


async def silent(_: Received, writer: Writer) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nshort",
        CHUNKED + chunk(b"some") + b"5\r\nsh",
        CHUNKED + b"zz\r\nwhat\r\n",
    ],
)
def test_a_body_that_breaks_off(fetching: Callable[..., VM], server: HttpServer, raw: bytes) -> None:
    async def route(_: Received, writer: Writer) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    server.routes["/"] = route
    text = f"{server.url} broke the connection off, or does not speak HTTP"
    assert answer(fetching(), "return (await fetch(url)).text()") == [
        f"TypeError: fetch: {text}",
        f"NetworkError: {text}",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
    ],
)
def test_what_is_no_response(fetching: Callable[..., VM], server: HttpServer, raw: bytes) -> None:
    async def route(_: Received, writer: Writer) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    server.routes["/"] = route
    text = f"{server.url} broke the connection off, or does not speak HTTP"
    assert answer(fetching(), "await fetch(url)") == [f"TypeError: fetch: {text}", f"NetworkError: {text}"]


def test_nobody_listens(make_vm: Callable[..., VM]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text = f"http://127.0.0.1:{port} cannot be connected to"
    assert answer(make_vm(web={"fetch": loopback()}), f"await fetch('http://127.0.0.1:{port}')") == [
        f"TypeError: fetch: {text}",
        f"NetworkError: {text}",
    ]


@pytest.mark.parametrize("option", ["read_timeout", "timeout"])
def test_a_server_that_is_silent(fetching: Callable[..., VM], server: HttpServer, option: str) -> None:
    server.routes["/"] = silent
    text = f"{server.url} did not answer in time"
    assert answer(fetching(**{option: 0.05}), "await fetch(url)") == [
        f"TypeError: fetch: {text}",
        f"TimeoutError: {text}",
    ]


def test_a_body_that_takes_too_long(fetching: Callable[..., VM], server: HttpServer) -> None:
    async def route(request: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await silent(request, writer)

    server.routes["/"] = route
    code = "const r = await fetch(url); return [r.status, await r.text().catch(error => error.cause.name)]"
    assert answer(fetching(timeout=0.2), code) == [200, "TimeoutError"]


def test_a_response_that_nobody_reads_ends(fetching: Callable[..., VM], server: HttpServer) -> None:
    """Or programs that look at the status alone would have no requests left."""
    server.routes["/"] = CHUNKED + chunk(bytes(1000)) + chunk(b"")
    code = "for (let i = 0; i < 5; i++) await fetch(url); return (await fetch(url)).status"
    assert answer(fetching(max_concurrent=1, timeout=5), code) == 200


def test_responses_that_nobody_reads_are_given_up(
    fetching: Callable[..., VM], server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes of a program's memory would hold as many of the host's as it likes."""
    monkeypatch.setattr("snapjs._web.fetch.service._MOST_UNREAD", 2500)

    async def route(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED)
        await writer.drain()
        await server.released()
        writer.write(chunk(bytes(1000)) + chunk(b""))

    server.routes["/"] = route
    code = """
        const responses = await Promise.all([fetch(url), fetch(url), fetch(url), fetch(url)]);
        release();
        await unread();
        await fetch(other);
        const readings = responses.map((response) => response.text().catch((error) => error.cause.name));
        return (await Promise.all(readings)).map((text) => text.length === 1000 ? 'whole' : text);
    """
    vm = fetching()
    service = vm._bridge.services.get("<fetch>")

    async def unread() -> None:
        while sum(exchange.unread for exchange in service._exchanges.values()) < 4000:  # type: ignore[union-attr]
            await asyncio.sleep(0.001)

    server.routes["/other"] = response("ok")
    vm.globals["other"] = f"{server.url}/other"
    vm.expose("release", server.release)
    vm.expose("unread", unread)
    assert answer(vm, code) == ["NetworkError", "NetworkError", "whole", "whole"]


def test_a_bomb(fetching: Callable[..., VM], server: HttpServer) -> None:
    bomb = gzip.compress(gzip.compress(bytes(8 << 20)))
    assert len(bomb) < 1000
    server.routes["/"] = response(bomb, Content_Encoding="gzip, gzip")
    text, _ = answer(fetching(max_response_size=1 << 16), "return (await fetch(url)).text()")
    assert text == f"TypeError: fetch: {server.url} sends more than the 65536 bytes that the policy allows"


def test_a_bomb_of_which_nothing_comes(fetching: Callable[..., VM], server: HttpServer) -> None:
    """It would be worked on for minutes, in which the event loop, and so every time limit, stands still."""
    bomb = gzip.compress(gzip.compress(b"") * 1_000_000)
    assert len(bomb) < 100_000
    server.routes["/"] = response(bomb, Content_Encoding="gzip, gzip")
    text, _ = answer(fetching(max_response_size=1 << 20), "return (await fetch(url)).text()")
    assert text == f"TypeError: fetch: {server.url} sends more than the 1048576 bytes that the policy allows"


def test_a_body_that_goes_on_behind_its_end(fetching: Callable[..., VM], server: HttpServer) -> None:
    server.routes["/"] = CHUNKED + chunk(gzip.compress(b"abc")) + chunk(bytes(100_000)) + chunk(b"")
    server.routes["/"] = server.routes["/"].replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
    text, _ = answer(fetching(max_response_size=1000), "return (await fetch(url)).text()")
    assert text == f"TypeError: fetch: {server.url} sends more than the 1000 bytes that the policy allows"


def test_codings_in_several_headers(fetching: Callable[..., VM], server: HttpServer) -> None:
    body = gzip.compress(gzip.compress(b"abc"))
    server.routes["/"] = response(body, Content_Encoding="gzip", content_encoding="gzip")
    assert answer(fetching(), "return (await fetch(url)).text()") == "abc"


def test_many_codings(fetching: Callable[..., VM], server: HttpServer) -> None:
    server.routes["/"] = response(b"a", Content_Encoding="gzip, gzip, gzip, gzip")
    text, _ = answer(fetching(), "return (await fetch(url)).text()")
    assert text == "TypeError: fetch: the response has more than 3 content codings"


# ---- integrity


@pytest.mark.parametrize(
    ("integrity", "result"),
    [
        ("sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "hello"),
        ("sha256-wrong sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "hello"),
        ("md5-unknown", "hello"),
        ("sha256-AAAA", None),
        ("sha512-AAAA sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", None),
    ],
)
def test_integrity(fetching: Callable[..., VM], server: HttpServer, integrity: str, result: str | None) -> None:
    server.routes["/"] = CHUNKED + chunk(b"hel") + chunk(b"lo") + chunk(b"")
    found = answer(fetching(), f"return (await fetch(url, {{ integrity: '{integrity}' }})).text()")
    if result is None:
        assert found[0] == f"TypeError: fetch: what {server.url} sent has another hash than the request wants"
    else:
        assert found == result


# ---- addresses


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Answers by name: each is used once, but for the last."""
    answers: dict[str, list[str]] = {}
    resolve = asyncio.BaseEventLoop.getaddrinfo

    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        if host not in answers:
            return await resolve(self, host, port, **options)
        address = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        if not address:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return answers


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1%1"]
)
def test_a_name_that_leads_inside(make_vm: Callable[..., VM], resolver: dict[str, list[str]], address: str) -> None:
    resolver["inside.example"] = [address]
    vm = make_vm(web={"fetch": Fetch(["http://inside.example"])})
    assert answer(vm, "await fetch('http://inside.example/')") == [
        "TypeError: fetch: inside.example is not allowed by the policy: it has no public address, and private ones are not allowed",
        undefined,
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost", "[::ffff:7f00:1]"])
def test_addresses_that_lead_inside(make_vm: Callable[..., VM], host: str) -> None:
    vm = make_vm(web={"fetch": Fetch(["http://*:*"])})
    text, _ = answer(vm, f"await fetch('http://{host}/')")
    assert "is not allowed by the policy: " in text


def test_a_name_that_is_rebound(
    make_vm: Callable[..., VM], server: HttpServer, resolver: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is connected to is the address that was checked, and the name is not looked up again."""
    connected = []

    class Network:
        async def connect_tcp(self, host: str, port: int, **_: Any) -> Any:
            connected.append(host)
            raise OSError

    monkeypatch.setattr("httpcore2.AnyIOBackend", Network)
    resolver["rebound.example"] = ["93.184.216.34", "127.0.0.1"]
    vm = make_vm(web={"fetch": Fetch(["http://rebound.example"])})
    answer(vm, "await fetch('http://rebound.example/')")
    text, _ = answer(vm, "await fetch('http://rebound.example/')")
    assert connected == ["93.184.216.34"]
    assert "it has no public address" in text


def test_a_name_that_is_not_there(make_vm: Callable[..., VM], resolver: dict[str, list[str]]) -> None:
    resolver["nowhere.example"] = [""]
    vm = make_vm(web={"fetch": Fetch(["http://nowhere.example"])})
    assert answer(vm, "await fetch('http://nowhere.example/')") == [
        "TypeError: fetch: there is no host nowhere.example",
        "NetworkError: there is no host nowhere.example",
    ]


def test_proxies_of_the_environment_are_not_used(
    fetching: Callable[..., VM], server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.routes["/"] = response("direct")
    assert answer(fetching(), "return (await fetch(url)).text()") == "direct"


# ---- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the host tls.example, with its key; its own authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tls.example")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("tls.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[HttpServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HttpServer({"/": response("secret")}, tls=context) as server:
        yield server


def test_tls_goes_by_the_name(
    make_vm: Callable[..., VM], secure: HttpServer, certificate: Path, resolver: dict[str, list[str]]
) -> None:
    resolver["tls.example"] = ["127.0.0.1"]
    trusting = ssl.create_default_context(cafile=certificate)
    vm = make_vm(web={"fetch": loopback("https://tls.example:*", ssl_context=trusting)})
    assert answer(vm, f"return (await fetch('https://tls.example:{secure.port}')).text()") == "secret"
    assert secure.received[0].header("host") == f"tls.example:{secure.port}"


def test_a_certificate_of_another_name(
    make_vm: Callable[..., VM], secure: HttpServer, certificate: Path, resolver: dict[str, list[str]]
) -> None:
    resolver["other.example"] = ["127.0.0.1"]
    trusting = ssl.create_default_context(cafile=certificate)
    vm = make_vm(web={"fetch": loopback("https://other.example:*", ssl_context=trusting)})
    text, cause = answer(vm, f"await fetch('https://other.example:{secure.port}')")
    assert f"https://other.example:{secure.port} has no certificate that can be trusted: Hostname mismatch" in text
    assert str(cause).startswith("NetworkError: ")


def test_a_certificate_that_nobody_knows(make_vm: Callable[..., VM], secure: HttpServer) -> None:
    text, _ = answer(make_vm(web={"fetch": loopback()}), f"await fetch('{secure.url}')")
    assert text.startswith(f"TypeError: fetch: {secure.url} has no certificate that can be trusted: ")

"""TLS, with certificates made here."""

from __future__ import annotations

import asyncio
import datetime
import os
import signal
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rooftree.base import Limits, SettingsError
from rooftree.http import Request, Response
from rooftree.server.tls import Certificate
from tests.e2e.server.bare import Bare, Client, get, post, serving
from tests.e2e.server.processes import eventually, running


def make_certificate(directory: Path, name: str) -> tuple[str, str]:
    """Write a certificate for 127.0.0.1 with this common name; return the files of chain and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = directory / "certificate.pem", directory / "key.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, data in zip(files, (certificate.public_bytes(serialization.Encoding.PEM), private), strict=True):
        new = file.with_suffix(".new")
        new.write_bytes(data)
        new.replace(file)
    return str(files[0]), str(files[1])


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


async def connect(port: int) -> tuple[Client, str]:
    """Connect; return the client and the common name of the certificate."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context())
    encrypted = writer.get_extra_info("ssl_object")
    assert encrypted.selected_alpn_protocol() == "http/1.1"
    certificate = x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True))
    return Client(reader, writer), str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.mark.both_loops
async def test_https_with_bodies_and_a_scheme(tmp_path: Path) -> None:
    async def look(request: Request) -> Response:
        return Response(request.scheme.encode())

    certificate = Certificate(*make_certificate(tmp_path, "first"))
    async with serving(Bare(look=look), tls=certificate.context) as server:
        assert server.url.startswith("https://127.0.0.1:")
        client, name = await connect(server.address[1])
        assert name == "first"
        assert (await client.ask(get("/look"))).body == b"https"
        assert len((await client.ask(post(bytes(1_000_000)))).body) == 1_000_000
        assert (await client.ask(get("/", "Connection: close"))).body == b"OK"
        assert await client.rest() == b""
        client.close()


@pytest.mark.both_loops
async def test_a_changed_certificate_is_for_new_connections_and_drops_no_old_one(tmp_path: Path) -> None:
    certificate = Certificate(*make_certificate(tmp_path, "first"))
    async with serving(tls=certificate.context) as server:
        old, _ = await connect(server.address[1])
        assert not certificate.renew()
        make_certificate(tmp_path, "second")
        assert certificate.renew()
        new, name = await connect(server.address[1])
        assert name == "second"
        for client in (old, new):
            assert (await client.ask(get())).body == b"OK"
            client.close()


def test_a_broken_change_is_logged_and_the_old_certificate_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chain, key = make_certificate(tmp_path, "first")
    certificate = Certificate(chain, key)
    Path(key).write_text("half a key")
    assert not certificate.renew()
    assert not certificate.renew()
    assert len(caplog.records) == 1
    Path(key).unlink()
    assert not certificate.renew()
    make_certificate(tmp_path, "second")
    assert certificate.renew()


def test_files_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    chain, _ = make_certificate(tmp_path, "first")
    with pytest.raises(SettingsError) as missing:
        Certificate(str(tmp_path / "none.pem"))
    assert "[S363] TLS cannot be spoken with" in str(missing.value)
    assert "No such file" in str(missing.value)
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(SettingsError) as foreign:
        Certificate(chain, make_certificate(other, "other")[1])
    assert "mismatch" in str(foreign.value).lower()


@pytest.mark.both_loops
async def test_plain_http_on_the_tls_port_and_half_handshakes_are_ended(tmp_path: Path) -> None:
    certificate = Certificate(*make_certificate(tmp_path, "first"))
    async with serving(tls=certificate.context) as server:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(get())
        assert b"HTTP/1.1 200" not in await reader.read()
        writer.close()
        client, _ = await connect(server.address[1])
        assert (await client.ask(get())).body == b"OK"
        client.close()


def test_workers_take_a_new_certificate_on_sighup(tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path, "first")

    async def name_and_answer(port: int) -> tuple[str, bytes]:
        client, name = await connect(port)
        try:
            return name, (await client.ask(get())).body
        finally:
            client.close()
            with suppress(ConnectionError):  # a worker that retires may have left before this said goodbye
                await client.writer.wait_closed()

    options = f'{{"port": 0, "certificate": "{chain}", "key": "{key}"}}'
    with running(tmp_path, options) as server:
        assert server.url.startswith("https://")
        assert asyncio.run(name_and_answer(server.port)) == ("first", b"OK")
        make_certificate(tmp_path, "second")
        os.kill(server.process.pid, signal.SIGHUP)
        for _ in eventually():
            if asyncio.run(name_and_answer(server.port)) == ("second", b"OK"):
                return
        pytest.fail(server.log)


@pytest.mark.both_loops
async def test_plain_http_is_told_to_write_https(tmp_path: Path) -> None:
    certificate = Certificate(*make_certificate(tmp_path, "first"))
    async with serving(tls=certificate.context, limits=Limits(head_time=60)) as server:
        for data in (get(), post(b"x" * 10_000)):
            reader, writer = await asyncio.open_connection(*server.address)
            plain = Client(reader, writer)
            answer = await plain.ask(data)
            assert (answer.status, answer["connection"], answer["content-type"]) == (
                400,
                "close",
                "application/problem+json",
            )
            assert b"This port speaks HTTPS, and was sent a request in plain HTTP. Write https://" in answer.body
            plain.send(get())  # nothing more is read as a request
            assert await plain.rest() == b""
            plain.close()
        client, _ = await connect(server.address[1])
        assert (await client.ask(get())).body == b"OK"
        client.close()


@pytest.mark.both_loops
async def test_what_is_no_http_either_is_not_answered(tmp_path: Path) -> None:
    certificate = Certificate(*make_certificate(tmp_path, "first"))
    async with serving(tls=certificate.context, limits=Limits(head_time=60)) as server:
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        assert b"HTTP" not in await reader.read()
        writer.close()

"""The files of the page about deployment: systemd and nginx take them, and a site is served by them as it says."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.server.test_nginx import free_port
from tests.e2e.server.test_tls import make_certificate
from tests.services import need

FILES = Path(__file__).parents[3] / "docs" / "examples" / "deployment"
UNITS = ("shop.socket", "shop.service", "shop-backup.service", "shop-backup.timer")
ROOFTREE = "/srv/shop/.venv/bin/rooftree"
KEY = "of a test alone, and long enough for that"
SERVER = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/shop.nginx.conf;
}}
"""


def text_of(name: str, **changes: str) -> str:
    """Return a file with other values in the places of some; each has to be there."""
    text = (FILES / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    return text


def settings(folder: Path) -> dict[str, str]:
    """The environment that the file of settings makes, with a secret key and a database of the test."""
    lines = text_of("shop.env", **{"SECRET_KEY=": f"SECRET_KEY={KEY}", "/var/lib/shop": str(folder)}).splitlines()
    named = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROOFTREE_")}
    return {**kept, "ROOFTREE_LOG_FORMAT": "json", "XDG_CACHE_HOME": str(folder / "cache"), **named}


def arguments_of(unit: str, setting: str) -> list[list[str]]:
    """Return the commands of a unit that a shell would run, `rooftree` being that of the tests."""
    lines = [line.partition("=")[2] for line in text_of(unit).splitlines() if line.startswith(f"{setting}=")]
    found = [shlex.split(line.replace("%%", "%").replace("$$", "$")) for line in lines]
    return [[sys.executable, "-m", "rooftree", *each[1:]] if each[0] == ROOFTREE else each for each in found]


@pytest.mark.service("systemd-analyze")
@pytest.mark.parametrize("mistake", ["", "ExecReload"])
def test_systemd_takes_the_units(mistake: str, tmp_path: Path) -> None:
    for name in UNITS:
        changes = {ROOFTREE: "/bin/true"} if name.endswith(".service") else {}
        if mistake and name == "shop.service":
            changes[mistake] = mistake.lower()
        (tmp_path / name).write_text(text_of(name, **changes))
    done = subprocess.run(
        [need("systemd-analyze"), "verify", "--man=no", *UNITS], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert ("execreload" in said) if mistake else (done.returncode, said) == (0, "")


def test_the_script_is_one() -> None:
    subprocess.run(["sh", "-n", str(FILES / "deploy.sh")], check=True, stdin=subprocess.DEVNULL)


def test_the_settings_pass_the_checks_for_deployment(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rooftree", "check", "--deploy", "app.py"]
    for changes, status in (({}, 0), ({"ROOFTREE_SECRET_KEY": ""}, 1)):
        environment = settings(tmp_path) | changes
        done = subprocess.run(
            command, cwd=FILES, env=environment, capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.service("nginx")
def test_the_site_behind_nginx(nginx: str, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    code = tmp_path / "shop" / "app.py"
    code.write_text(text_of("app.py"))
    with (
        started(tmp_path) as service,
        proxied(nginx, tmp_path) as (plain, secure),
        httpx.Client(verify=False) as client,  # noqa: S501 - it is one of its own
    ):
        named = {"host": "example.org"}
        sent = client.get(f"{plain}/basket?page=2", headers=named)
        assert (sent.status_code, sent.headers["location"]) == (301, "https://example.org/basket?page=2")
        answer = client.get(f"{secure}/", headers=named | {"x-forwarded-for": "6.6.6.6"})
        assert answer.json() == {"scheme": "https", "client": "127.0.0.1"}
        assert answer.headers["strict-transport-security"]
        assert client.get(f"{secure}/health", headers=named).text == "ok"
        assert client.get(f"{secure}/health", headers={"host": "other.example"}).status_code == 400

        code.write_text(text_of("app.py", **{'return "ok"': 'return "new"'}))
        service.send_signal(signal.SIGHUP)
        answers: list[tuple[int, str]] = []

        def is_new() -> bool:
            found = client.get(f"{secure}/health", headers=named)
            answers.append((found.status_code, found.text))
            return found.text == "new"

        until(is_new)
        assert set(answers) <= {(200, "ok"), (200, "new")}

        (tmp_path / "backup").mkdir()
        for command in arguments_of("shop-backup.service", "ExecStart"):
            here = [part.replace("/var/lib/shop", str(tmp_path)) for part in command]
            subprocess.run(here, cwd=tmp_path, env=settings(tmp_path), check=True, timeout=60, stdin=subprocess.DEVNULL)
        (copy,) = (tmp_path / "backup").iterdir()
        assert copy.stem in {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
        assert sqlite3.connect(copy).execute("pragma integrity_check").fetchall() == [("ok",)]


@contextmanager
def started(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run the service as systemd does, with the socket that the one of the units describes."""
    ((*command,),) = arguments_of("shop.service", "ExecStart")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "shop.sock"))
    listener.listen()
    script = f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
    with listener, (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", script, "bash", *command], cwd=folder, env=settings(folder), stderr=log,
            pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()


@contextmanager
def proxied(nginx: str, folder: Path) -> Generator[tuple[str, str]]:
    """Run nginx with the site's file on free ports; give the URLs without and with TLS."""
    plain, secure = free_port(), free_port()
    certificate, key = make_certificate(folder, "example.org")
    site = text_of(
        "shop.nginx.conf",
        **{
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
            "/etc/letsencrypt/live/example.org/fullchain.pem": certificate,
            "/etc/letsencrypt/live/example.org/privkey.pem": key,
            "/run/shop.sock": str(folder / "shop.sock"),
        },
    )
    (folder / "shop.nginx.conf").write_text(site)
    (folder / "nginx.conf").write_text(SERVER.format(folder=folder))
    command = [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    subprocess.run([*command, "-t"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        until(lambda: is_open(plain) and is_open(secure))
        yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
    finally:
        process.terminate()
        process.wait()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something, for a minute at most."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)

"""Serve the shop and its provider of payments until Ctrl-C: what ``scripts/demo`` runs once the packages are there."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOFTREE = [sys.executable, "-m", "rooftree"]


def main() -> int:
    asked = argparse.ArgumentParser(description="Serve the shop, its database filled, and its provider of payments.")
    asked.add_argument("--port", type=int, default=8000, help="of the shop; the next free one where it is taken")
    asked.add_argument("--reset", action="store_true", help="begin with an empty database")
    options = asked.parse_args()
    port = free_port(options.port)
    provider_port = free_port(port + 1)
    environment = {
        "ROOFTREE_DATABASE": "sqlite:///shop.db",
        **os.environ,
        "ROOFTREE_SECRET_KEY": os.environ.get("ROOFTREE_SECRET_KEY") or own_secret(),
        "ROOFTREE_PROVIDER_KEY": os.environ.get("ROOFTREE_PROVIDER_KEY")
        or sha256(f"provider {own_secret()}".encode()).hexdigest(),
        "ROOFTREE_PROVIDER_URL": f"http://localhost:{provider_port}",
        "ROOFTREE_ACCESS_LOG": "false",
        "ROOFTREE_LOG_LEVEL": "warning",
    }
    print("Preparing the database", flush=True)
    if options.reset:
        for file in (HERE / "provider").glob("provider.db*"):
            file.unlink()
        subprocess.run([*ROOFTREE, "db", "reset", "--yes"], cwd=HERE, env=environment, check=True)
    else:
        subprocess.run([*ROOFTREE, "db", "migrate", "--seed"], cwd=HERE, env=environment, check=True)
    own = {**environment, "ROOFTREE_DATABASE": "sqlite:///provider.db"}
    servers = [
        subprocess.Popen([*ROOFTREE, "run", "provider.app", "--port", str(provider_port)], cwd=HERE, env=own),
        subprocess.Popen([*ROOFTREE, "run", "shop.app", "--port", str(port), "-w", "2"], cwd=HERE, env=environment),
    ]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for each in (port, provider_port):
            wait_for(each, servers)
        print(told(port, provider_port, moved=port != options.port), flush=True)
        while all(server.poll() is None for server in servers):
            time.sleep(0.2)
    except KeyboardInterrupt:
        print()
    finally:
        stop(servers)
    return max(server.returncode or 0 for server in servers)


def told(port: int, provider_port: int, *, moved: bool) -> str:
    shop = f"http://localhost:{port}"
    note = "\n  (its usual port is taken)" if moved else ""
    return f"""
  The shop is open:    {shop}{note}
  The staff's side:    {shop}/en/staff
  Its API, described:  {shop}/docs
  The provider's side: http://localhost:{provider_port}

  Sign in as           anna@example.org     a customer, with orders
                       staff@example.org    who looks after the shop
  each with the password  quiet-home-2026

  Ctrl-C ends it.
"""


def free_port(wanted: int) -> int:
    """Return the first port from the wanted one on that nobody listens on."""
    for port in range(wanted, wanted + 50):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    sys.exit(f"No port from {wanted} to {wanted + 49} is free; name another: scripts/demo --port 9000")


def own_secret() -> str:
    """Return the key that this checkout signs with; made when it is first asked for, and kept outside of git."""
    file = HERE / ".secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text().strip()


def wait_for(port: int, servers: list[subprocess.Popen[bytes]]) -> None:
    """Return once a server answers, whatever it says."""
    for _ in range(600):
        if any(server.poll() is not None for server in servers):
            sys.exit("A server has ended; what it said stands above.")
        with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection, suppress(OSError, HTTPException):
            connection.request("GET", "/", headers={"host": f"localhost:{port}"})
            connection.getresponse().read()
            return
        time.sleep(0.1)
    sys.exit(f"Nothing answers on port {port}.")


def stop(servers: list[subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for server in servers:
        with suppress(ProcessLookupError):
            server.send_signal(signal.SIGTERM)
    for server in servers:
        server.wait(40)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the servers were there
        sys.exit(130)
    except subprocess.CalledProcessError as failed:  # has said why
        sys.exit(failed.returncode)

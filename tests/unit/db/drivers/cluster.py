"""A PostgreSQL server of the tests' own, to be stopped and started, and a PgBouncer before it."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.services import need


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def user() -> str | None:
    """The user that servers run as: they refuse to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


class Cluster:
    """A server in a folder, on a port of its own."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.programs = programs
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user."""
        command = [str(self.programs / program), *arguments]
        output = self.folder / "output"
        with output.open("wb") as written:  # not a pipe: the server that pg_ctl leaves behind would keep it open
            done = subprocess.run(
                command,
                user=user(),
                extra_groups=[] if user() else None,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                cwd="/",
                timeout=60,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {output.read_text()[-500:]}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=40"
        self.run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: ``immediate`` is a crash."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    async def restart(self, mode: str, pause: float) -> None:
        """Stop it and start it again, while the loop goes on."""
        await asyncio.to_thread(self.stop, mode)
        await asyncio.sleep(pause)
        await asyncio.to_thread(self.start)


@contextmanager
def running_cluster() -> Generator[Cluster]:
    """Make a server, start it, and stop it at the end."""
    programs = Path(need("postgresql's own programs"))
    # Not in pytest's own folder: every session of pytest closes that one to all users but its own.
    with tempfile.TemporaryDirectory(prefix="rooftree-cluster-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if (owner := user()) is not None:
            shutil.chown(folder, owner)
        cluster = Cluster(folder, programs)
        cluster.start()
        try:
            yield cluster
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                cluster.stop("immediate")


@contextmanager
def running_pgbouncer(cluster: Cluster) -> Generator[str]:
    """Start a PgBouncer that pools transactions before a cluster; yields the URL of its database."""
    program = need("pgbouncer")
    port = free_port()
    users = cluster.folder / "users.txt"
    users.write_text('"postgres" ""\n')
    settings = cluster.folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\npostgres = host=127.0.0.1 port={cluster.port} dbname=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\nauth_file = {users}\n"
        f"pool_mode = transaction\ndefault_pool_size = 2\nunix_socket_dir =\n"
        f"logfile = {cluster.folder}/pgbouncer.log\npidfile = {cluster.folder}/pgbouncer.pid\n"
    )
    for file in (users, settings):
        file.chmod(0o644)
    process = subprocess.Popen(
        [program, str(settings)], user=user(), extra_groups=[] if user() else None, cwd="/", stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres?prepare=false"
    finally:
        process.terminate()
        process.wait(10)


def wait_for_port(port: int) -> None:
    """Wait until something listens."""
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return

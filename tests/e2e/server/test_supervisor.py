"""Supervisor and workers, run as a user runs them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.server.processes import PATIENCE, Running, eventually, running


def fetch(port: int, path: str = "/", method: str = "GET") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path)
        return connection.getresponse().read()
    finally:
        connection.close()


def fetch_until(server: Running, path: str, expected: bytes) -> None:
    got = b""
    for _ in eventually():
        try:
            got = fetch(server.port, path)
        except OSError:
            continue
        if got == expected:
            return
    pytest.fail(f"{path} answers {got!r} and never {expected!r}; the log says:\n{server.log}")


def until(condition: Callable[[], bool], server: Running) -> None:
    for _ in eventually():
        if condition():
            return
    pytest.fail(f"It never came to it; the log says:\n{server.log}")


def workers_of(server: Running) -> set[int]:
    """Ask until the workers do not change; return their process ids."""
    return {int(fetch(server.port, "/pid")) for _ in range(40)}


def test_each_worker_has_its_own_listener_and_serves(tmp_path: Path) -> None:
    with running(tmp_path, '{"port": 0, "workers": 2}') as server:
        for _ in eventually():
            if len(workers_of(server)) == 2:
                break
        assert workers_of(server) == set(server.children())
        assert server.end() == 0


def test_sigterm_lets_a_request_end_and_then_stops(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        begun = tmp_path / "version.slow"
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/slow")
        until(begun.exists, server)
        server.tell(signal.SIGTERM)
        until(lambda: refused(server.port), server)  # nobody waits in a queue for what will not come
        assert server.process.poll() is None
        begun.unlink()  # it may end
        answer = connection.getresponse()
        assert (answer.read(), answer.headers["connection"]) == (b"slow", "close")
        connection.close()
        assert server.process.wait(PATIENCE) == 0


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_worker_that_does_not_end_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, '{"port": 0, "limits": {"shutdown_time": 0.1}}') as server:
        worker = int(fetch(server.port, "/pid"))
        os.kill(worker, signal.SIGSTOP)
        assert server.end() == 0
        assert "did not end in time" in server.log


def test_a_dead_worker_is_restarted_and_the_queue_is_not_lost(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        first = int(fetch(server.port, "/pid"))
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            fetch(server.port, "/die")
        second = int(fetch(server.port, "/pid"))  # connects at once: the listener never closed
        assert first != second
        assert f"Worker {first} ended with 7" in server.log


def test_a_worker_that_dies_while_its_successor_starts_gets_no_second_one(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        first = int(fetch(server.port, "/pid"))
        (tmp_path / "version").unlink()
        os.mkfifo(tmp_path / "version")  # who starts now waits for someone to write
        server.tell(signal.SIGHUP)
        for _ in eventually():
            if len(server.children()) == 2:
                break
        os.kill(first, signal.SIGKILL)
        for _ in eventually():
            if first not in server.children():
                break
        time.sleep(0.3)
        assert len(server.children()) == 1
        (tmp_path / "version").write_text("2")
        fetch_until(server, "/version", b"2")
        assert server.end() == 0


def test_a_crash_loop_backs_off_and_recovers(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        first = int(fetch(server.port, "/pid"))
        (tmp_path / "version.dies").touch()
        os.kill(first, signal.SIGKILL)
        until(lambda: server.log.count("another starts in") >= 3, server)
        assert re.findall(r"another starts in (\S+) s", server.log)[:3] == ["0", "0.5", "1"]
        (tmp_path / "version.dies").unlink()
        fetch_until(server, "/", b"OK")
        assert server.end() == 0


def test_an_application_that_does_not_start_ends_the_supervisor_with_1(tmp_path: Path) -> None:
    (tmp_path / "version.broken").touch()
    with running(tmp_path, '{"port": 0, "workers": 2}') as server:
        assert server.process.wait(PATIENCE) == 1
        assert "RuntimeError: the application is broken" in server.log


def test_sighup_brings_new_code_without_one_failed_request(tmp_path: Path) -> None:
    with running(tmp_path, '{"port": 0, "workers": 2}') as server:
        fetch_until(server, "/version", b"1")
        before = set(server.children())
        counts: Counter[str] = Counter()
        stop = threading.Event()

        def load(keep_alive: bool) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            while not stop.is_set():
                try:
                    connection.request("GET", "/")
                    answer = connection.getresponse()
                    counts["good" if answer.read() == b"OK" else "bad"] += 1
                except (OSError, http.client.HTTPException) as error:
                    counts[repr(error)] += 1
                    connection.close()
                if not keep_alive:
                    connection.close()
                time.sleep(0.002)
            connection.close()

        threads = [threading.Thread(target=load, args=(i % 2 == 0,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for version in ("2", "3", "4"):
            (tmp_path / "version").write_text(version)
            server.tell(signal.SIGHUP)
            for _ in eventually():
                if {fetch(server.port, "/version") for _ in range(20)} == {version.encode()}:
                    break
            else:
                pytest.fail(server.log)
        stop.set()
        for thread in threads:
            thread.join()
        assert set(counts) == {"good"}, counts
        assert counts["good"] > 500
        for _ in eventually():
            if len(server.children()) == 2:
                break
        assert before.isdisjoint(server.children())
        assert server.end() == 0


@pytest.mark.service("wrk")
def test_sighup_under_the_load_of_wrk(tmp_path: Path, wrk: str) -> None:
    with running(tmp_path, '{"port": 0, "workers": 2}') as server:
        fetch_until(server, "/", b"OK")
        load = subprocess.Popen([wrk, "-t1", "-c32", "-d3s", server.url], stdout=subprocess.PIPE, text=True)
        for _ in range(2):
            time.sleep(0.8)
            server.tell(signal.SIGHUP)
        report, _ = load.communicate(timeout=2 * PATIENCE)
        assert "Requests/sec" in report
        assert "Socket errors" not in report
        assert "Non-2xx" not in report


def test_a_successor_that_does_not_start_leaves_the_old_worker(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        first = fetch(server.port, "/pid")
        (tmp_path / "version.broken").touch()
        server.tell(signal.SIGHUP)
        for _ in eventually():
            if "the old one stays" in server.log:
                break
        assert fetch(server.port, "/pid") == first
        (tmp_path / "version.broken").unlink()
        server.tell(signal.SIGHUP)
        for _ in eventually():
            if fetch(server.port, "/pid") != first:
                break
        assert fetch(server.port, "/pid") != first


def test_workers_end_with_their_supervisor(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        worker = int(fetch(server.port, "/pid"))
        server.end(signal.SIGKILL)
        for _ in eventually():
            if not Path(f"/proc/{worker}").exists():
                return
        os.kill(worker, signal.SIGKILL)
        pytest.fail("the worker lives on")


def test_one_process_without_a_supervisor(tmp_path: Path) -> None:
    with running(tmp_path, '{"port": 0, "workers": 0}') as server:
        assert int(fetch(server.port, "/pid")) == server.process.pid
        assert server.end(signal.SIGINT) == 0


# ---- where to listen


def ask_unix(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_unix_socket_survives_replacement_and_is_removed_at_the_end(tmp_path: Path, loop: str) -> None:
    path = tmp_path / "socket"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    options = f'{{"path": "{path}", "workers": 2, "path_mode": 384, "loop": "{loop}"}}'
    with running(tmp_path, options) as server:
        assert server.url == f"unix:{path}"
        assert ask_unix(path).startswith(b"HTTP/1.1 200")
        assert path.stat().st_mode & 0o777 == 0o600
        before = set(server.children())
        server.tell(signal.SIGHUP)
        for _ in eventually():
            if before.isdisjoint(server.children()) and len(server.children()) == 2:
                break
        assert ask_unix(path).startswith(b"HTTP/1.1 200")
        assert server.end() == 0
    assert not path.exists()


def test_an_inherited_socket(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with running(tmp_path, f'{{"fd": {listener.fileno()}, "workers": 2}}', pass_fds=[listener.fileno()]) as server:
            assert server.port == port
            assert fetch(port) == b"OK"


def test_a_socket_of_systemd(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port, fd = listener.getsockname()[1], listener.fileno()
        script = f'exec 3<&{fd}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        with running(tmp_path, "{}", pass_fds=[fd], command=["bash", "-c", script, "bash"]) as server:
            assert server.port == port
            assert fetch(port) == b"OK"


def test_an_address_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for workers in (1, 2):
            with running(tmp_path, f'{{"port": {port}, "workers": {workers}}}') as server:
                assert server.process.wait(PATIENCE) == 1
                assert f"[S361] Nothing can listen on 127.0.0.1:{port}: Address already in use." in server.log

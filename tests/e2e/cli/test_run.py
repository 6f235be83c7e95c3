from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.cli.commands import HELLO, MISTAKES, alive, busy_port, rooftree, serving

SLOW = (
    HELLO
    + """
import asyncio, os

@app.get("/slow")
async def slow() -> str:
    print("slow began", flush=True)
    await asyncio.sleep(0.5)
    return "done"

@app.get("/pid")
async def pid() -> int:
    return os.getpid()

@app.get("/boom")
async def boom() -> None:
    raise ValueError("on purpose")
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SLOW, encoding="utf-8")
    return tmp_path


def logged(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def test_it_serves_with_workers_and_an_access_log_and_drains_on_sigterm(folder: Path) -> None:
    with serving(folder, "run", "--port", "0", "--workers", "2") as served:
        assert served.get().text == "one"
        assert len({served.get("/pid").text for _ in range(40)}) == 2
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(served.get("/slow").text))
        asking.start()
        served.wait_for("slow began")
        children = served.children()
        assert served.end() == 0
        asking.join()
        assert answers == ["done"]
        assert not any(map(alive, children))
    lines = [line for line in logged(served.output) if line["logger"] == "rooftree.access"]
    slow = [line for line in lines if "/slow" in line["message"]]
    assert len(slow) == 1
    assert slow[0]["message"].startswith("GET /slow 200 ")
    assert slow[0]["request_id"]


def test_sigint_ends_it_too_without_a_traceback(folder: Path) -> None:
    with serving(folder, "run", "--port", "0") as served:
        assert served.get().text == "one"
        served.interrupt()
        assert served.ended() == 0
    assert "Traceback" not in served.output


def test_the_access_log_and_the_level_are_options(folder: Path) -> None:
    with serving(folder, "run", "--port", "0", "--no-access-log") as served:
        assert served.get().text == "one"
        served.end()
        assert "rooftree.access" not in served.output
    with serving(folder, "run", "--port", "0", "--log-level", "error") as served:
        assert served.get("/boom").status_code == 500
        served.end()
    lines = logged(served.output)
    assert [line["level"] for line in lines] == ["error"]
    assert "on purpose" in lines[0]["error"]
    refused = rooftree(folder, "run", "--log-level", "loud")
    assert refused.returncode == 2
    assert "'loud' is not one of" in refused.stderr


def test_errors_show_nothing_of_the_inside(folder: Path) -> None:
    with serving(folder, "run", "--port", "0") as served:
        page = served.page("/boom")
        assert page.status_code == 500
        assert "on purpose" not in page.text
        assert "app.py" not in page.text
        assert page.headers["x-request-id"] in page.text
        served.end()
    errors = [line for line in logged(served.output) if line["level"] == "error"]
    assert [line["request_id"] for line in errors] == [page.headers["x-request-id"]]


@pytest.mark.parametrize("workers", ["0", "1", "3"])
def test_a_mistake_of_start_up_is_said_once_and_ends_it(folder: Path, workers: str) -> None:
    (folder / "app.py").write_text(MISTAKES, encoding="utf-8")
    done = rooftree(folder, "run", "--port", "0", "--workers", workers)
    assert done.returncode == 1
    (line,) = logged(done.stderr)
    assert line["message"].startswith("The application did not start: [R204] ")
    assert "[H103]" in line["message"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("code", "text"),
    [("import no_such_module", "No module named 'no_such_module'"), ("raise SystemExit('enough')", "enough")],
)
def test_a_module_that_cannot_be_imported_is_said_once_with_its_traceback(folder: Path, code: str, text: str) -> None:
    (folder / "app.py").write_text(code, encoding="utf-8")
    done = rooftree(folder, "run", "--port", "0", "--workers", "2")
    assert done.returncode == 1
    (line,) = logged(done.stderr)
    assert text in line["error"]


def test_an_error_of_the_lifespan_ends_it(folder: Path) -> None:
    (folder / "app.py").write_text(
        HELLO + "\n@app.on_startup\ndef connect() -> None:\n    raise OSError('no database')\n", encoding="utf-8"
    )
    done = rooftree(folder, "run", "--port", "0", "--workers", "2")
    assert done.returncode == 1
    assert done.stderr.count("no database") - done.stderr.count("raise OSError('no database')") == 1


def test_others_are_not_served_without_hosts(folder: Path) -> None:
    done = rooftree(folder, "run", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 1
    (line,) = logged(done.stderr)
    assert line["message"] == (
        "The application did not start: [S104] The address 0.0.0.0 is reached from other machines, but no hosts are "
        "set: every request would be refused. Set ROOFTREE_HOSTS to the names of the site, or to '*' where a proxy in "
        "front has checked them."
    )
    with serving(folder, "run", "--host", "0.0.0.0", "--port", "0", ROOFTREE_HOSTS="example.org") as served:
        assert served.get(host="example.org").text == "one"
        assert served.get(host="evil.example").status_code == 400


def test_a_busy_port_and_other_mistakes_of_the_command_line(folder: Path) -> None:
    with busy_port() as port:
        busy = rooftree(folder, "run", "--port", str(port))
    assert busy.returncode == 1
    assert busy.stderr == (
        f"Error: [S361] Nothing can listen on 127.0.0.1:{port}: Address already in use. "
        "Choose another address, or end what uses this one.\n"
    )
    workers = rooftree(folder, "run", "--workers", "many")
    assert workers.returncode == 1
    assert workers.stderr == "Error: [U210] 'many' is no number of workers. Write a number from 0 to 1024, or 'auto'.\n"
    setting = rooftree(folder, "run", "--port", "0", ROOFTREE_THREADS="lots")
    assert setting.returncode == 1
    assert setting.stderr.startswith("Error: [S101] The setting 'threads'")


def test_a_worker_that_dies_is_replaced(folder: Path) -> None:
    with serving(folder, "run", "--port", "0") as served:
        first = int(served.get("/pid").text)
        os.kill(first, signal.SIGKILL)
        served.wait_for("another starts")
        assert int(served.get("/pid").text) != first


def test_a_unix_socket_and_a_trusted_proxy(folder: Path) -> None:
    path = folder / "shop.sock"
    text = HELLO.replace(
        'async def index() -> str:\n    return "one"',
        "async def index(request: Request) -> str:\n    return request.url",
    )
    (folder / "app.py").write_text(text.replace("import App", "import App, Request"), encoding="utf-8")
    with serving(folder, "run", "--uds", str(path), "--trusted-proxy", "unix") as served:
        served.wait_for(f"at unix:{path}")
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            answer = client.get("http://localhost/", headers={"x-forwarded-proto": "https"})
        assert answer.text == "https://localhost/"


def test_start_is_light_and_a_worker_small(folder: Path) -> None:
    with serving(folder, "run", "--port", "0") as served:
        assert served.get().text == "one"
        (worker,) = served.children()
        status = Path(f"/proc/{worker}/status").read_text(encoding="ascii")
        resident = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        assert resident < 40

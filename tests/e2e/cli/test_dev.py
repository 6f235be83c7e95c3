from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.cli.commands import HELLO, alive, busy_port, rooftree, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HELLO, encoding="utf-8")
    return tmp_path


def test_it_prints_the_url_serves_and_reloads_on_a_change(folder: Path) -> None:
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get().text == "one"
        assert "serves app.py for development at" in served.output
        served.write(HELLO.replace("one", "two"))
        took = served.until("two")
        assert took < 10  # about half a second on an idle machine
        assert "changed: app.py" in served.output
        served.write("x = 1", "more.txt")  # of no interest
        served.write("x = 1", "more.toml")
        served.wait_for("changed: more.toml")
        assert "more.txt" not in served.output


def test_requests_wait_while_the_application_is_started_again(folder: Path) -> None:
    slow = "import time\ntime.sleep(0.5)\n" + HELLO
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get().text == "one"
        statuses: list[int] = []
        refused: list[Exception] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                try:
                    statuses.append(served.get().status_code)
                except httpx.ConnectError as error:
                    refused.append(error)
                except httpx.TransportError:  # the connection was taken by the one that ended
                    pass

        asking = threading.Thread(target=ask)
        asking.start()
        served.write(slow.replace("one", "two"))
        served.until("two")
        stop.set()
        asking.join()
        assert not refused
        assert set(statuses) == {200}


def test_the_page_shows_what_keeps_it_from_starting_until_that_is_mended(folder: Path) -> None:
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get().text == "one"
        served.write(HELLO + "\nimport no_such_module\n")
        served.until("No module named", 500)
        page = served.page()
        assert page.status_code == 500
        assert "ModuleNotFoundError" in page.text
        assert "while starting the application" in page.text
        assert "app.py:10" in page.text
        assert "import no_such_module" in page.text

        served.write(HELLO + "\ndef broken(:\n")
        served.until("SyntaxError", 500)
        assert "def broken(:" in served.page().text
        assert "Where to look" in served.page().text

        served.write(HELLO.replace("async def index()", "async def index(where: dict[str, int])"))
        served.until("HandlerError", 500)
        page = served.page()
        assert "What to do:" in page.text
        assert "app.py:6" in page.text
        assert served.get().headers["content-type"] == "application/problem+json"
        assert "[H103]" in served.get().json()["detail"]

        served.write(HELLO + "\n@app.on_startup\ndef connect() -> None:\n    raise OSError('no database')\n")
        served.until("no database", 500)
        assert "connect" in served.page().text

        served.write("import sys\nsys.exit('not today')\n")
        served.until("not today", 500)

        served.write("ROOFTREE_LOG_LEVEL=loud\n", ".env")
        served.write(HELLO)
        served.until("S101", 500)
        (folder / ".env").unlink()

        served.write(HELLO.replace("one", "mended"))
        served.until("mended")
        assert served.page().status_code == 200


def test_an_error_of_a_handler_shows_its_source_and_is_logged_once(folder: Path) -> None:
    broken = HELLO.replace('return "one"', "secret_token = 'hunter2'\n    raise ValueError('broken')")
    (folder / "app.py").write_text(broken, encoding="utf-8")
    with serving(folder, "dev", "--port", "0") as served:
        page = served.page()
        assert page.status_code == 500
        assert "raise ValueError" in page.text
        assert "***" in page.text
        assert page.headers["x-request-id"] in page.text
        served.wait_for("ValueError: broken")
        assert served.output.count("ValueError: broken") == 1
        assert page.headers["x-request-id"] in served.output


@pytest.mark.parametrize("when", ["serving", "importing"])
def test_ctrl_c_ends_it_without_a_traceback(folder: Path, when: str) -> None:
    if when == "importing":
        (folder / "app.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(30)", encoding="utf-8")
    with serving(folder, "dev", "--port", "0") as served:
        if when == "importing":
            served.wait_for("importing")
        else:
            assert served.get().text == "one"
        children = served.children()
        assert children
        served.interrupt()
        assert served.ended() == 0
        assert "Traceback" not in served.output
        assert not any(map(alive, children))


def test_an_open_stream_keeps_neither_a_reload_nor_the_end_waiting(folder: Path) -> None:
    stream = (
        HELLO
        + """
import asyncio
from collections.abc import AsyncIterator

@app.get("/stream")
async def stream() -> AsyncIterator[int]:
    while True:
        yield 1
        await asyncio.sleep(0.01)
"""
    )
    (folder / "app.py").write_text(stream, encoding="utf-8")
    with serving(folder, "dev", "--port", "0") as served:
        with httpx.stream("GET", f"{served.url}/stream", trust_env=False, timeout=20) as answer:
            assert next(answer.iter_lines()) == "1"
            served.write(stream.replace("one", "two"))
            assert served.until("two") < 10
        start = time.monotonic()
        served.interrupt()
        assert served.ended() == 0
        assert time.monotonic() - start < 5


def test_the_serving_process_ends_with_the_one_that_watches(folder: Path) -> None:
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get().text == "one"
        child = served.children()[0]
        served.end(signal.SIGKILL)
        end = time.monotonic() + 10
        while alive(child):
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_without_a_word(folder: Path, number: signal.Signals) -> None:
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get().text == "one"
        child = served.children()[0]
        assert served.end(number) == 0
        assert not alive(child)
        assert "KeyboardInterrupt" not in served.output  # nor a traceback, which names it


def test_without_reload_there_is_one_process(folder: Path) -> None:
    with serving(folder, "dev", "--port", "0", "--no-reload") as served:
        assert served.get().text == "one"
        assert served.children() == []
        served.interrupt()
        assert served.ended() == 0
        assert "Traceback" not in served.output


def test_another_folder_is_watched_when_asked(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    library = tmp_path_factory.mktemp("library")
    (library / "greeting.py").write_text("TEXT = 'from afar'\n", encoding="utf-8")
    text = HELLO.replace('"one"', "TEXT").replace("from rooftree", "from greeting import TEXT\nfrom rooftree", 1)
    (folder / "app.py").write_text(text, encoding="utf-8")
    with serving(folder, "dev", "--port", "0", "--watch", str(library), PYTHONPATH=str(library)) as served:
        assert served.get().text == "from afar"
        (library / "greeting.py").write_text("TEXT = 'nearer'\n", encoding="utf-8")
        served.until("nearer")


def test_a_hidden_folder_above_does_not_hide_the_project(tmp_path: Path) -> None:
    folder = tmp_path / ".projects" / "shop"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(HELLO, encoding="utf-8")
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get().text == "one"
        served.write(HELLO.replace("one", "two"))
        served.until("two")


def test_the_mode_is_development_whatever_the_settings_in_code_say(folder: Path) -> None:
    text = HELLO.replace("import App", "import App, Settings").replace("App()", "App(Settings())")
    (folder / "app.py").write_text(
        text + "\n\n@app.get('/mode')\nasync def mode(settings: Settings) -> str:\n    return settings.mode\n",
        encoding="utf-8",
    )
    with serving(folder, "dev", "--port", "0") as served:
        assert served.get("/mode").text == "development"


def test_a_busy_port_is_told_with_a_remedy(folder: Path) -> None:
    with busy_port() as port:
        done = rooftree(folder, "dev", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: [U209] Port {port} of 127.0.0.1 cannot be listened on: Address already in use. "
        f"Stop what uses it, or choose another: --port {port + 1}.\n"
    )


def test_a_folder_without_an_application(tmp_path: Path) -> None:
    done = rooftree(tmp_path, "dev", "--port", "0")
    assert done.returncode == 1
    assert "[U201]" in done.stderr
    assert "Traceback" not in done.stderr

"""``rooftree shell``: Python with the application started, its models by name, and ``await`` at the prompt."""

from __future__ import annotations

import ast
import asyncio
import code
import inspect
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from importlib import import_module
from types import CodeType
from typing import Any

from rooftree.app import App
from rooftree.cli.find import find_app, load_app

__all__ = ["open_shell"]


def open_shell(target: str | None, command: str | None) -> None:
    """Start the application on a loop of its own thread, and read Python until the end of the input.

    Args:
        target: Names the application.
        command: Is run instead, where it is given.
    """
    app = load_app(find_app(target))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="rooftree-shell", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(app.startup(serving=False), loop).result()
    try:
        with app.current():
            names = names_of(app)
            console = Console(names, loop)
            if command is not None:
                sys.exit(0 if console.run(command) else 1)
            shown = ", ".join(sorted(name for name in names if not name.startswith("_")))
            with suppress(ImportError):
                import_module("readline")  # the prompt then has a history
            console.interact(f"Python {sys.version.split()[0]}, {app!r}\nHere are: {shown}", exitmsg="")
    finally:
        asyncio.run_coroutine_threadsafe(app.shutdown(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def names_of(app: App) -> dict[str, Any]:
    """Return what the prompt knows: the application, and of one with a database its models and what queries need."""
    names: dict[str, Any] = {"app": app, "__name__": "__console__"}
    if app.databases:
        from rooftree import db

        names.update({name: getattr(db, name) for name in ("transaction", "sql", "count", "sum_", "max_", "min_")})
        names.update({model.__name__: model for model in db.known_models()})
    return names


class Console(code.InteractiveConsole):
    """Runs what is typed; what has to be awaited runs on the application's loop.

    Args:
        names: What the code may name.
        loop: The application's loop, which runs in another thread.
    """

    def __init__(self, names: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._names = names
        self._loop = loop
        self._failed = False

    def run(self, text: str) -> bool:
        """Run a whole text; return whether it ended well."""
        self._failed = False
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        try:
            made = compile(text, "<command>", "exec", flags=flags)
        except SyntaxError:
            self.showsyntaxerror("<command>")
            return False
        self.runcode(made)
        return not self._failed

    def runcode(self, code: CodeType) -> None:
        """Run compiled code, and show the error that it ends with."""
        try:
            # top-level code with an await in it is a coroutine function's
            made = eval(code, self._names)  # noqa: S307 - a shell runs what is typed
            if inspect.iscoroutine(made):
                self._wait(made)
        except SystemExit:
            raise
        except BaseException:  # noqa: BLE001 - shown, as every shell does
            self._failed = True
            self.showtraceback()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> None:
        from contextvars import copy_context

        context, done = copy_context(), threading.Event()
        tasks: list[asyncio.Task[Any]] = []

        def begin() -> None:
            task = self._loop.create_task(work, context=context)
            tasks.append(task)
            task.add_done_callback(lambda _: done.set())

        self._loop.call_soon_threadsafe(begin)
        try:
            done.wait()
        except KeyboardInterrupt:
            self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
            done.wait()
            raise
        tasks[0].result()

"""Finds the application that a command is about."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rooftree.base import UsageError

if TYPE_CHECKING:
    from rooftree.app import App

__all__ = ["find_app", "load_app"]

_FILES = ("app.py", "main.py", "application.py", "wsgi.py", "asgi.py")
_NAMES = ("app", "application", "api")
_FACTORIES = ("create_app", "make_app")


def find_app(target: str | None) -> str:
    """Return ``module:name`` or ``path.py:name`` of the application; ``name`` may be empty.

    Looks, in order, at ``target``, ``ROOFTREE_APP``, ``app`` in the table ``[tool.rooftree]`` of ``pyproject.toml``,
    the files ``app.py`` and ``main.py`` here, and a package here with one of them.

    Raises:
        UsageError: U201 where there is none, U217 where there are several.
    """
    named = target or os.environ.get("ROOFTREE_APP") or _from_pyproject()
    if named:
        return named
    from pathlib import Path

    for file in _FILES:
        if Path(file).is_file():
            return file
    packages = sorted(path.parent for path in Path.cwd().glob("*/__init__.py"))
    of_each = (next((package / file for file in _FILES if (package / file).is_file()), None) for package in packages)
    found = [f"{file.parent.name}.{file.stem}" for file in of_each if file is not None]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            "U217",
            f"There are {len(found)} applications in {Path.cwd()}: {', '.join(found)}.",
            f"Name the one that you mean, 'rooftree dev {found[0]}', or set app = {found[0]!r} in the table"
            " [tool.rooftree] of pyproject.toml.",
        )
    raise UsageError(
        "U201",
        f"There is no application in {Path.cwd()}: none of {', '.join(_FILES[:2])}, no package with one of them.",
        "Name it: 'rooftree dev shop.app:app', or 'rooftree dev path/to/file.py'.",
    )


def _from_pyproject() -> str | None:
    if not os.path.isfile("pyproject.toml"):  # noqa: PTH113 - pathlib is loaded where there is one
        return None
    import tomllib
    from pathlib import Path

    try:
        table = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError("U202", f"pyproject.toml is not TOML: {error}.", "Mend that line.") from None
    named = table.get("tool", {}).get("rooftree", {}).get("app")
    return named if isinstance(named, str) else None


def load_app(target: str) -> App:
    """Import the module and return the application in it; a function that makes one is called.

    Raises:
        UsageError: The module does not exist, or holds no application or several.
        Exception: Whatever the module itself raises.
    """
    where, _, name = target.rpartition(":") if ":" in target[2:] else (target, "", "")
    module = _load_file(where) if where.endswith(".py") else _load_module(where)
    return _app_in(module, name, where)


def _load_module(name: str) -> ModuleType:
    here = os.getcwd()  # noqa: PTH109 - as above
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(
                "U203", f"There is no module {name!r} in {here} nor among the installed ones.", "Check its spelling."
            ) from None
        raise


def _load_file(file: str) -> ModuleType:
    from pathlib import Path

    path = Path(file)
    if not path.is_file():
        raise UsageError("U204", f"There is no file {path}.", "Check its spelling.")
    path = path.resolve()
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(".".join(parts))


def _app_in(module: ModuleType, name: str, where: str) -> App:
    from rooftree.app import App  # whoever looks for it alone, as the supervisor of workers does, need not load it

    if name:
        found = getattr(module, name.removesuffix("()"), None)
        if found is None:
            raise UsageError(
                "U205", f"{where} has no {name!r}.", f"It has: {', '.join(_public(module)) or 'nothing public'}."
            )
        return _made(found, f"{where}:{name}")
    for candidate in (*_NAMES, *_FACTORIES):
        if (candidate in _FACTORIES and callable(getattr(module, candidate, None))) or isinstance(
            getattr(module, candidate, None), App
        ):
            return _made(getattr(module, candidate), f"{where}:{candidate}")
    apps = [name for name, value in vars(module).items() if isinstance(value, App)]
    if len(apps) == 1:
        return _made(getattr(module, apps[0]), f"{where}:{apps[0]}")
    if apps:
        raise UsageError(
            "U206", f"{where} holds several applications: {', '.join(apps)}.", f"Name one: '{where}:{apps[0]}'."
        )
    raise UsageError(
        "U207",
        f"{where} holds no application.",
        "Write 'app = App()' there, or a function 'create_app' that returns one.",
    )


def _made(found: Any, what: str) -> App:
    from rooftree.app import App

    value = found() if not isinstance(found, App) and callable(found) and not isinstance(found, type) else found
    if not isinstance(value, App):
        raise UsageError(
            "U208",
            f"{what} is of type {type(value).__name__}, not an App.",
            "Name an App, or a function that returns one.",
        )
    return value


def _public(module: ModuleType) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")][:20]

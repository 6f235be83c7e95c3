"""What import-linter cannot say about the rooms: how one room may reach into another, and how modules may be called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "rooftree"

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def modules(package: Path) -> Iterator[Path]:
    """Every module of a package."""
    yield from sorted(package.rglob("*.py"))


def room_of(module: Path, package: Path) -> str:
    """The room a module is in; the empty string for the root package itself."""
    first = module.relative_to(package).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def public_names(module: Path) -> list[str] | None:
    """What a module lists in ``__all__``; None where it has none."""
    for node in ast.parse(module.read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return [str(name) for name in ast.literal_eval(value)]
            case _:
                continue
    return None


def facade(room: str, package: Path) -> set[str]:
    """The names that other rooms may import from a room: its ``__all__``."""
    inside = package / room / "__init__.py"
    module = inside if inside.exists() else package / f"{room}.py"
    return set(public_names(module) or ()) if module.exists() else set()


def imports(module: Path) -> Iterator[tuple[int, str, str | None]]:
    """Line, module and name of each import: ``from a import b`` on line 1 is ``(1, "a", "b")``."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name, None) for name in names)
            case ast.ImportFrom(module=source, names=names):
                yield from ((node.lineno, source or ".", name.name) for name in names)
            case _:
                continue


def past_facades(package: Path) -> list[str]:
    """Each import that goes past the façade of another room, as ``file:line: what``."""
    found: list[str] = []
    for module in modules(package):
        own = room_of(module, package)
        for line, source, name in imports(module):
            parts = source.split(".")
            if parts[0] == "." or (parts[0] == "rooftree" and len(parts) > 1 and parts[1] == own):
                continue
            if parts[0] != "rooftree" or len(parts) == 1:
                continue
            room = parts[1]
            place = f"{module.relative_to(package.parent)}:{line}"
            if len(parts) > 2:
                found.append(f"{place}: {source} is inside another room; import from rooftree.{room}")
            elif name is not None and name not in facade(room, package):
                found.append(f"{place}: {name} is not in __all__ of rooftree.{room}")
    return found


def unnamed_modules(package: Path) -> list[str]:
    """Each module or folder with a name that says nothing."""
    return [str(path.relative_to(package)) for path in sorted(package.rglob("*")) if path.stem in FORBIDDEN_NAMES]

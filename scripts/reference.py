"""Write the pages of the reference that scripts/docs builds: one for each room, and one with every name of `rooftree`.

They are made of `__all__`, so they are never behind; docs/reference/index.md is the one page there that is written.
"""

import importlib
import inspect
from pathlib import Path
from types import ModuleType

import rooftree

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
COMMANDS = "cli"  # docs/commands.md tells about it


def rooms() -> list[str]:
    """Return the rooms that have public names, in the alphabet's order."""
    found = sorted(path.parent.name for path in (ROOT / "src/rooftree").glob("*/__init__.py"))
    return [room for room in found if room != COMMANDS and importlib.import_module(f"rooftree.{room}").__all__]


def first_sentence(value: object) -> str:
    """Return what a class or function says of itself in its first sentence."""
    if not (inspect.isclass(value) or inspect.isroutine(value)) or not value.__doc__:
        return ""
    paragraph = " ".join(inspect.cleandoc(value.__doc__).split("\n\n")[0].split())
    return paragraph.split(". ")[0].removesuffix(".").replace("|", r"\|").replace("``", "`")


def is_a_module_too(room: str, name: str) -> bool:
    """Return whether a public name of a room is a module of it too, which hides the name from a static look."""
    folder = ROOT / "src/rooftree" / room
    return (folder / f"{name}.py").exists() or (folder / name).is_dir()


def public_classes() -> set[type]:
    """Return every class that a room gives away."""
    modules = [importlib.import_module(f"rooftree.{room}") for room in rooms()]
    return {found for module in modules for name in module.__all__ if inspect.isclass(found := getattr(module, name))}


def members_from_inside(module: ModuleType, public: set[type]) -> list[str]:
    """Return what public classes of a room have from classes that are not public, and so are explained nowhere else."""
    classes = [found for name in module.__all__ if inspect.isclass(found := getattr(module, name))]
    bases = {base for found in classes for base in found.__mro__ if base.__module__.startswith("rooftree.")} - public
    return sorted({name for base in bases for name in vars(base) if not name.startswith("_")})


def room_page(room: str, public: set[type]) -> str:
    """Return a room's page; a name that a module of the room has too is asked for where it is defined."""
    module = importlib.import_module(f"rooftree.{room}")
    hidden = [name for name in module.__all__ if is_a_module_too(room, name)]
    options = "    options: {show_root_heading: true, show_root_full_path: false, show_root_toc_entry: true}\n"
    blocks = [f"::: {getattr(module, name).__module__}.{name}\n{options}" for name in hidden]
    inherited = ", ".join(members_from_inside(module, public))
    members = f"    options: {{inherited_members: [{inherited}]}}\n" if inherited else ""
    return "\n".join([f"# `rooftree.{room}`\n\n::: rooftree.{room}\n{members}", *blocks])


def canonical(room: str, name: str) -> str:
    """Return where the reference explains a name."""
    clashes = is_a_module_too(room.removeprefix("rooftree."), name)
    return f"{getattr(rooftree, name).__module__}.{name}" if clashes else f"{room}.{name}"


def every_name() -> str:
    """Return the page with the names of `rooftree`, each with a link to where it is explained."""
    lines = ["# Every name of `rooftree`", "", "`from rooftree import NAME`", "", "| name | |", "|---|---|"]
    for name in sorted(rooftree.__all__, key=str.casefold):
        room = rooftree._ROOM_OF.get(name)
        text = first_sentence(getattr(rooftree, name)) if room else ""
        lines.append(f"| [`{name}`][{canonical(room, name)}] | {text} |" if room else f"| `{name}` | {text} |")
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write every page that is different from what is there."""
    public = public_classes()
    pages = {room: room_page(room, public) for room in rooms()}
    pages["names"] = every_name()
    for name, text in pages.items():
        page = FOLDER / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    for page in FOLDER.glob("*.md"):
        if page.stem not in {*pages, "index"}:
            page.unlink()


if __name__ == "__main__":
    write()

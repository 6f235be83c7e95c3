"""Steps as the text of a migration file."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rooftree.db.migrations.steps import Indexing, Rebuild, Step

__all__ = ["body_of", "imports_of", "indexing_bodies"]


def body_of(steps: Sequence[Step]) -> str:
    """Write steps as the body of a function."""
    lines: list[str] = []
    for step in steps:
        if isinstance(step, Rebuild):
            lines.append(f"    with rebuild({_word(step.table)}):")
            lines += [textwrap.indent(_call("ddl", (), each.sql), "        ") for each in step.steps]
        else:
            lines.append(textwrap.indent(_call("ddl", (), step.sql), "    "))
    return "\n".join(lines) or "    pass"


def imports_of(*bodies: str) -> str:
    """Return the line that imports what bodies call."""
    names = [
        name
        for name in ("ddl", "drop_index_concurrently", "index_concurrently", "rebuild")
        if any(f"    {name}(" in body or f" {name}(" in body for body in bodies)
    ]
    return f"from rooftree.db.migrations import {', '.join(names)}\n" if names else ""


def indexing_bodies(steps: Sequence[Indexing]) -> tuple[str, str]:
    """Write indexes made while their tables are in use, and back."""
    up: list[str] = []
    down: list[str] = []
    for step in steps:
        schema = (f"schema={_word(step.schema)}",) if step.schema else ()
        statement = step.sql.replace("INDEX ", "INDEX CONCURRENTLY ", 1)
        up.append(textwrap.indent(_call("index_concurrently", (_word(step.name),), statement, *schema), "    "))
        down.append(f"    drop_index_concurrently({', '.join([_word(step.name), *schema])})")
    return "\n".join(up), "\n".join(reversed(down))


def _call(name: str, before: tuple[str, ...], text: str, *after: str) -> str:
    """Write a call that takes SQL; SQL of several lines stands as such, unless a string in it spans lines."""
    several = "\n" in text and all(line.count("'") % 2 == 0 for line in text.split("\n"))
    if not several or "\\" in text or '"""' in text:
        return f"{name}({', '.join([*before, _word(text), *after])})"
    inside = [f"    {each}," for each in before]
    inside.append('    """' + "\n" + textwrap.indent(text, "    ") + "\n" + '    """' + ("," if after else ""))
    inside += [f"    {each}," for each in after]
    return "\n".join([f"{name}(", *inside, ")"])


def _word(text: str) -> str:
    """Write a string with the quotes that need the fewest escapes, as formatters do."""
    if '"' in text or "\\" in text or not text.isprintable():
        return repr(text)
    return f'"{text}"'

"""The JSON Schema (2020-12) of a type."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["describe"]


def describe(type: Any, components: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the JSON Schema of a type; schemas of classes are put into ``components`` and referred to."""
    (schema,), found = msgspec.json.schema_components([type], ref_template="#/components/schemas/{name}")
    if components is not None:
        components.update(found)
    return schema

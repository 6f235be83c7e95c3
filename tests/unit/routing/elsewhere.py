from __future__ import annotations

from rooftree.routing import delete, head, options, patch, put


@put("/other")
@patch("/other")
@delete("/other")
@head("/other")
@options("/other")
def other() -> None: ...

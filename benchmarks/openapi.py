"""The description of an API alone: how long the document of 200 routes takes to make, and to make bytes of.

Runs in Rooftree's environment, each round in a process of its own: what was worked out for one document is not to be
known to the next. CPU time is counted, so that others on the machine matter little.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from types import GenericAlias, new_class
from typing import Annotated, Any

import msgspec

from rooftree import App, Group, NotFound, Query, Schema, Settings
from rooftree.schema import Gt, Len

ROUNDS = 5
GROUPS = 40


class Paging(Schema):
    page: Annotated[int, Gt(0)] = 1
    size: Annotated[int, Gt(0)] = 20


def shape(name: str, base: Any, fields: dict[str, Any]) -> Any:
    """A schema of so many fields."""
    return new_class(name, (base,), {}, lambda body: body.update({"__annotations__": fields, "__module__": __name__}))


def group(number: int) -> Group:
    """Five routes over three classes of their own."""
    name = f"Thing{number}"
    new = shape(f"New{name}", Schema, {"name": Annotated[str, Len(1, 80)], "price": Annotated[Decimal, Gt(0)]})
    out = shape(name, new, {"id": int, "note": str | None})
    page = shape(f"{name}Page", Schema, {"items": GenericAlias(list, (out,)), "total": int})
    made = Group(f"/things{number}", name=f"things{number}")

    async def index(paging: Any, q: str = "") -> Any: ...
    async def create(data: Any) -> Any: ...
    async def show(id: int) -> Any: ...
    async def change(id: int, data: Any) -> Any: ...
    async def remove(id: int) -> None: ...

    index.__annotations__.update({"paging": Annotated[Paging, Query()], "q": str, "return": page})
    create.__annotations__.update({"data": new, "return": out})
    show.__annotations__.update({"id": int, "return": out})
    change.__annotations__.update({"id": int, "data": new, "return": out})
    remove.__annotations__.update({"id": int, "return": None})
    made.get()(index)
    made.post(status=201)(create)
    made.get("/{id}", raises=[NotFound])(show)
    made.put("/{id}", raises=[NotFound])(change)
    made.delete("/{id}", raises=[NotFound])(remove)
    return made


def once() -> dict[str, float]:
    """Build an application of 200 routes, and describe it."""
    app = App(Settings(mode="production"))
    app.include(*map(group, range(GROUPS)))
    begun = time.process_time()
    count = len(app.built.endpoints)
    compiled = time.process_time()
    document = app.description.document
    made = time.process_time()
    content = msgspec.json.encode(document)
    done = time.process_time()
    if count != 5 * GROUPS or sum(map(len, document["paths"].values())) != count:
        raise SystemExit("The document does not have every route.")
    return {
        "compile ms": (compiled - begun) * 1000,
        "document ms": (made - compiled) * 1000,
        "bytes ms": (done - made) * 1000,
        "kB": len(content) / 1000,
    }


def main() -> None:
    if sys.argv[1:] == ["once"]:
        print(json.dumps(once()))
        return
    command = [sys.executable, "-m", "benchmarks.openapi", "once"]
    rounds = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout)
        for _ in range(ROUNDS)
    ]
    best = {name: round(statistics.median(each[name] for each in rounds), 1) for name in rounds[0]}
    print(json.dumps({f"{5 * GROUPS} routes": best}))


if __name__ == "__main__":
    main()

from __future__ import annotations

from typing import Annotated

from rooftree import Ge, Group, Le, NotFound, Response
from shop.drawings.draw import draw

routes = Group("/drawings", name="drawings")


@routes.get("/{kind}/{colour}/{variant:int}.svg", name="one", hidden=True)
async def drawing(kind: str, colour: str, variant: Annotated[int, Ge(0), Le(999)]) -> Response:
    try:
        picture = draw(kind, colour, variant)
    except KeyError:
        raise NotFound from None
    return Response(
        picture, media_type="image/svg+xml", headers={"cache-control": "public, max-age=31536000, immutable"}
    )

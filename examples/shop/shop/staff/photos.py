from __future__ import annotations

from uuid import uuid4

from rooftree import Upload
from rooftree.security import check_image
from shop.settings import PHOTOS


async def keep_photo(upload: Upload) -> str:
    """Keep a photo under a name that nobody chose, and return that name."""
    info = await check_image(upload)
    await upload.seek(0)
    name = f"{uuid4().hex}.{info.type.partition('/')[2]}"
    await upload.save(PHOTOS / name)
    return name

"""What stands around handlers: ``async def middleware(request, call_next) -> Response``, made with typed options."""

from typing import TYPE_CHECKING

from rooftree.app.middleware.hosts import AllowedHosts
from rooftree.app.middleware.limits import BodyLimit, TimeLimit
from rooftree.base import later

if TYPE_CHECKING:
    from rooftree.app.middleware.compression import Compression, CompressionOptions
    from rooftree.app.middleware.cors import CORS, CORSOptions

__all__ = [
    "CORS",
    "AllowedHosts",
    "BodyLimit",
    "CORSOptions",
    "Compression",
    "CompressionOptions",
    "TimeLimit",
]

if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "CORS": "cors",
            "CORSOptions": "cors",
            "Compression": "compression",
            "CompressionOptions": "compression",
        },
    )

"""What stands around handlers: ``async def middleware(request, call_next) -> Response``, made with typed options."""

from rooftree.app.middleware.compression import Compression, CompressionOptions
from rooftree.app.middleware.cors import CORS, CORSOptions
from rooftree.app.middleware.hosts import AllowedHosts
from rooftree.app.middleware.limits import BodyLimit, TimeLimit

__all__ = [
    "CORS",
    "AllowedHosts",
    "BodyLimit",
    "CORSOptions",
    "Compression",
    "CompressionOptions",
    "TimeLimit",
]

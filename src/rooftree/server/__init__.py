"""The HTTP server: connections, workers, and the supervisor of workers."""

from typing import TYPE_CHECKING

from rooftree.base import later
from rooftree.server.options import ServeOptions
from rooftree.server.serve import serve
from rooftree.server.types import Application

if TYPE_CHECKING:
    from rooftree.server.server import Server

__all__ = ["Application", "ServeOptions", "Server", "serve"]

# the supervisor of workers serves nothing itself
if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(__name__, {"Server": "server"})

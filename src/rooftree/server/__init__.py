"""The HTTP server: connections, workers, and the supervisor of workers."""

from rooftree.server.options import ServeOptions
from rooftree.server.serve import serve
from rooftree.server.server import Server
from rooftree.server.types import Application

__all__ = ["Application", "ServeOptions", "Server", "serve"]

"""The application: the wiring of everything below it."""

from rooftree.app.app import App, Plugin
from rooftree.app.checks import Check, Finding, mistakes_in
from rooftree.app.failure import Failure, debug_answer
from rooftree.app.logs import configure_logging
from rooftree.app.middleware import CORS, BodyLimit, Compression, CompressionOptions, CORSOptions, TimeLimit
from rooftree.app.pipeline import Endpoint

__all__ = [
    "CORS",
    "App",
    "BodyLimit",
    "CORSOptions",
    "Check",
    "Compression",
    "CompressionOptions",
    "Endpoint",
    "Failure",
    "Finding",
    "Plugin",
    "TimeLimit",
    "configure_logging",
    "debug_answer",
    "mistakes_in",
]

"""The application: the wiring of everything below it."""

from typing import TYPE_CHECKING

from rooftree.base import later

if TYPE_CHECKING:
    from rooftree.app.app import App, Plugin
    from rooftree.app.checks import Check, Finding, mistakes_in
    from rooftree.app.databases import migrations_folder
    from rooftree.app.failure import Failure, debug_answer
    from rooftree.app.languages import Languages
    from rooftree.app.logs import configure_logging
    from rooftree.app.middleware import (
        CORS,
        BodyLimit,
        Compression,
        CompressionOptions,
        CORSOptions,
        TimeLimit,
    )
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
    "Languages",
    "Plugin",
    "TimeLimit",
    "configure_logging",
    "debug_answer",
    "migrations_folder",
    "mistakes_in",
]

if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "App": "app",
            "BodyLimit": "middleware",
            "CORS": "middleware",
            "CORSOptions": "middleware",
            "Compression": "middleware",
            "CompressionOptions": "middleware",
            "Check": "checks",
            "Endpoint": "pipeline",
            "Failure": "failure",
            "Finding": "checks",
            "Languages": "languages",  # which loads the room of languages
            "Plugin": "app",
            "TimeLimit": "middleware",
            "configure_logging": "logs",  # which the supervisor of workers asks for alone
            "debug_answer": "failure",
            "migrations_folder": "databases",
            "mistakes_in": "checks",
        },
    )

"""The ``rooftree`` command."""

from rooftree.cli.main import main

__all__ = ["main"]

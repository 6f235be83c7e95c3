"""The ``rooftree`` command."""

from rooftree.cli.start import main

__all__ = ["main"]

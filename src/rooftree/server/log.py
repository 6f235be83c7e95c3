"""Where the server says what happens to it: ``rooftree.server`` of the standard library's loggers."""

from __future__ import annotations

import logging
from typing import Final

__all__ = ["logger"]

logger: Final = logging.getLogger("rooftree.server")

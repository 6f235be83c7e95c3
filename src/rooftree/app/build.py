"""From what was declared to what runs: every route checked, every plan compiled, before the first request."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from rooftree.app.failure import Door
from rooftree.app.middleware.hosts import HostCheck, local_names
from rooftree.app.middleware.security import security_lines
from rooftree.app.pipeline import Endpoint, compose, logged
from rooftree.base import HTTPError, NotFound
from rooftree.binding import Providers, compile_plan, inspect_handler
from rooftree.http import SWITCHED, Request, Response
from rooftree.routing import Miss, Reverser, RouteInfo, Router, flatten

if TYPE_CHECKING:
    from rooftree.app.app import App

__all__ = ["Built", "build"]

"""How many descriptors a process may have: each connection takes one, and so do the files and databases behind it."""

from __future__ import annotations

from typing import Final

import msgspec

from rooftree.base import Limits
from rooftree.server.log import logger

__all__ = ["within_descriptors"]

SPARE: Final = 1024
"""Descriptors that connections leave to what answers them, and who is turned away; half of all where there are few."""


def within_descriptors(limits: Limits) -> Limits:
    """Raise the soft limit of this process as far as its connections need, and return limits that can be kept.

    A soft limit is low for the sake of programs that call ``select()``, and usually 1,024, the hard one far above it
    (``RLIMIT_NOFILE``). Where that is too low as well, fewer connections are taken, and the log says so: who holds
    connections must not keep the others' requests from opening a file.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return limits
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + SPARE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return limits
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # a system that allows less than it says
        allowed = soft
    connections = min(limits.connections, allowed - min(SPARE, allowed // 2))
    if connections < limits.connections:
        logger.warning(
            "Of %s connections %s are taken at most: this process may have %s descriptors (ulimit -n, LimitNOFILE=)",
            limits.connections,
            connections,
            allowed,
        )
    return msgspec.structs.replace(limits, connections=connections)

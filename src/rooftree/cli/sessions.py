"""Sessions that have ended, taken out of the store."""

from __future__ import annotations

import asyncio

from rooftree.cli.find import find_app, load_app

__all__ = ["clean_sessions"]


def clean_sessions(target: str | None) -> int:
    """Take ended sessions, and whatever else has expired in their store, out of it; return how many there were."""
    app = load_app(find_app(target))

    async def clean() -> int:
        if not app.databases:
            return await app.sessions.clean()
        try:
            await app.databases.open()
            return await app.sessions.clean()
        finally:
            await app.databases.close()

    return asyncio.run(clean())

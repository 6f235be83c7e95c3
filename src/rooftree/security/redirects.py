"""Where to go on after a form: an address from the request that cannot leave the site."""

from __future__ import annotations

from urllib.parse import urlsplit

from rooftree.http import Request, is_local

__all__ = ["safe_next"]

MOST = 2048  # characters of an address that is followed


def safe_next(request: Request, default: str = "/", *, name: str = "next") -> str:
    """Return where a visitor wanted to go, as ``?next=/orders`` or a field of a form that was read says it.

    What another site's address is, or could be taken for one by any browser, becomes the default.

    >>> return Redirect(safe_next(request, "/orders"))

    Args:
        request: The request.
        default: Where to go without it.
        name: What the parameter is called.
    """
    given = request.query.get(name)
    target = given[0] if given else ""
    if not target and request.form_data is not None:
        target = request.form_data.get(name) or ""
    if not target or len(target) > MOST:
        return default
    if target.startswith(f"{request.scheme}://{request.host}/"):
        target = target.removeprefix(f"{request.scheme}://{request.host}")
    if not target.startswith("/") or not is_local(target) or urlsplit(target).netloc:
        return default
    return target

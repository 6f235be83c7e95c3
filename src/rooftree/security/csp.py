"""Content-Security-Policy (CSP Level 3): what a page may load and run, so that markup which slipped in runs nothing."""

from __future__ import annotations

import logging
import os
import re
import time
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from rooftree.base import SecurityOptions, UsageError
from rooftree.http import Request

__all__ = ["DEFAULT", "REPORT_PATH", "ContentPolicy", "Policies", "log_reports", "nonce"]

REPORT_PATH: Final = "/_rooftree/csp"
DEFAULT: Final[Mapping[str, tuple[str, ...]]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:", "blob:"),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}
_STATE: Final = "rooftree.csp"
_NONCE: Final = "rooftree.nonce"
_DIRECTIVE: Final = "[a-z][a-z-]*"
_SOURCE: Final = r"[!-+\--:<-~]+"  # visible ASCII without ',' and ';', which would begin something else
_WITH_NONCE: Final = ("script-src", "style-src")

_log = logging.getLogger("rooftree.security")


def nonce(request: Request) -> str:
    """Return the nonce of this answer: ``<script nonce="{{ nonce }}">`` runs, and what has slipped in does not.

    The policy of the answer names it from then on.
    """
    found: str | None = request.state.get(_NONCE)
    if found is None:
        found = request.state[_NONCE] = b2a_base64(os.urandom(15), newline=False).decode("ascii")
    return found


class ContentPolicy:
    """The policy of one answer, changed by the handler that names it.

    >>> @app.get("/film")
    ... async def film(csp: ContentPolicy) -> Page:
    ...     csp.allow("frame-src", "https://www.youtube-nocookie.com")
    ...     return render("film.html")

    Attributes:
        directives: The sources by directive, as they will be sent; nonces come on top.
        report_only: Only tell of what would be stopped.
        off: Send no policy with this answer.
    """

    __slots__ = ("directives", "off", "report_only")

    def __init__(self, directives: Mapping[str, tuple[str, ...]], *, report_only: bool = False) -> None:
        self.directives: dict[str, tuple[str, ...]] = dict(directives)
        self.report_only = report_only
        self.off = False

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Return what hands a handler the policy of its answer."""
        del name, type, optional
        return _of_request

    @classmethod
    def of(cls, request: Request) -> ContentPolicy:
        """Return the policy of a request's answer, for code that no parameter reaches."""
        found: ContentPolicy | None = request.state.get(_STATE)
        if found is None:
            base: Policies = request.app.built.policies
            found = request.state[_STATE] = ContentPolicy(base.directives, report_only=base.report_only)
        return found

    def allow(self, directive: str, *sources: str) -> None:
        """Add sources to a directive: ``allow("img-src", "https://images.example.org")``.

        One that was not named before begins with what ``default-src`` has.

        Raises:
            UsageError: U611 for what is no directive or no source.
        """
        known = self.directives.get(directive)
        if known is None:
            known = self.directives.get("default-src", ()) if directive.endswith("-src") else ()
        kept = tuple(source for source in known if source != "'none'")
        self.set(directive, *dict.fromkeys((*kept, *sources)))

    def set(self, directive: str, *sources: str) -> None:
        """Let a directive have these sources and no others; without any it is sent by its name alone.

        Raises:
            UsageError: U611 for what is no directive or no source.
        """
        _check(directive, sources)
        self.directives[directive] = sources

    def remove(self, directive: str) -> None:
        """Take a directive out: ``default-src`` decides for it, where it is one of those."""
        self.directives.pop(directive, None)


def _of_request(request: Request) -> ContentPolicy:
    return ContentPolicy.of(request)


def _check(directive: str, sources: tuple[str, ...]) -> None:
    if not re.fullmatch(_DIRECTIVE, directive):
        raise UsageError(
            "U611",
            f"{directive!r} is no directive of a Content-Security-Policy.",
            "Write one of the standard's names: 'img-src', 'frame-src', ...",
        )
    for source in sources:
        if not re.fullmatch(_SOURCE, source):
            raise UsageError(
                "U611",
                f"{source!r} is no source of '{directive}': it has a character that would end it.",
                "Write one source in each argument: 'https://images.example.org', \"'self'\".",
            )


class Policies:
    """The policy of all pages of an application, and the header lines of each answer.

    Args:
        options: The setting ``security``.

    Attributes:
        directives: The sources by directive.
        report_only: Only tell of what would be stopped.

    Raises:
        UsageError: U611 for what is no directive or no source.
    """

    def __init__(self, options: SecurityOptions) -> None:
        self.directives: Final[dict[str, tuple[str, ...]]] = dict(DEFAULT)
        if options.frames == "sameorigin":
            self.directives["frame-ancestors"] = ("'self'",)
        elif options.frames is None:
            del self.directives["frame-ancestors"]
        for directive, sources in options.csp.items():
            _check(directive, sources)
            self.directives[directive] = sources
            if not sources:
                del self.directives[directive]
        self.report_only: Final = options.csp_mode == "report"
        self._off = options.csp_mode == "off"
        # report-uri, which every browser obeys at once: where report-to stands too, Chromium sends minutes later
        self._report = f"; report-uri {REPORT_PATH}" if options.csp_report else ""
        self.plain: Final = b"" if self._off else self._lines(self.directives, self.report_only, "")
        """The lines of a page that asked for nothing."""

    def lines_for(self, request: Request) -> bytes:
        """Return the header lines of the page that answers a request."""
        state = request.state
        policy: ContentPolicy | None = state.get(_STATE)
        used: str | None = state.get(_NONCE)
        if policy is None:
            if used is None or self._off:
                return self.plain
            return self._lines(self.directives, self.report_only, used)
        if policy.off or self._off:
            return b""
        return self._lines(policy.directives, policy.report_only, used or "")

    def _lines(self, directives: Mapping[str, tuple[str, ...]], report_only: bool, used: str) -> bytes:
        parts: list[str] = []
        for directive, sources in directives.items():
            own = f" 'nonce-{used}'" if used and directive in _WITH_NONCE and sources != ("'none'",) else ""
            parts.append(f"{directive} {' '.join(sources)}{own}".rstrip())
        name = "content-security-policy-report-only" if report_only else "content-security-policy"
        return f"{name}: {'; '.join(parts)}{self._report}\r\n".encode("ascii")


# ---- reports


class Reports:
    """Logs what browsers report, a bounded part of it: anyone can send anything here.

    Args:
        most: Lines in a minute; those above it are counted.
    """

    def __init__(self, most: int = 60) -> None:
        self._most = most
        self._minute = 0
        self._count = 0

    def log(self, body: bytes) -> int:
        """Log the violations in the body of a report and return how many there were."""
        found = list(_violations(body))
        for violation in found:
            minute = int(time.monotonic() // 60)
            if minute != self._minute:
                if self._count > self._most:
                    _log.warning("%d more reports of CSP violations were not logged", self._count - self._most)
                self._minute, self._count = minute, 0
            self._count += 1
            if self._count <= self._most:
                _log.warning("A page violated its Content-Security-Policy: %s", violation)
        return len(found)


_reports: Final = Reports()


def log_reports(body: bytes) -> int:
    """Log the violations that a browser reports, at most 60 lines in a minute, and return how many it reports."""
    return _reports.log(body)


def _violations(body: bytes) -> list[str]:
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    found: list[str] = []
    reports = cast("list[object]", data[:20] if isinstance(data, list) else [data])
    for report in reports:
        parts = cast("dict[str, Any]", report) if isinstance(report, dict) else {}
        details: Any = parts.get("body") or parts.get("csp-report")
        if isinstance(details, dict):
            found.append(_described(cast("dict[str, Any]", details)))
    return found


def _described(details: dict[str, Any]) -> str:
    """Return a line about a violation: what, by which directive, where; nothing of it can begin a line of its own."""
    names = (
        ("effectiveDirective", "effective-directive"), ("blockedURL", "blocked-uri"), ("documentURL", "document-uri"),
        ("sourceFile", "source-file"), ("lineNumber", "line-number"), ("sample", "script-sample"),
    )  # fmt: skip
    parts: list[str] = []
    for new, old in names:
        value = details.get(new, details.get(old))
        if isinstance(value, str | int) and value != "":
            text = str(value)
            if "://" in text:  # what stands in a query string is nobody's to log
                text = text.partition("?")[0].partition("#")[0]
            parts.append(f"{old}={text[:200]!a}")
    return " ".join(parts)

"""A real browser before a real server: Chromium without a window, driven by playwright; axe judges accessibility.

- ``serve(app)`` serves an application on a thread until the end of the test and returns its URL.
- ``visitor`` is a person with a fresh browser: no cookies, JavaScript on, a desktop's window, light colours.
- ``visitors(javascript=False, phone=True, dark=True, locale="ar")`` makes others.

At the end of a test each visitor's console must be clean: an error there, an uncaught exception or a violation of the
content security policy fails the test, unless it was taken out of ``visitor.problems`` first.

Tests here are plain functions: playwright's loop stands in the thread of the tests while one runs, which is why each
file of tests has a browser of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from importlib.resources import files
from typing import Any, Final, Protocol, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

from rooftree import App
from tests.e2e.served import Served

ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-extensions", "--disable-sync", "--no-first-run",
)  # fmt: skip
DESKTOP: Final = (1280, 800)
PHONE: Final = (390, 844)
PATIENCE: Final = 10_000  # milliseconds that anything in the browser may take
AA: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


class Visitor:
    """One person with a browser of their own: cookies and storage are shared with nobody.

    Attributes:
        context: The browser's profile; ``context.new_page()`` opens another tab, which is watched too.
        page: The first tab.
        problems: What the console complained about, with the URL of the page.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("page", self._watch)
        self.page: Page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self._note_error(page, error))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            url = message.location.get("url") or (message.page.url if message.page is not None else "")
            self.problems.append(f"{message.type}: {message.text} ({url})")

    def _note_error(self, page: Page, error: Error) -> None:
        self.problems.append(f"exception: {error} ({page.url})")

    def audit(self, page: Page | None = None, *, passing: Collection[str] = ()) -> None:
        """Fail where axe finds something on a page at levels A and AA of WCAG 2.2, or bad practice.

        Args:
            page: Which, where it is not the first one.
            passing: Rules that are not looked at: what is not ours.
        """
        page = page or self.page
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        # one frame alone: the others would have to be given the script too
        result: Any = page.evaluate(
            "(tags) => axe.run(document, {runOnly: tags, iframes: false, resultTypes: ['violations']})", list(AA)
        )
        found = [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:200]}"
            for violation in cast("list[dict[str, Any]]", result["violations"])
            if violation["id"] not in passing
            for node in cast("list[dict[str, Any]]", violation["nodes"])
        ]
        if found:
            pytest.fail(f"axe finds on {page.url}:\n" + "\n".join(found), pytrace=False)


class Visitors(Protocol):
    """Makes visitors."""

    def __call__(
        self, *, javascript: bool = True, phone: bool = False, dark: bool = False, locale: str = "en-GB"
    ) -> Visitor: ...


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium; one for each file of tests."""
    environment: dict[str, str | float | bool] = {**os.environ, "NODE_OPTIONS": "--no-deprecation"}
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=list(ARGUMENTS), env=environment, timeout=3 * PATIENCE
        )
        yield running
        running.close()


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Visitors]:
    """Makes visitors, who leave at the end of the test with a clean console each."""
    made: list[Visitor] = []

    def visit(*, javascript: bool = True, phone: bool = False, dark: bool = False, locale: str = "en-GB") -> Visitor:
        width, height = PHONE if phone else DESKTOP
        context = browser.new_context(
            java_script_enabled=javascript,
            viewport={"width": width, "height": height},
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            locale=locale,
        )
        made.append(Visitor(context))
        return made[-1]

    yield visit
    problems = [problem for visitor in made for problem in visitor.problems]
    for visitor in made:
        visitor.context.close()
    if problems:
        pytest.fail("The browser's console says:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    """A person at a desktop, with JavaScript."""
    return visitors()


@pytest.fixture
def serve() -> Iterator[Callable[[App], str]]:
    """Serves applications on 127.0.0.1, each on a port of its own, until the end of the test; returns the URL."""
    with ExitStack() as stack:

        def start(app: App) -> str:
            served = Served(app)
            stack.callback(served.stop)
            return served.start()

        yield start

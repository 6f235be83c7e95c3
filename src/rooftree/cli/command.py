"""What commands have in common: where mistakes end, how help looks, how the application is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from rooftree.base import RooftreeError
from rooftree.cli.mistakes import from_their_code, text_of

__all__ = ["CONTEXT", "Commands", "app_argument", "app_option", "examples"]

CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def examples(*lines: str) -> str:
    """Return the end of a command's help; click keeps the lines of a paragraph that begins with a backspace."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


class Commands(click.Group):
    """A group of commands that answers a mistake with its text, and other errors from the application's own line on."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RooftreeError as error:
            raise click.ClickException(text_of(error)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            theirs = from_their_code(error.__traceback__)
            if theirs is None and not isinstance(error, SyntaxError):
                raise
            import traceback

            traceback.print_exception(error.with_traceback(theirs))
            ctx.exit(1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and say of one that other frameworks have what it is called here."""
        if self.get_command(ctx, args[0]) is None:
            from rooftree.cli.habits import ELSEWHERE

            groups = "" if ctx.parent is None else f"{ctx.info_name} "
            if (here := ELSEWHERE.get(f"{groups}{args[0]}")) is not None:
                ctx.fail(f"No such command '{args[0]}'. Write: {here}")
        return super().resolve_command(ctx, args)


def app_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument that names the application."""
    return click.argument("app", required=False, metavar="[APP]")(function)


def app_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that names the application, for commands whose arguments are others."""
    return click.option("--app", "-a", metavar="APP", help="The application: shop.app, shop/app.py, shop.app:make.")(
        function
    )

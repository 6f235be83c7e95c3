"""The pages to sign in and out; plain forms, which work without JavaScript. Programs may send JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from rooftree.auth.core import AccountsCore
from rooftree.auth.events import SignInRefused
from rooftree.auth.throttle import TooManyAttempts
from rooftree.base import HTTPError
from rooftree.forms import EmailInput, PasswordInput, SchemaForm, field
from rooftree.http import FormLimits, LazyResponse, Redirect, Request, Response
from rooftree.i18n import Text, _, current_locale, ngettext
from rooftree.schema import Len, Schema
from rooftree.security import safe_next

__all__ = ["Credentials", "SignInForm", "add_pages"]

MAX_BODY: Final = 16 * 1024


class Credentials(Schema):
    """What signs somebody in."""

    email: Annotated[str, Len(1, 320), EmailInput()]
    password: Annotated[str, Len(1, 4096), PasswordInput()]


class SignInForm(SchemaForm[Credentials], id="sign-in", submit=_("Sign in"), live=False, limits=FormLimits()):
    """The form to sign in."""

    email = field(label=_("E-mail"), autocomplete="username")
    password = field(label=_("Password"), autocomplete="current-password")


def add_pages(accounts: AccountsCore[Any], app: Any) -> None:
    """Declare the pages that the accounts were given paths for."""
    if accounts.sign_in_path is not None:
        options: dict[str, Any] = {"name": "accounts.sign_in", "hidden": True, "csrf": "always", "max_body": MAX_BODY}
        app.form(accounts.sign_in_path, **options)(_sign_in_page(accounts))
    if accounts.sign_out_path is not None:
        options = {"name": "accounts.sign_out", "hidden": True, "max_body": MAX_BODY}
        app.form(accounts.sign_out_path, **options)(_sign_out_page(accounts))


def _sign_in_page(accounts: AccountsCore[Any]) -> Any:
    async def sign_in(request: Request, form: SignInForm) -> LazyResponse | Response:
        """Sign in."""
        if request.method == "POST" and request.content_type == "application/json":
            return await _sign_in_by_json(accounts, request)
        if not form.submitted and await accounts.user(request) is not None:
            return Redirect(safe_next(request, _home(accounts, request)))
        status = 200
        headers: dict[str, str] = {}
        if data := await form.validate():
            try:
                user = await accounts.authenticate(request, data.email, data.password)
            except SignInRefused:
                form.error(None, _("The e-mail address and the password do not fit."))
            except TooManyAttempts as refused:
                form.error(None, _later(refused.seconds))
                status, headers = refused.status, {"retry-after": str(refused.seconds)}
            else:
                await accounts.sign_in(request, user, how="password")
                return Redirect(safe_next(request, _home(accounts, request)))
        return _page("accounts/sign_in.html", request, accounts, status, headers, form=form)

    return sign_in


async def _sign_in_by_json(accounts: AccountsCore[Any], request: Request) -> Response:
    try:
        given = msgspec.json.decode(await request.body(), type=Credentials)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HTTPError(400, 'Send {"email": "...", "password": "..."}.') from None
    user = await accounts.authenticate(request, given.email, given.password)
    await accounts.sign_in(request, user, how="password")
    return Response(b"", 204, None)


def _sign_out_page(accounts: AccountsCore[Any]) -> Any:
    async def sign_out(request: Request) -> LazyResponse:
        """Sign out: GET asks, so that no link or image of another site does it."""
        if request.method == "POST":
            everywhere = bool(request.content_type) and (await request.form()).get("everywhere") is not None
            await accounts.sign_out(request, everywhere=everywhere)
            return Redirect(safe_next(request, _home(accounts, request)))
        user = await accounts.user(request)
        if user is None:
            return Redirect(_home(accounts, request))
        return _page("accounts/sign_out.html", request, accounts, 200, {}, person=user)

    return sign_out


def _home(accounts: AccountsCore[Any], request: Request) -> str:
    """Return where people go on where nothing else was asked for, in the language of the address."""
    languages, locale = request.app.languages, current_locale()
    return accounts.after if languages is None or locale is None else languages.address(accounts.after, locale.tag)


def _later(seconds: int) -> Text:
    minutes = max(1, round(seconds / 60))
    return ngettext(
        "Too many attempts. Try again in a minute.", "Too many attempts. Try again in %(count)d minutes.", minutes
    )


def _page(
    template: str, request: Request, accounts: AccountsCore[Any], status: int, headers: dict[str, str], **context: Any
) -> LazyResponse:
    from rooftree.templates import Page

    where = safe_next(request, "")
    headers = {"cache-control": "no-store", **headers}
    return Page(template, {**context, "accounts": accounts, "next": where}, status, headers)

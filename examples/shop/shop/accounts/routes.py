"""Signing up; the pages to sign in and out are the framework's, with templates of the shop's own."""

from __future__ import annotations

from typing import Annotated

from rooftree import (
    Group,
    Len,
    Page,
    Redirect,
    Request,
    Schema,
    SchemaForm,
    UniqueError,
    _,
    field,
    redirect,
    render,
)
from rooftree.auth import PasswordRefused
from rooftree.forms import EmailInput, PasswordInput
from rooftree.security import safe_next
from shop.accounts.models import accounts

routes = Group(name="customers")


class NewCustomer(Schema):
    name: Annotated[str, Len(1, 80)]
    email: Annotated[str, Len(1, 254), EmailInput()]
    password: Annotated[str, Len(1, 200), PasswordInput()]


class SignUpForm(SchemaForm[NewCustomer], submit=_("Create account"), honeypot=True, live=False):
    name = field(label=_("Your name"), autocomplete="name")
    email = field(label=_("E-mail"), autocomplete="email")
    password = field(label=_("Password"), autocomplete="new-password", help=_("Ten characters or more."))


@routes.form("/sign-up", name="sign_up", csrf="always", limit="20/hour")
async def sign_up(form: SignUpForm, request: Request) -> Page | Redirect:
    if data := await form.validate():
        try:
            user = await accounts.create(email=data.email, password=data.password, name=data.name)
        except UniqueError:
            form.error("email", _("There is an account with this address already. Sign in with it."))
        except PasswordRefused as refused:
            form.error("password", str(refused.detail))
        else:
            await accounts.sign_in(request, user)
            return Redirect(safe_next(request, "")) if safe_next(request, "") else redirect("home.index")
    return render("accounts/sign_up.html", form=form, next=safe_next(request, ""))

from __future__ import annotations

from typing import Annotated, Literal

from rooftree import App, Html, Len, Page, Redirect, Schema, SchemaForm, Secret, Settings, field, render, rule
from rooftree.forms import EmailInput, Textarea
from rooftree.i18n import Text, _

app = App(Settings(mode="development", secret_key=Secret("only for this example, with 32 characters")))
blocked = {"spam@example.org"}


class Line(Schema):
    what: Annotated[str, Len(1, 40)]
    count: int = 1


class Inquiry(Schema):
    name: Annotated[str, Len(1, 80)]
    email: Annotated[str, EmailInput()]
    message: Annotated[str, Len(10, 2000)]
    kind: Literal["person", "company"] = "person"
    company: str | None = None
    lines: list[Line] = []


class ContactForm(SchemaForm[Inquiry], submit=_("Send"), honeypot=True, wait=2):
    name = field(autocomplete="name")
    email = field(label=_("E-mail"), autocomplete="email")
    message = field(widget=Textarea(rows=8), help=_("A person reads this."))
    company = field(when={"kind": "company"}, required=True)
    lines = field(label=_("What is it about?"), row=_("Thing"), most=5)

    @rule("email")
    async def is_welcome(self, email: str) -> Text | None:
        return _("Write to us from another address.") if email in blocked else None

    def check(self, data: Inquiry) -> None:
        if data.name in data.message:
            self.error("message", _("We know your name already."))


inbox: list[Inquiry] = []


@app.form("/contact")
async def contact(form: ContactForm) -> Page | Redirect:
    if data := await form.validate():
        inbox.append(data)
        return Redirect("/thanks")
    return render("contact.html", form=form)


@app.get("/thanks")
async def thanks() -> Html:
    return Html("<h1>Thank you.</h1>")

"""The front page of examples/shop: SQLAlchemy's async ORM, a session model, Babel's catalogues in Jinja2."""

import hashlib
import json
import secrets
import time
from contextvars import ContextVar
from typing import Annotated, Literal
from urllib.parse import urlencode

import jinja2
import sa_async
from babel.numbers import format_currency
from babel.support import Translations
from common import TEMPLATES
from fastapi import APIRouter, Cookie, Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.templating import Jinja2Templates
from front_text import CART, CATALOGUES, LANGUAGES
from sa_front import CATEGORIES, NEWEST, FrontSession, named
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

pages = APIRouter()
translations = {language: Translations.load(CATALOGUES, [language]) for language in LANGUAGES}
current_language: ContextVar[str] = ContextVar("language", default="en")


def gettext(text):
    return translations[current_language.get()].gettext(text)


def ngettext(one, many, n):
    return translations[current_language.get()].ngettext(one, many, n)


def link(name, slug=None, **query):
    values = {"language": current_language.get()} | ({"slug": slug} if slug else {})
    address = str(pages.url_path_for(name, **values))
    return f"{address}?{urlencode(query)}" if query else address


@jinja2.pass_context  # else Jinja2 keeps what it gave for a constant, in the first visitor's language
def currency(context, amount):
    return format_currency(amount, "EUR", locale=current_language.get())


environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False, extensions=["jinja2.ext.i18n"]
)
environment.install_gettext_callables(gettext, ngettext, newstyle=True)
environment.globals.update(link=link, languages=LANGUAGES)
environment.filters["currency"] = currency
environment.filters["name"] = named(current_language.get)
templates = Jinja2Templates(env=environment)
Db = Annotated[AsyncSession, Depends(sa_async.get_session)]


async def set_language(language: Literal["en", "de"]) -> str:
    current_language.set(language)
    return language


def hashed(token):
    return hashlib.sha256(token.encode()).hexdigest()


async def visit(db: Db, session: Annotated[str | None, Cookie()] = None) -> FrontSession | None:
    if session is None:
        return None
    wanted = (
        select(FrontSession)
        .options(joinedload(FrontSession.user))
        .where(FrontSession.token == hashed(session), FrontSession.expires > int(time.time()))
    )
    return await db.scalar(wanted)


@pages.get("/enter", response_class=PlainTextResponse)
async def login(db: Db, user: int):
    token = secrets.token_urlsafe(32)
    kept = FrontSession(token=hashed(token), user_id=user, csrf=secrets.token_urlsafe(32), cart=json.dumps(CART))
    kept.expires = int(time.time()) + 14 * 86400
    db.add(kept)
    await db.commit()
    answer = PlainTextResponse("ok")
    answer.set_cookie("session", token, httponly=True, samesite="lax")
    return answer


@pages.get("/{language}/", name="index", response_class=HTMLResponse)
async def index(
    request: Request,
    db: Db,
    language: Annotated[str, Depends(set_language)],
    session: Annotated[FrontSession | None, Depends(visit)],
):
    context = {
        "user": session.user if session else None,
        "categories": (await db.scalars(CATEGORIES)).all(),
        "newest": (await db.scalars(NEWEST)).all(),
        "cart_count": sum(json.loads(session.cart).values()) if session else 0,
        "csrf_token": session.csrf if session else "",
        "language": language,
        "path": request.url.path,
        "origin": str(request.base_url).rstrip("/"),
    }
    return templates.TemplateResponse(request, "front/index.html", context)


async def elsewhere():
    return ""


for name in ("products", "staff", "orders", "cart", "language"):
    pages.get(f"/{{language}}/{name}", name=name)(elsewhere)
pages.get("/{language}/products/{slug}", name="product")(elsewhere)

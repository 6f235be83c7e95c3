"""The front page of examples/shop: Flask-Login, Flask-Session on Flask-SQLAlchemy, Flask-Babel."""

from flask import Blueprint, g, render_template, request, session, url_for
from flask_babel import Babel, format_currency
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect, generate_csrf
from front_text import CART, CATALOGUES, LANGUAGES
from jinja2 import pass_context
from sa_front import CATEGORIES, NEWEST, named
from sa_models import User

db = SQLAlchemy(session_options={"expire_on_commit": False})
pages = Blueprint("front", __name__, url_prefix="/<any(en,de):language>")
login_manager = LoginManager()


class LoginUser(UserMixin):
    staff = False

    def __init__(self, row):
        self.id, self.username, self.email = row.id, row.username, row.email


@login_manager.user_loader
def load_user(user_id):
    row = db.session.get(User, int(user_id))
    return LoginUser(row) if row else None


def language():
    return g.get("language", "en")


@pages.url_value_preprocessor
def take_language(endpoint, values):
    g.language = values.pop("language")


@pages.url_defaults
def give_language(endpoint, values):
    values.setdefault("language", language())


def link(name, **values):
    return url_for(f"front.{name}", **values)


@pages.get("/")
def index():
    return render_template(
        "front/index.html",
        user=current_user if current_user.is_authenticated else None,
        categories=db.session.scalars(CATEGORIES).all(),
        newest=db.session.scalars(NEWEST).all(),
        cart_count=sum(session.get("cart", {}).values()),
        csrf_token=generate_csrf(),
        language=language(),
        path=request.path,
        origin=request.host_url.rstrip("/"),
    )


@pass_context  # else Jinja2 keeps what it gave for a constant, in the first visitor's language
def currency(context, amount):
    return format_currency(amount, "EUR")


def login():
    login_user(load_user(request.args["user"]))
    session["cart"] = CART
    return "ok"


def elsewhere(**values):
    return ""


for name in ("products", "staff", "orders", "cart", "language"):
    pages.add_url_rule(f"/{name}", name, elsewhere)
pages.add_url_rule("/products/<slug>", "product", elsewhere)


def add(app, engine_url, options):
    app.config.update(
        SQLALCHEMY_DATABASE_URI=engine_url,
        SQLALCHEMY_ENGINE_OPTIONS=options,
        SESSION_TYPE="sqlalchemy",
        SESSION_SQLALCHEMY=db,
        SESSION_SQLALCHEMY_TABLE="front_flask_session",
        SESSION_REFRESH_EACH_REQUEST=False,  # else it writes its row for each request
        BABEL_TRANSLATION_DIRECTORIES=CATALOGUES,
    )
    db.init_app(app)
    CSRFProtect(app)
    Session(app)
    login_manager.init_app(app)
    Babel(app, locale_selector=language)
    app.jinja_env.globals.update(link=link, languages=LANGUAGES)
    app.jinja_env.filters["currency"] = currency
    app.jinja_env.filters["name"] = named(language)
    app.add_url_rule("/enter", "front_login", login)
    app.register_blueprint(pages)

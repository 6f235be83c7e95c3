"""The front page of examples/shop by the shop's own templates: accounts, a typed session, two languages, components."""

from decimal import Decimal

import msgspec
from front_goods import CATALOGUE, SHOP
from front_text import CART, EMAIL

from rooftree import (
    Accounts,
    App,
    Col,
    Group,
    Languages,
    Model,
    Page,
    Ref,
    Request,
    Session,
    Settings,
    TemplateOptions,
    UserMixin,
    col,
    ref,
    render,
)
from rooftree.db import create_tables, current_database, sql
from rooftree.i18n import current_locale
from rooftree.sessions import open_session

routes = Group(name="home")


def spoken(english: str, german: str) -> str:
    locale = current_locale()
    return german if locale is not None and locale.tag.startswith("de") else english


class User(UserMixin, Model, table="front_user"):
    name: Col[str] = col(max_length=80, default="")


accounts = Accounts(User)


class Category(Model, table="front_category"):
    slug: Col[str] = col(max_length=40)
    name_en: Col[str] = col(max_length=60)
    name_de: Col[str] = col(max_length=60)
    drawing: Col[str] = col(max_length=60)
    place: Col[int]

    @property
    def name(self) -> str:
        return spoken(self.name_en, self.name_de)

    @property
    def picture(self) -> str:
        return f"/drawings/{self.drawing}.svg"


class Product(Model, table="front_product"):
    slug: Col[str] = col(max_length=80, unique=True)
    name_en: Col[str] = col(max_length=80)
    name_de: Col[str] = col(max_length=80)
    cents: Col[int] = col(name="price")
    stock: Col[int]
    active: Col[bool]
    category: Ref[Category] = ref()
    drawing: Col[str] = col(max_length=60)
    released: Col[int]

    @property
    def name(self) -> str:
        return spoken(self.name_en, self.name_de)

    @property
    def picture(self) -> str:
        return f"/drawings/{self.drawing}.svg"

    @property
    def price(self) -> Decimal:
        return Decimal(self.cents).scaleb(-2)


class Cart(Session):
    cart: dict[int, int] = {}

    @property
    def count(self) -> int:
        return sum(self.cart.values())


@routes.get("/", name="index")
async def index() -> Page:
    categories = await Category.all().order_by(Category.place)
    in_stock = Product.where(Product.active).where(Product.stock > 0).include(Product.category)
    newest = await in_stock.order_by(Product.released.desc(), Product.id.desc()).limit(20)
    return render("home/index.html", categories=categories, newest=newest)


@routes.get("/enter")
async def login(request: Request, cart: Cart) -> str:
    user = await accounts.find(EMAIL) or await accounts.create(email=EMAIL, name="user3")
    await accounts.sign_in(request, user)
    cart.cart = {int(product): count for product, count in CART.items()}
    return "ok"


async def elsewhere() -> str:
    return ""


async def detail(slug: str) -> str:
    return slug


products, shelf, orders = Group(name="products"), Group(name="cart"), Group(name="orders")
staff = Group(name="staff")
products.get("/products", name="list")(elsewhere)
products.get("/products/{slug}", name="detail")(detail)
shelf.get("/cart", name="show")(elsewhere)
orders.get("/orders", name="list")(elsewhere)
staff.get("/staff", name="index")(elsewhere)


async def make_tables() -> None:
    """Those of the accounts, where an earlier run did not; the others are seed.py's."""
    tables = {
        "sqlite": "select name from sqlite_master where name = :name",
        "postgresql": "select tablename from pg_tables where tablename = :name",
    }
    if not await sql(str, tables[current_database().dialect], name="front_user"):
        await create_tables(*accounts.models)


def shown(settings: Settings) -> Settings:
    """Return the settings with the templates of the shop itself."""
    return msgspec.structs.replace(settings, templates=TemplateOptions(folder=str(SHOP / "shop" / "templates")))


def add(app: App) -> None:
    app.static(folder=SHOP / "shop" / "static")
    app.use(Languages("en", "de", prefix="all", outside=("/json", "/enter"), folder=CATALOGUE.parents[2]))
    app.use(accounts)
    app.include(routes, products, shelf, orders, staff)
    app.on_startup(make_tables)

    @app.templates.name
    async def cart_count(request: Request) -> int:
        return (await open_session(request, Cart)).count

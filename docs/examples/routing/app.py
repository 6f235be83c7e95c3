import enum
from datetime import date

from rooftree import App, CallNext, Group, Redirect, Request, Response, get, redirect

app = App()


@app.get("/articles/{year:int}/{slug}")
async def article(year: int, slug: str) -> dict[str, object]:
    return {"year": year, "slug": slug}


@app.get("/articles/{day:date}")
async def articles_of(day: date) -> str:
    return f"What was written on {day:%A}"


@app.get("/files/{path:path}")
async def download(path: str) -> str:
    return path


@app.get("/{language:regex([a-z]{2})}/about")
async def about(language: str) -> str:
    return f"About us, in {language}"


class Color(enum.Enum):
    OAK = "oak"
    WALNUT = "walnut"


class Isbn:
    pattern = "[0-9]{13}"

    def parse(self, text: str) -> int:
        digits = [int(digit) for digit in text]
        if (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10:
            raise ValueError(text)  # no match: 404
        return int(text)

    def format(self, value: int) -> str:
        return f"{value:013}"


app.converter("color", Color)
app.converter("isbn", Isbn)


@app.get("/shelves/{color:color}")
async def shelf(color: Color) -> str:
    return color.name


@app.get("/books/{isbn:isbn}")
async def book(isbn: int) -> int:
    return isbn


# ---- groups


async def no_store(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.headers["cache-control"] = "no-store"
    return response


shop = Group("/shop", name="shop", middleware=[no_store], tags=["shop"])
products = Group("/products", name="products")
shop.include(products)
app.include(shop)


@products.get("/{id:int}", name="detail")
async def product(id: int) -> int:
    return id


@shop.error(LookupError)
async def not_there(request: Request, error: LookupError) -> Response:
    return Response("Sold out.", 404, "text/plain; charset=utf-8")


@products.get("/rarest")
async def rarest() -> str:
    raise LookupError


# ---- hosts


tenants = Group(host="{tenant}.example.org", name="tenants")
app.include(tenants)


@tenants.get("/home")
async def home(tenant: str) -> str:
    return f"The home of {tenant}"


# ---- handlers without an app


@get("/ping")
async def ping() -> str:
    return "pong"


app.include(ping)


# ---- classes


@app.route("/notes/{id:int}", name="note")
class Note:
    def __init__(self) -> None:
        self.texts: dict[int, str] = {}

    async def get(self, id: int) -> str:
        return self.texts.get(id, "")

    async def put(self, id: int, text: str) -> None:
        self.texts[id] = text


# ---- URLs


@app.get("/links")
async def links() -> list[str]:
    return [
        app.url_for(article, year=2026, slug="oak & elm"),
        app.url_for("shop.products.detail", id=7, tab="reviews"),
        app.url_for(shelf, color=Color.OAK),
        app.url_for(Note, id=1),
    ]


@app.post("/articles")
async def publish(slug: str) -> Redirect:
    return redirect(article, year=2026, slug=slug)

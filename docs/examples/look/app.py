from decimal import Decimal

from rooftree import App, Languages, Page, Schema, Settings, _, render

app = App(Settings(access_log=False))
app.use(Languages("en", "ar", prefix="others"))


class Wood(Schema):
    name: str
    origin: str
    price: Decimal
    stock: int


WOODS = [
    Wood(name="Oak", origin="Spessart", price=Decimal("48.90"), stock=12),
    Wood(name="Larch", origin="Tyrol", price=Decimal("31.50"), stock=0),
    Wood(name="Ash", origin="Vosges", price=Decimal("27.00"), stock=140),
]


@app.get("/")
async def index() -> Page:
    return render("look.html", woods=WOODS, title=_("Timber yard"))

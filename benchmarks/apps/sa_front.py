"""SQLAlchemy 2 models of the front page, for Flask and FastAPI."""

from decimal import Decimal

from front_text import spoken
from sa_models import Base, User
from sqlalchemy import BigInteger, ForeignKey, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship


class FrontCategory(Base):
    __tablename__ = "front_category"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(60))
    name_de: Mapped[str] = mapped_column(String(60))
    drawing: Mapped[str] = mapped_column(String(60))
    place: Mapped[int]

    @property
    def picture(self):
        return f"/drawings/{self.drawing}.svg"


class FrontProduct(Base):
    __tablename__ = "front_product"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name_en: Mapped[str] = mapped_column(String(80))
    name_de: Mapped[str] = mapped_column(String(80))
    cents: Mapped[int] = mapped_column("price")
    stock: Mapped[int]
    active: Mapped[bool]
    category_id: Mapped[int] = mapped_column(ForeignKey("front_category.id"))
    category: Mapped[FrontCategory] = relationship()
    drawing: Mapped[str] = mapped_column(String(60))
    released: Mapped[int]

    @property
    def picture(self):
        return f"/drawings/{self.drawing}.svg"

    @property
    def price(self):
        return Decimal(self.cents).scaleb(-2)


class FrontSession(Base):
    """FastAPI brings no sessions in a database: a model of one's own, under the hash of the cookie's token."""

    __tablename__ = "front_session"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    user: Mapped[User | None] = relationship()
    csrf: Mapped[str] = mapped_column(String(64))
    cart: Mapped[str]
    expires: Mapped[int] = mapped_column(BigInteger)


def named(language):
    """The filter of the templates that gives a name in the page's language."""
    return lambda thing: spoken(language(), thing.name_en, thing.name_de)


CATEGORIES = select(FrontCategory).order_by(FrontCategory.place)
NEWEST = (
    select(FrontProduct)
    .options(joinedload(FrontProduct.category))
    .where(FrontProduct.active, FrontProduct.stock > 0)
    .order_by(FrontProduct.released.desc(), FrontProduct.id.desc())
    .limit(20)
)

"""People who have bought something before, and those who look after the shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from rooftree import now
from rooftree.auth import UserGroup
from shop.accounts.models import User, accounts
from shop.orders.address import Address, Country
from shop.orders.models import Order, OrderLine, Status
from shop.payments.models import Payment, State
from shop.products.models import Category, Product

PASSWORD = "quiet-home-2026"
CUSTOMERS = (
    ("Anna Lindqvist", "anna", "Lindenallee 12", "10115", "Berlin", Country.germany, "de"),
    ("Ben Achterberg", "ben", "Prinsengracht 44", "1015 DX", "Amsterdam", Country.netherlands, "en"),
    ("Clara Moser", "clara", "Mariahilfer Straße 8", "1060", "Wien", Country.austria, "de"),
    ("Declan Byrne", "declan", "9 Harbour Row", "D02 X285", "Dublin", Country.ireland, "en"),
    ("Elif Yıldız", "elif", "Sonnenstraße 3", "80331", "München", Country.germany, "de"),
    ("Fabio Keller", "fabio", "Seefeldquai 21", "8008", "Zürich", Country.switzerland, "de"),
    ("Greta Olsen", "greta", "Deichstraße 17", "20459", "Hamburg", Country.germany, "de"),
    ("Hannah Murphy", "hannah", "31 Canal Walk", "T12 YN60", "Cork", Country.ireland, "en"),
)
SHARES = (Status.sent, Status.sent, Status.sent, Status.packed, Status.paid, Status.paid, Status.cancelled)


async def people() -> None:
    if await User.all().exists():
        return
    keepers = await UserGroup.create(name="Shop keepers")
    await accounts.grant(keepers, Product, "view", "add", "change")
    await accounts.grant(keepers, Category, "view")
    packers = await UserGroup.create(name="Packers")
    await accounts.grant(packers, Order, "view", "change")
    keeper = await accounts.create(email="staff@example.org", password=PASSWORD, name="Sam Alder", staff=True)
    packer = await accounts.create(email="packer@example.org", password=PASSWORD, name="Pia Krug", staff=True)
    await User.groups.add(keeper, keepers, packers)
    await User.groups.add(packer, packers)
    for name, email, street, postcode, city, country, language in CUSTOMERS:
        password = PASSWORD if email in {"anna", "ben"} else None
        user = await accounts.create(email=f"{email}@example.org", password=password, name=name)
        await _bought(user, Address(name=name, street=street, postcode=postcode, city=city, country=country), language)


async def _bought(user: User, address: Address, language: str) -> None:
    chance = Random(user.email)
    products = await Product.where(Product.active).order_by(Product.id)
    for number in range(chance.randint(3, 6)):
        lines = [(product, chance.choice((1, 1, 1, 2, 4))) for product in chance.sample(products, chance.randint(1, 4))]
        moment = now() - timedelta(days=number * 23 + chance.randint(1, 20), minutes=chance.randint(0, 600))
        status = chance.choice(SHARES) if number == 0 else Status.sent
        await _order(user, address, language, moment=moment, status=status, lines=lines)


async def _order(
    user: User,
    address: Address,
    language: str,
    *,
    moment: datetime,
    status: Status,
    lines: list[tuple[Product, int]],
) -> None:
    goods = sum((product.price * count for product, count in lines), Decimal(0))
    paid = status not in {Status.cancelled, Status.expired}
    order = await Order.create(
        customer=user,
        key=f"seed {user.email} {moment.isoformat()}",
        status=status,
        delivery=address,
        goods=goods,
        shipping=Decimal(0) if goods >= 60 else Decimal("4.90"),
        language=language,
        created_at=moment,
        pay_until=moment + timedelta(minutes=30),
        paid_at=moment + timedelta(minutes=2) if paid else None,
    )
    await OrderLine.create_many(
        [
            OrderLine(
                order=order,
                product=product,
                name_en=product.name_en,
                name_de=product.name_de,
                price=product.price,
                amount=count,
            )
            for product, count in lines
        ]
    )
    if paid:  # in the time before this provider, who does not know it: staff gives it back in another way
        await Payment.create(
            order=order, reference=f"seed-{order.number}", amount=order.total, state=State.paid, created_at=moment
        )

from app import Pool, Session, app, begin

from rooftree.testing import Client


def fake_session() -> Session:
    return Session(Pool("the test"))


async def test_orders() -> None:
    with app.providers.override(begin, fake_session):
        async with Client(app) as client:
            assert (await client.get("/orders")).text == "orders from the test"

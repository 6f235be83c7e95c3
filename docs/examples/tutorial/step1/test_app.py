from app import app

from rooftree.testing import SyncClient


def test_hello() -> None:
    with SyncClient(app) as client:
        assert client.get("/").text == "A shop of things of wood."
        assert client.get("/hello/Ann?times=2").text == "Hello, Ann! Hello, Ann! "
        assert client.get("/hello/Ann?times=two").status_code == 422

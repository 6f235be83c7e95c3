from app import app

from rooftree.testing import SyncClient


def test_create() -> None:
    with SyncClient(app) as client:
        answer = client.post("/items", json={"name": "Oak", "price": "9.90"})
        assert answer.status_code == 201
        assert answer.json() == {"name": "Oak", "price": "9.90", "tags": [], "id": 1}

"""The examples of forms do what their page says."""

from __future__ import annotations

import re

from rooftree.testing import SyncClient
from tests.docs.test_examples import load

GIVEN = {"name": "Anna", "email": "anna@example.org", "message": "How is the oak today?"}


def test_a_contact_form() -> None:
    with SyncClient(load("docs/examples/forms/contact/app").app) as client:
        page = client.get("/contact").text
        assert '<form method="post"' in page
        found = re.search(r'name="_opened" value="([^"]+)"', page)
        assert found is not None
        soon = client.post("/contact", data=GIVEN | {"_opened": found[1]})
        assert soon.status_code == 422
        assert "faster than a person" in soon.text
        asked = {"form-check": "1"}
        given = GIVEN | {"email": "spam@example.org", "kind": "company", "message": "I am Anna, good day."}
        errors = client.post("/contact", data=given, headers=asked).json()["errors"]
        assert errors == {"email": ["Write to us from another address."], "company": ["This is required."]}
        errors = client.post("/contact", data=GIVEN | {"message": "I am Anna, good day."}, headers=asked).json()[
            "errors"
        ]
        assert errors == {"message": ["We know your name already."]}
        assert client.post("/contact", data=GIVEN | {"website": "x"}).status_code == 422


def test_a_form_over_a_model() -> None:
    with SyncClient(load("docs/examples/forms/shop/app").app) as client:
        page = client.get("/products/new").text
        assert "Wood" in page
        assert "Stone" not in page
        given = {"name": "Oak", "price": "9.90", "category": "1", "parts[0].name": "top"}
        answer = client.post("/products/new", data=given)
        assert (answer.status_code, answer.headers["location"]) == (303, "/products/1/edit")
        page = client.get("/products/1/edit").text
        assert 'value="9.90"' in page
        assert 'value="top"' in page
        change = given | {"_version": "1", "parts[0]._row": "1"}
        assert client.post("/products/1/edit", data=change).status_code == 303
        assert "Someone else has changed this" in client.post("/products/1/edit", data=change).text
        answer = client.post("/products/new", data=given)
        assert answer.status_code == 422
        assert "This is taken already." in answer.text

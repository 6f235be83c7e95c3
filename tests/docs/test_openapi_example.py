"""The example of the API's description does what its page says."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from rooftree.testing import SyncClient
from tests.docs.test_examples import load


def test_openapi() -> None:
    with SyncClient(load("docs/examples/openapi/app").app) as client:
        document = client.get("/openapi.json").json()
        validate(document, cls=OpenAPIV31SpecValidator)
        assert document["info"]["title"] == "Shop"
        assert list(document["paths"]["/items"]["post"]["responses"]) == [
            "201",
            "202",
            "400",
            "403",
            "409",
            "413",
            "415",
            "422",
        ]
        assert document["paths"]["/items/{id}"]["get"]["operationId"] == "items.show"
        assert "Put an item on the shelf." in client.get("/docs").text
        made = client.post(
            "/items",
            json=document["paths"]["/items"]["post"]["requestBody"]["content"]["application/json"]["examples"]["oak"][
                "value"
            ],
        )
        assert made.status_code == 201
        assert client.get("/items/1").json()["price"] == "9.90"
        assert client.get("/items/2").status_code == 404

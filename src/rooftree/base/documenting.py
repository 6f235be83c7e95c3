"""The settings of the description of the application's API."""

from typing import Any

import msgspec

from rooftree.base.settings import BaseSettings

__all__ = ["OpenAPIOptions"]


class OpenAPIOptions(BaseSettings, frozen=True, kw_only=True):
    """How the API is described (OpenAPI 3.1), and where the description is served.

    Attributes:
        path: Where the document is served; `""` serves none.
        docs: Where the page for people is served; `""` serves none.
        title: The API's name; the application's own without it.
        version: The API's version, as its callers know it.
        summary: One line.
        description: More, in CommonMark.
        servers: The URLs that the API is reached by; where it is asked for without them.
        tags: What tags mean, by their names, in the order of the page.
        terms: The URL of the terms of service.
        contact_name: Whom to ask.
        contact_url: Where to ask.
        contact_email: Where to write.
        license: The name of the API's licence, an SPDX expression where there is one: `MIT`.
        license_url: Where its text is.
        requires: What whoever asks for the document and the page has to be, as the option of a route.
        ui: A folder with the files of Swagger UI (`swagger-ui-bundle.js`, `swagger-ui.css`) in place of those of
            the extra `docs`.
    """

    path: str = "/openapi.json"
    docs: str = "/docs"
    title: str = ""
    version: str = "0.1.0"
    summary: str = ""
    description: str = ""
    servers: tuple[str, ...] = ()
    tags: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    terms: str = ""
    contact_name: str = ""
    contact_url: str = ""
    contact_email: str = ""
    license: str = ""
    license_url: str = ""
    requires: Any = ()
    ui: str = ""

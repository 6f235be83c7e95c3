"""The views of the Django project in these tests (Django has no types, so its modules are taken as they come)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

__all__ = ["urlpatterns"]

http: Any = import_module("django.http")
urls: Any = import_module("django.urls")
csrf: Any = import_module("django.views.decorators.csrf")


def index(request: Any) -> Any:
    return http.HttpResponse("Django")


def hello(request: Any, name: str) -> Any:
    return http.JsonResponse(
        {
            "name": name,
            "script": request.META.get("SCRIPT_NAME") or request.path[: -len(request.path_info)],
            "path_info": request.path_info,
            "url": urls.reverse("hello", args=["x y"]),
            "absolute": request.build_absolute_uri(),
        }
    )


def echo(request: Any) -> Any:
    return http.HttpResponse(request.body, content_type="application/octet-stream")


def stream(request: Any) -> Any:
    def parts() -> Iterator[bytes]:
        yield from (b"%d\n" % number for number in range(5))

    return http.StreamingHttpResponse(parts(), content_type="text/plain")


urlpatterns = [
    urls.path("", index),
    urls.path("hello/<str:name>/", hello, name="hello"),
    urls.path("echo", csrf.csrf_exempt(echo)),
    urls.path("stream", stream),
]

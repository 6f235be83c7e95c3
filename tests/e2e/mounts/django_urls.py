"""The views of the Django project in these tests."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt

__all__ = ["urlpatterns"]


def index(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("Django")


def hello(request: HttpRequest, name: str) -> HttpResponseBase:
    return JsonResponse(
        {
            "name": name,
            "script": request.META.get("SCRIPT_NAME") or request.path[: -len(request.path_info)],
            "path_info": request.path_info,
            "url": reverse("hello", args=["x y"]),
            "absolute": request.build_absolute_uri(),
        }
    )


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(request.body, content_type="application/octet-stream")


def stream(request: HttpRequest) -> HttpResponseBase:
    def parts() -> Iterator[bytes]:
        yield from (b"%d\n" % number for number in range(5))

    return StreamingHttpResponse(parts(), content_type="text/plain")


urlpatterns = [
    path("", index),
    path("hello/<str:name>/", hello, name="hello"),
    path("echo", echo),
    path("stream", stream),
]

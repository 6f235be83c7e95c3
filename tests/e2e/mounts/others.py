"""Applications of other frameworks, as their documentation writes them, to be mounted inside of an App."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import fastapi
import flask
from fastapi.responses import StreamingResponse

__all__ = ["django_asgi", "django_wsgi", "events", "fastapi_app", "flask_app"]

events: list[str] = []

# ---- Flask

flask_app = flask.Flask("mounted")
flask_app.secret_key = "only for tests"


@flask_app.get("/")
def flask_index() -> str:
    return "Flask"


@flask_app.get("/hello/<name>")
def flask_hello(name: str) -> flask.Response:
    request = flask.request
    return flask.jsonify(
        name=name,
        script_root=request.script_root,
        path=request.path,
        url=flask.url_for("flask_hello", name="x y"),
        absolute=request.url,
        host=request.host,
        args=request.args.getlist("a"),
        agent=request.headers.get("X-Agent"),
        remote=request.remote_addr,
        cookie=request.cookies.get("c"),
    )


@flask_app.post("/echo")
def flask_echo() -> bytes:
    return flask.request.get_data()


@flask_app.post("/form")
def flask_form() -> flask.Response:
    uploaded = flask.request.files["file"]
    return flask.jsonify(
        field=flask.request.form["field"], name=uploaded.filename, size=len(uploaded.read()), type=uploaded.mimetype
    )


@flask_app.get("/login")
def flask_login() -> Any:
    flask.session["user"] = "ada"
    return flask.redirect(flask.url_for("flask_who"))


@flask_app.get("/who")
def flask_who() -> str:
    return str(flask.session.get("user"))


@flask_app.get("/stream")
def flask_stream() -> flask.Response:
    def parts() -> Iterator[str]:
        for number in range(5):
            yield f"{number}\n"
            time.sleep(0.01)

    return flask.Response(parts(), mimetype="text/plain")


@flask_app.get("/endless")
def flask_endless() -> flask.Response:
    def parts() -> Iterator[bytes]:
        made = 0
        try:
            while True:
                yield b"x" * 65536
                made += 1
        finally:
            events.append(f"flask stream closed below 1000: {made < 1000}")

    return flask.Response(parts(), mimetype="application/octet-stream")


@flask_app.get("/broken")
def flask_broken() -> str:
    raise ZeroDivisionError("in Flask, on purpose")


# ---- FastAPI


@asynccontextmanager
async def fastapi_life(app: fastapi.FastAPI) -> AsyncGenerator[dict[str, str], None]:
    events.append("fastapi started")
    yield {"word": "from the lifespan"}
    events.append("fastapi stopped")


fastapi_app = fastapi.FastAPI(lifespan=fastapi_life)


@fastapi_app.get("/")
async def fastapi_index() -> str:
    return "FastAPI"


@fastapi_app.get("/items/{id}")
async def fastapi_item(id: int, request: fastapi.Request) -> dict[str, Any]:
    return {
        "id": id,
        "root_path": request.scope["root_path"],
        "path": request.scope["path"],
        "url": str(request.url_for("fastapi_item", id=1)),
        "word": request.state.word,
        "client": request.client.host if request.client else None,
    }


@fastapi_app.post("/echo")
async def fastapi_echo(request: fastapi.Request) -> fastapi.Response:
    return fastapi.Response(await request.body(), media_type="application/octet-stream")


@fastapi_app.get("/stream")
async def fastapi_stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(5):
            yield b"%d\n" % number

    return StreamingResponse(parts(), media_type="text/plain")


@fastapi_app.get("/endless")
async def fastapi_endless() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            events.append("fastapi part")
            yield b"x" * 65536

    return StreamingResponse(parts(), media_type="application/octet-stream")


@fastapi_app.get("/later")
async def fastapi_later(tasks: fastapi.BackgroundTasks) -> str:
    tasks.add_task(events.append, "fastapi later")
    return "now"


@fastapi_app.get("/broken")
async def fastapi_broken() -> str:
    raise ZeroDivisionError("in FastAPI, on purpose")


@fastapi_app.websocket("/echo")
async def fastapi_socket(socket: fastapi.WebSocket) -> None:
    await socket.accept(subprotocol="two" if "two" in socket.scope["subprotocols"] else None)
    try:
        while True:
            text = await socket.receive_text()
            if text == "close":
                await socket.close(3001, "as you wish")
                return
            await socket.send_text(text[::-1])
    except fastapi.WebSocketDisconnect as gone:
        events.append(f"fastapi socket closed {gone.code}")


@fastapi_app.websocket("/declined")
async def fastapi_declined(socket: fastapi.WebSocket) -> None:
    await socket.send_denial_response(fastapi.Response("not you", 409))


# ---- Django


def _django(module: str) -> Any:
    """Return a module of Django, which has no types, with a project set up."""
    conf: Any = import_module("django.conf")
    if not conf.settings.configured:
        conf.settings.configure(
            DEBUG=False,
            SECRET_KEY="only for tests",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF="tests.e2e.mounts.django_urls",
            MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
            USE_TZ=True,
        )
        import_module("django").setup()
    return import_module(module)


def django_wsgi() -> Callable[..., Any]:
    application: Callable[..., Any] = _django("django.core.wsgi").get_wsgi_application()
    return application


def django_asgi() -> Callable[..., Any]:
    application: Callable[..., Any] = _django("django.core.asgi").get_asgi_application()
    return application

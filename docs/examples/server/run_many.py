from rooftree import App
from rooftree.server import Limits, ServeOptions, serve

OPTIONS = ServeOptions(
    port=8000,
    workers="auto",
    trusted_proxies=("10.0.0.0/8",),
    limits=Limits(keep_alive_time=120, handler_time=30),
)


def load() -> App:
    app = App()

    @app.get("/")
    async def index() -> str:
        return "Hello, World!"

    return app


if __name__ == "__main__":
    raise SystemExit(serve(load, OPTIONS))

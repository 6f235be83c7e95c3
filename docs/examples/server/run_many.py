from rooftree import App, Limits, Settings
from rooftree.server import ServeOptions, serve

OPTIONS = ServeOptions(
    port=8000,
    workers="auto",
)


def load() -> App:
    app = App(
        Settings(
            hosts=("example.org",),
            trusted_proxies=("10.0.0.0/8",),
            limits=Limits(keep_alive_time=120, handler_time=30),
        )
    )

    @app.get("/")
    async def index() -> str:
        return "Hello, World!"

    return app


if __name__ == "__main__":
    raise SystemExit(serve(load, OPTIONS))

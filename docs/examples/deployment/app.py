from rooftree import App, Request, Settings, sql

app = App(Settings.load(database="sqlite:///shop.db"))


@app.get("/health", hidden=True)
async def health() -> str:
    await sql(int, "select 1")
    return "ok"


@app.get("/")
async def index(request: Request) -> dict[str, str | None]:
    return {"scheme": request.scheme, "client": request.client[0] if request.client else None}

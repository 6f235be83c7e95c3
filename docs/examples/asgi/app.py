from rooftree import App, Request

app = App()


@app.get("/")
async def index(request: Request) -> str:
    return f"Hello over HTTP/{request.http_version}"

from rooftree import App

app = App()


@app.get("/")
async def index() -> str:
    return "A shop of things of wood."


@app.get("/hello/{name}")
async def hello(name: str, times: int = 1) -> str:
    return f"Hello, {name}! " * times

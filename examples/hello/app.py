"""The smallest useful application: a page of text and a typed answer.

`rooftree dev` in this folder serves it at http://127.0.0.1:8000, and its description at /docs.
"""

from rooftree import App

app = App()


@app.get("/")
async def index() -> str:
    return "Hello, World!"


@app.get("/items/{id}")
async def item(id: int, q: str | None = None) -> dict[str, object]:
    return {"id": id, "q": q}

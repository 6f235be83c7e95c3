from typing import Any

from rooftree import App, Request

app = App()


@app.get("/who")
async def who(request: Request) -> dict[str, Any]:
    return {
        "client": request.client[0] if request.client else None,
        "url": request.url,
        "agent": request.headers.get("user-agent"),
        "tags": request.query.get("tag", []),
        "theme": request.cookies.get("theme", "light"),
    }


@app.post("/lines", max_body=100_000_000)
async def lines(request: Request) -> dict[str, int]:
    count = 0
    async for part in request.stream():
        count += part.count(b"\n")
    return {"lines": count}


@app.post("/contact")
async def contact(request: Request) -> str:
    form = await request.form()
    return f"Thank you, {form.get('name', 'stranger')}."

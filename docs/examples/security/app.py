from __future__ import annotations

from datetime import timedelta

from rooftree import App, ContentPolicy, Html, RateLimit, Redirect, Request, Settings, Upload
from rooftree.security import check_image, check_upload, nonce, safe_next

app = App(Settings.load(mode="development"))


@app.post("/hooks/payment", csrf=False)
async def payment(request: Request) -> None: ...


@app.get("/film")
async def film(csp: ContentPolicy) -> Html:
    csp.allow("frame-src", "https://www.youtube-nocookie.com")
    return Html('<iframe src="https://www.youtube-nocookie.com/embed/x" title="The film"></iframe>')


@app.get("/hello")
async def hello(request: Request) -> Html:
    return Html(f'<script nonce="{nonce(request)}">console.log("hello")</script>')


@app.post("/search", limit="30/minute")
async def search(q: str = "") -> list[str]:
    return []


def api_key(request: Request) -> str:
    return request.headers.get("x-api-key", "")


@app.get("/rates", limit=[RateLimit(100, 60, by=api_key), "1000/hour by route"])
async def rates() -> dict[str, float]:
    return {"EUR": 1.0}


@app.get("/invoices/{id}", signed=True)
async def invoice(id: int) -> str:
    return f"Invoice {id}"


@app.get("/invoices/{id}/link")
async def link(id: int) -> str:
    return app.sign_url(app.url_for(invoice, id=id), lasts=timedelta(hours=1))


@app.get("/unsubscribe/{token}")
async def unsubscribe(token: str) -> str:
    user = app.signer("unsubscribe").read(token, int)
    return f"User {user} gets no more letters."


def letter_link(user: int) -> str:
    token = app.signer("unsubscribe").sign(user, lasts=timedelta(days=30))
    return app.url_for(unsubscribe, token=token)


@app.post("/photo")
async def photo(file: Upload) -> dict[str, object]:
    info = await check_image(file, max_size=5_000_000)
    await file.seek(0)
    return {"type": info.type, "width": info.width, "height": info.height}


@app.post("/contract")
async def contract(file: Upload) -> str:
    return await check_upload(file, ["application/pdf"], max_size=10_000_000)


@app.post("/sign-in", csrf="always")
async def sign_in(request: Request) -> Redirect:
    await request.form()
    return Redirect(safe_next(request, "/account"))

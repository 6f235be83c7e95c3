from __future__ import annotations

from rooftree import App, Redirect, Request, Session, Settings, WebSocket

app = App(Settings.load(mode="development"))


@app.post("/cart/{product}")
async def add(product: int, session: Session) -> Redirect:
    session["cart"] = [*session.get("cart", list[int], []), product]
    session.flash("Added to your cart.", "success")
    return Redirect("/cart")


@app.get("/cart")
async def cart(session: Session) -> dict[str, object]:
    return {
        "cart": session.get("cart", list[int], []),
        "messages": [(flash.level, flash.text) for flash in session.flashes()],
    }


class Visit(Session):
    seen: list[int] = []
    theme: str = "light"
    user: int | None = None


@app.get("/products/{id}")
async def product(id: int, visit: Visit) -> dict[str, object]:
    if id not in visit.seen:
        visit.seen.append(id)
    return {"id": id, "seen": visit.seen, "theme": visit.theme}


@app.post("/sign-in", csrf="always")
async def sign_in(request: Request, visit: Visit) -> None:
    visit.rotate()
    visit.user = 7


@app.post("/sign-out")
async def sign_out(session: Session) -> Redirect:
    session.clear()
    return Redirect("/cart")


@app.websocket("/seen")
async def seen(ws: WebSocket[int], visit: Visit) -> None:
    async for product in ws:
        visit.seen.append(product)
        await visit.save()
        await ws.send(len(visit.seen))

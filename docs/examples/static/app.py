from rooftree import App, Page, Request, Response, Settings, render
from rooftree.static import serve_upload

app = App(Settings(access_log=False))
app.static(modules={"cart": "js/cart.js"})


@app.get("/")
async def index() -> Page:
    return render("index.html")


app.uploads("/pictures", "pictures")


@app.get("/contracts/{name}")
async def contract(request: Request, name: str) -> Response:
    # who may read it?
    return await serve_upload(request, app.root / "contracts", name)


app.frontend("dist", prefix="/shop", outside=("/shop/api",))

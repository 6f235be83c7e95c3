from rooftree import App, HTTPError, Redirect, Request, Response
from rooftree.http import conditional, is_local

app = App()

ARTICLES = {1: ("Oak", 1_700_000_000)}


@app.get("/report.csv")
async def report() -> Response:
    response = Response("name,price\noak,9.90\n", media_type="text/csv; charset=utf-8")
    response.headers["content-language"] = "en"
    response.headers.vary("Accept-Language")
    return response


@app.post("/theme/{name}")
async def theme(name: str) -> Redirect:
    answer = Redirect("/")
    answer.set_cookie("theme", name, max_age=365 * 24 * 3600)
    return answer


@app.post("/sign-out")
async def sign_out() -> Redirect:
    answer = Redirect("/")
    answer.delete_cookie("__Host-session")
    return answer


@app.post("/sign-in")
async def sign_in(next: str = "/") -> Redirect:
    return Redirect(next if is_local(next) else "/")


@app.get("/articles/{id}")
async def article(id: int, request: Request) -> Response:
    text, changed = ARTICLES[id]
    return conditional(request, Response(text, media_type="text/plain"), etag=f"{id}-{changed}", last_modified=changed)


@app.post("/orders")
async def order() -> None:
    raise HTTPError(409, "The last one was sold this morning.", type="https://example.org/problems/sold-out")

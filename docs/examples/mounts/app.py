from flask import Flask

from rooftree import App

old = Flask("old")


@old.get("/")
def front() -> str:
    return "The old shop"


@old.get("/orders/<int:number>")
def order(number: int) -> str:
    return f"Order {number}, as ever"


app = App()


@app.get("/orders/{number:int}")
async def new_order(number: int) -> str:
    return f"Order {number}, done anew"


app.mount("/legacy", old, name="old", max_body=50 * 1024 * 1024)
app.mount("/", old)

from pathlib import Path

from rooftree import App, File
from rooftree.http import safe_join

app = App()

LIBRARY = Path(__file__).parent / "library"


@app.get("/guide")
async def guide() -> File:
    return File(LIBRARY / "guide.txt")


@app.get("/guide/download")
async def download() -> File:
    return File(LIBRARY / "guide.txt", filename="Führer.txt")


@app.get("/library/{name:path}")
async def library(name: str) -> File:
    return File(safe_join(LIBRARY, name))


@app.get("/export.csv")
async def export() -> File:
    content = b"name,price\noak,9.90\n"
    return File(content, filename="export.csv", etag="v1")

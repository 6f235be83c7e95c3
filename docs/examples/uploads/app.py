import tempfile
from pathlib import Path
from uuid import uuid4

from rooftree import App, Form, Request, Upload
from rooftree.http import FormLimits

app = App()

PHOTOS = Path(tempfile.mkdtemp())


@app.post("/photos", max_body=20_000_000, status=201)
async def add_photo(photo: Upload) -> dict[str, str | int]:
    await photo.save(PHOTOS / f"{uuid4()}.jpg")
    return {"name": photo.filename, "size": photo.size, "type": photo.content_type}


@app.post("/album", max_body=200_000_000, form_limits=FormLimits(max_files=20, max_file_size=10_000_000))
async def add_album(title: Form[str], photos: list[Upload]) -> dict[str, str | list[str]]:
    return {"title": title, "photos": [photo.filename for photo in photos]}


@app.post("/import", max_body=10_000_000_000)
async def import_rows(request: Request) -> dict[str, int]:
    rows: dict[str, int] = {}
    async for part in request.multipart():
        if part.filename is not None:
            rows[part.name] = 0
            async for chunk in part:
                rows[part.name] += chunk.count(b"\n")
    return rows

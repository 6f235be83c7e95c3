"""What people choose from, what they cannot change, and the files that they send."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest

from rooftree import (
    Schema,
    SchemaForm,
    Upload,
    field,
)
from rooftree.forms import (
    FileInput,
    FormUsageError,
    ImageInput,
    MultiSelect,
    Select,
)
from rooftree.testing import Client
from tests.unit.forms.contact import Contact, Single
from tests.unit.forms.pages import application, sent, tag, visiting


class Pick(Schema):
    one: int
    several: list[str] = []


async def test_choices_of_data_and_functions() -> None:
    class PickForm(SchemaForm[Pick]):
        one = field(choices={1: "One", 2: "Two"})

        async def offered(self) -> list[tuple[str, str]]:
            await asyncio.sleep(0)
            return [("a", "Ash"), ("b", "<Birch>")]

        several = field(choices=offered)

    assert [type(info.widget) for info in PickForm.info.fields] == [Select, MultiSelect]
    async with visiting(PickForm) as client:
        html = (await client.get("/")).text
    assert '<option value="2">Two</option>' in html
    assert '<option value="b">&lt;Birch&gt;</option>' in html
    assert await sent(PickForm, {"one": "2", "several": ["a", "b"]}) == Pick(one=2, several=["a", "b"])
    gone = "What you chose is no longer there. Choose another."
    assert await sent(PickForm, {"one": "3", "several": ["a", "z"]}) == {"one": gone, "several": gone}


async def test_choices_that_are_none() -> None:
    class PickForm(SchemaForm[Single]):
        one = field(choices=lambda: 7)

    app = application(PickForm)
    async with Client(app, raise_errors=True) as client:
        with pytest.raises(FormUsageError) as caught:
            await client.get("/")
    assert str(caught.value).startswith("[F204] The choices of PickForm.one are 7. Give a dict of values to labels,")


async def test_a_read_only_field_keeps_its_value_whatever_comes_back() -> None:
    class NoteForm(SchemaForm[Contact]):
        name = field(readonly=True)

    data = await sent(NoteForm, {"name": "Mallory", "price": "1"}, initial={"name": "Anna"})
    assert data.name == "Anna"


class Files(Schema):
    photo: Annotated[Upload | None, ImageInput(types=("image/png",), max_size=1000)] = None
    paper: Annotated[Upload | None, FileInput(types=("application/pdf",))] = None
    others: list[Upload] = []


class FilesForm(SchemaForm[Files]): ...


def image(width: int = 8, height: int = 8) -> bytes:
    from io import BytesIO

    from PIL import Image

    content = BytesIO()
    Image.new("1", (width, height)).save(content, "png", optimize=True)
    return content.getvalue()


async def test_a_form_with_files() -> None:
    async with visiting(FilesForm) as client:
        html = (await client.get("/")).text
    assert 'enctype="multipart/form-data"' in html
    assert 'accept="image/png"' in tag(html, "photo")
    assert " multiple" in tag(html, "others")
    files = [("photo", ("a.png", image(), "image/png")), ("others", ("b", b"3")), ("others", ("c", b"4"))]
    data = await sent(FilesForm, {}, files=files)
    assert data.photo.filename == "a.png"
    assert [upload.filename for upload in data.others] == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("photo", b"x" * 1001, "This file is too large: at most 1 kB are taken."),
        ("photo", b"<svg onload=alert(1)>", "Files of this type are not taken here. Choose one of: image/png."),
        ("photo", b"\x89PNG\r\n\x1a\nxxxxxxxx", "This is no picture that can be read."),
        ("paper", b"MZ\x90\0", "Files of this type are not taken here. Choose one of: application/pdf."),
    ],
)
async def test_a_file_is_what_its_content_says(name: str, content: bytes, error: str) -> None:
    kind = "image/png" if name == "photo" else "application/pdf"
    assert await sent(FilesForm, {}, files={name: ("a.x", content, kind)}) == {name: error}


async def test_an_image_that_would_unpack_to_gigabytes() -> None:
    class BombForm(SchemaForm[Files]):
        photo = field(widget=ImageInput())

    bomb = image(10_000, 10_000)
    assert len(bomb) < 50_000
    assert await sent(BombForm, {}, files={"photo": ("a.png", bomb, "image/png")}) == {
        "photo": "This picture has too many pixels."
    }

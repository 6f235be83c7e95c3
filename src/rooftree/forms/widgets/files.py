"""Controls for files. What was sent is never shown again: a browser takes no file from a page."""

from __future__ import annotations

from typing import Any, ClassVar

from rooftree.forms.info import ABSENT, Surroundings
from rooftree.forms.widgets.base import Attributes, FieldInfo, NoValue, Texts, Widget
from rooftree.http import FormData, Upload
from rooftree.schema import Array, OneOf

__all__ = ["FileInput", "ImageInput"]


class FileInput(Widget):
    """A file, or several for a ``list[Upload]``.

    Args:
        types: Media types (``"application/pdf"``, ``"image/*"``) that are taken; any without them. The browser offers
            only these; here the content says what a file is, whatever it is called.
        max_size: Bytes of one file.
        attributes: See ``Widget``.
    """

    template = "forms/widgets/file.html"
    type = "file"
    redisplay = False
    multipart = True
    image: ClassVar[bool] = False

    def __init__(self, types: tuple[str, ...] = (), max_size: int | None = None, **attributes: str | bool) -> None:
        super().__init__(**attributes)
        self.types = types
        self.max_size = max_size

    def read(self, data: FormData, name: str) -> list[Any] | None:
        """The files of that name."""
        found = data.files.get(name)
        return list(found) if found is not None else None

    def parse(self, given: list[Any] | None, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """The file, or the list of them.

        Raises:
            NoValue: One is larger than is taken.
        """
        uploads = [upload for upload in given or () if isinstance(upload, Upload)]
        for upload in uploads:
            self.check(upload)
        if is_several(info):
            return uploads
        if uploads:
            return uploads[-1]
        return None if info.nullable and not info.required else ABSENT

    def check(self, upload: Upload) -> None:
        """Look at one file.

        Raises:
            NoValue: It is larger than is taken.
        """
        if self.max_size is not None and upload.size > self.max_size:
            raise NoValue("file_size", {"limit": self.max_size})

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """Nothing: a file is never shown again."""
        return []

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """What the browser offers."""
        return {
            "accept": ",".join(self.types) or None,
            "multiple": is_several(info),
            "data-max-size": self.max_size,
        }


class ImageInput(FileInput):
    """An image, which the script shows before it is sent; one that would unpack to gigabytes is refused."""

    template = "forms/widgets/image.html"
    image = True

    def __init__(
        self,
        types: tuple[str, ...] = ("image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"),
        max_size: int | None = None,
        **attributes: str | bool,
    ) -> None:
        super().__init__(types, max_size, **attributes)


def is_several(info: FieldInfo) -> bool:
    """Tell whether a field takes a list of files."""
    members = info.node.members if isinstance(info.node, OneOf) else [info.node]
    return any(isinstance(member, Array) for member in members)

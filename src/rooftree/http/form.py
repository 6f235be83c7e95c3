"""Whole forms, urlencoded or multipart."""

from __future__ import annotations

from collections.abc import AsyncIterator

from rooftree.base import HTTPError, Said
from rooftree.http.disk import in_thread
from rooftree.http.multipart import FormLimits, MultipartReader, Part, boundary_of, form_error, too_large
from rooftree.http.uploads import SpoolBudget, Upload
from rooftree.http.urlencoded import parse_urlencoded

__all__ = ["FormData", "read_form"]

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class FormData:
    """The fields and files of a form, every value of each name in order.

    Attributes:
        fields: Texts by name.
        files: Files by name. A file input that was left empty is no file.
    """

    __slots__ = ("fields", "files")

    def __init__(self, fields: dict[str, list[str]], files: dict[str, list[Upload]] | None = None) -> None:
        self.fields = fields
        self.files: dict[str, list[Upload]] = {} if files is None else files

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first text of that name."""
        values = self.fields.get(name)
        return values[0] if values else default

    def file(self, name: str) -> Upload | None:
        """Return the first file of that name."""
        values = self.files.get(name)
        return values[0] if values else None

    def close(self) -> None:
        """Close every file; temporary ones are gone with this."""
        for uploads in self.files.values():
            for upload in uploads:
                upload.close()

    async def aclose(self) -> None:
        """Close every file, on a thread where one is on disk: removing a large one takes its time."""
        if all(upload.in_memory for uploads in self.files.values() for upload in uploads):
            self.close()
        else:
            await in_thread(self.close)

    def __repr__(self) -> str:
        return f"FormData(fields={list(self.fields)!r}, files={self.files!r})"


async def read_form(content_type: str, chunks: AsyncIterator[bytes], limits: FormLimits) -> FormData:
    """Read a whole form; one without content and without ``Content-Type`` is an empty one.

    Args:
        content_type: The value of ``Content-Type``, with its parameters.
        chunks: The body.
        limits: What is taken.

    Raises:
        RequestInvalid: It cannot be read or goes past a limit (400, or 413 for the size of one value).
        HTTPError: It is neither kind of form (415).
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == URLENCODED:
        body = b"".join([chunk async for chunk in chunks])
        fields = parse_urlencoded(
            body, where="form", max_fields=limits.max_parts, max_field_size=3 * limits.max_field_size
        )
        return FormData(fields)
    if media_type == MULTIPART:
        return await _read_multipart(MultipartReader(chunks, boundary_of(content_type), limits), limits)
    if not media_type and not await anext(chunks, b""):
        return FormData({})  # nothing was sent, and nothing needs no name
    kinds = {"plain": URLENCODED, "parts": MULTIPART}
    detail = (
        Said("Expected a form as %(plain)s or %(parts)s, got %(named)s.", **kinds, named=media_type)
        if media_type
        else Said("Expected a form as %(plain)s or %(parts)s, got no Content-Type.", **kinds)
    )
    raise HTTPError(415, detail, headers={"accept": f"{URLENCODED}, {MULTIPART}"})


async def _read_multipart(parts: MultipartReader, limits: FormLimits) -> FormData:
    form, budget = FormData({}), SpoolBudget(limits.memory)
    try:
        async for part in parts:
            if part.filename is None:
                form.fields.setdefault(part.name, []).append(await _text(part, limits.max_field_size))
            else:
                upload = Upload(part.filename, part.content_type, part.headers, budget)
                form.files.setdefault(part.name, []).append(upload)
                await _receive(part, upload, limits.max_file_size)
                if not upload.size and not part.filename:
                    _drop_last(form.files, part.name)
    except BaseException:
        form.close()
        raise
    return form


async def _text(part: Part, limit: int) -> str:
    content = await part.read(limit)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise form_error("utf8", "Expected UTF-8 text", path=(part.name,)) from None


async def _receive(part: Part, upload: Upload, limit: int | None) -> None:
    async for chunk in part:
        if limit is not None and upload.size + len(chunk) > limit:
            raise too_large(part.name, limit)
        await upload.write(chunk)
    await upload.rewind()


def _drop_last(files: dict[str, list[Upload]], name: str) -> None:
    files[name].pop().close()
    if not files[name]:
        del files[name]

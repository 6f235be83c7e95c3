"""What an uploaded file really is, whatever it calls itself."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final

import msgspec

from rooftree.base import FieldError, RequestInvalid, UsageError
from rooftree.http import Upload

__all__ = ["ImageInfo", "UploadRefused", "check_image", "check_upload", "sniff"]

HEAD: Final = 8192  # bytes that tell what a file is
MAX_PIXELS: Final = 40_000_000
READERS: Final = 2  # images that are read at the same time
IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
_FORMATS: Final = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "MPO": "image/jpeg",  # a JPEG with further pictures behind it, as many cameras write
}
_READ: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
_MARKUP: Final = rb"<[a-z!?/]"  # browsers know HTML by a few elements (WHATWG MIME Sniffing section 7.1), XML by any


class UploadRefused(RequestInvalid):
    """422: an uploaded file is not what may be uploaded here."""

    def __init__(self, upload: Upload, rule: str, message: str, **params: Any) -> None:
        super().__init__([FieldError("form", (upload.filename or "file",), f"file_{rule}", message, params)])


class ImageInfo(msgspec.Struct, frozen=True):
    """What an image says of itself.

    Attributes:
        type: Its media type, by its content.
        width: Pixels.
        height: Pixels.
        frames: How many pictures it holds.
    """

    type: str
    width: int
    height: int
    frames: int = 1


def sniff(head: bytes) -> str:
    """Return the media type of a file by its first bytes (8 KiB are enough): ``"image/png"``.

    ``text/html`` for anything that begins with a tag, as a browser could take it for markup, ``text/plain`` for other
    text, ``application/octet-stream`` for what is not known.

    Raises:
        UsageError: U621 where the package for it is not installed.
    """
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\f").lower()
    if re.match(_MARKUP, start):
        return "image/svg+xml" if b"<svg" in start else "text/html"
    if head[4:12] == b"ftypavis":  # an animation, which filetype does not know
        return "image/avif"
    try:
        import filetype  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise UsageError(
            "U621",
            "What an uploaded file is cannot be told: the packages for that are not installed.",
            "Run: pip install 'rooftree[uploads]'",
        ) from error
    guessed: Any = filetype.guess_mime(head[:HEAD])  # pyright: ignore[reportUnknownMemberType]
    if isinstance(guessed, str):
        return guessed
    if b"\0" not in head:
        try:
            head[: HEAD - 4].decode()
        except UnicodeDecodeError:
            pass
        else:
            return "text/plain"
    return "application/octet-stream"


async def check_upload(upload: Upload, types: Collection[str], *, max_size: int | None = None) -> str:
    """Return the media type of a file by its content, where it is one of those that are taken.

    Args:
        upload: The file; it is at its start afterwards.
        types: Media types: ``"application/pdf"``, ``"image/*"``.
        max_size: Bytes.

    Raises:
        UploadRefused: It is something else, empty, or larger.
    """
    if not upload.size:
        raise UploadRefused(upload, "empty", "Expected a file with something in it")
    if max_size is not None and upload.size > max_size:
        raise UploadRefused(upload, "size", f"Expected at most {max_size} bytes, got {upload.size}", limit=max_size)
    await upload.seek(0)
    found = sniff(await upload.read(HEAD))
    await upload.seek(0)
    taken = found in types or f"{found.partition('/')[0]}/*" in types
    # markup runs scripts: a pattern does not take it, its name alone does
    if not taken or (found in {"text/html", "image/svg+xml"} and found not in types):
        raise UploadRefused(
            upload,
            "type",
            f"Expected a file of {', '.join(sorted(types))}, got {found}",
            types=", ".join(sorted(types)),
        )
    return found


async def check_image(
    upload: Upload,
    types: Collection[str] = IMAGES,
    *,
    max_size: int | None = None,
    max_pixels: int = MAX_PIXELS,
    max_frames: int = 200,
) -> ImageInfo:
    """Return what an image is and how large, read from its header alone: no picture is unpacked before it was checked.

    Args:
        upload: The file; it is at its start afterwards.
        types: Media types that are taken.
        max_size: Bytes.
        max_pixels: Width times height, and times the frames of an animation: a small file may unpack to gigabytes.
        max_frames: Pictures in one file.

    Raises:
        UploadRefused: It is no image that can be read, of another type, or too large.
        UsageError: U621 where Pillow is not installed.
    """
    await check_upload(upload, types, max_size=max_size)
    info = await asyncio.get_running_loop().run_in_executor(_readers(), _inspect, upload, max_pixels, max_frames)
    await upload.seek(0)
    if info.type not in types and "image/*" not in types:
        raise UploadRefused(
            upload,
            "type",
            f"Expected a file of {', '.join(sorted(types))}, got {info.type}",
            types=", ".join(sorted(types)),
        )
    return info


@cache
def _readers() -> ThreadPoolExecutor:
    """Return the threads that read images: few, for the texts in a PNG of 64 KB may unpack to 64 MB each time."""
    return ThreadPoolExecutor(READERS, thread_name_prefix="rooftree-images")


def _inspect(upload: Upload, max_pixels: int, max_frames: int) -> ImageInfo:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise UsageError(
            "U621",
            "What an uploaded image is cannot be told: the packages for that are not installed.",
            "Run: pip install 'rooftree[uploads]'",
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the bound is ours, below
            with Image.open(upload.file, formats=_READ) as image:
                width, height = image.size
                if width * height > max_pixels:
                    raise UploadRefused(
                        upload,
                        "pixels",
                        f"Expected at most {max_pixels} pixels, got {width} x {height}",
                        limit=max_pixels,
                    )
                frames = int(getattr(image, "n_frames", 1))
                kind = _FORMATS[image.format or ""]
    except Image.DecompressionBombError as error:  # Pillow's own bound, which is far above ours
        raise UploadRefused(
            upload, "pixels", f"Expected at most {max_pixels} pixels, got far more", limit=max_pixels
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError,
            EOFError, IndexError) as error:  # fmt: skip
        raise UploadRefused(upload, "image", "Expected an image, got something that cannot be read as one") from error
    if frames > max_frames or frames * width * height > 4 * max_pixels:
        raise UploadRefused(upload, "frames", f"Expected at most {max_frames} frames, got {frames}", limit=max_frames)
    return ImageInfo(kind, width, height, frames)

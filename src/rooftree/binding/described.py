"""What a handler answers with, as plain data: for documents, never for requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin  # pyright: ignore[reportDeprecated]

import msgspec

from rooftree.base import Html
from rooftree.binding.answers import Answer
from rooftree.binding.info import REQUIRED
from rooftree.binding.returns import BINARY, HTML, ITERATORS, JSON, JSONL, MSGPACK, TEXT, kinds_in
from rooftree.binding.sources import class_of, strip
from rooftree.http import Event, EventStream, File, LazyResponse, Redirect, Response, Stream

__all__ = ["AnswerInfo", "SentInfo", "sent_as"]

SentKind = Literal["nothing", "text", "html", "bytes", "data", "items", "events", "file", "redirect", "page", "other"]


class AnswerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that a handler gives beside the one that its annotation names: `responses={202: AnswerInfo(...)}`.

    Attributes:
        returns: The type of its body, as a handler's annotation has it; `None` where it has none.
        description: When it is given.
        headers: The headers that come with it, each with what it says.
        media_type: The `Content-Type`, where it is not the one of the type.
        examples: Values of the body, each under a name.
    """

    returns: Any = None
    description: str = ""
    headers: Mapping[str, str] = {}
    media_type: str | None = None
    examples: Mapping[str, Any] = {}


class SentInfo(msgspec.Struct, eq=False, kw_only=True):
    """One thing that a handler may answer with.

    Attributes:
        kind: What it is; `items` are JSON lines, `page` is a template, `other` a response that its author made.
        media_types: The `Content-Type` of each of its forms; `*/*` where the value itself says it.
        type: The type of the data, or of each item or event.
    """

    kind: SentKind
    media_types: tuple[str, ...] = ()
    type: Any = None


def sent_as(returns: Any, media_type: str | None = None) -> list[SentInfo]:
    """Return what a declared type of answers comes to.

    Args:
        returns: The type; `REQUIRED` where none is declared.
        media_type: The `Content-Type` that was declared.
    """
    if returns is REQUIRED or returns is Any or returns is object:
        return [SentInfo(kind="other", media_types=(media_type or "*/*",))]
    found = [kind for kind in kinds_in(returns) if class_of(kind) is not Answer]
    sent = [_sent(kind, media_type) for kind in found]
    data = [part.type for part in sent if part.kind == "data"]
    if not data:
        return sent
    if any(part.kind == "nothing" for part in sent):  # null, as a value among others
        data.append(None)
    whole = SentInfo(
        kind="data",
        media_types=(JSON, MSGPACK) if media_type is None else (media_type,),
        type=Union[tuple(data)],  # noqa: UP007  # pyright: ignore[reportDeprecated]
    )
    return [whole, *(part for part in sent if part.kind not in {"data", "nothing"})]


def _sent(kind: Any, media_type: str | None) -> SentInfo:
    cls = class_of(kind)
    if kind is None:
        return SentInfo(kind="nothing")
    if kind is Html:
        return SentInfo(kind="html", media_types=(media_type or HTML.partition(";")[0],))
    if kind is str:
        return SentInfo(kind="text", media_types=(media_type or TEXT.partition(";")[0],))
    if kind is bytes:
        return SentInfo(kind="bytes", media_types=(media_type or BINARY,))
    if cls in ITERATORS:
        return _stream(strip(get_args(kind)[0])[0], media_type)
    if not (isinstance(cls, type) and issubclass(cls, Response)):
        return SentInfo(kind="data", type=kind)
    if issubclass(cls, EventStream):
        return SentInfo(kind="events", media_types=("text/event-stream",), type=next(iter(get_args(kind)), Any))
    if issubclass(cls, File):
        return SentInfo(kind="file", media_types=(media_type or "*/*",))
    if issubclass(cls, Redirect):
        return SentInfo(kind="redirect")
    if issubclass(cls, LazyResponse):
        return SentInfo(kind="page", media_types=("text/html",))
    return SentInfo(kind="bytes" if issubclass(cls, Stream) else "other", media_types=(media_type or "*/*",))


def _stream(item: Any, media_type: str | None) -> SentInfo:
    if (get_origin(item) or item) is Event:
        return SentInfo(kind="events", media_types=("text/event-stream",), type=next(iter(get_args(item)), Any))
    plain: dict[Any, tuple[SentKind, str]] = {str: ("text", TEXT), Html: ("html", HTML), bytes: ("bytes", BINARY)}
    if item in plain:
        kind, usual = plain[item]
        return SentInfo(kind=kind, media_types=(media_type or usual.partition(";")[0],))
    return SentInfo(kind="items", media_types=(media_type or JSONL,), type=item)

"""From what a handler returns to the answer that is written, by the type that is declared.

    None                          204, no body
    str                           text/plain
    Html                          text/html
    bytes                         application/octet-stream
    a Response, File, ...         itself
    Answer[T]                     as T, with its status and headers
    AsyncIterator[T], Iterator[T] a stream: text, bytes, or JSON lines of T
    AsyncIterator[Event[T]]       a stream of events
    anything else                 JSON, or MessagePack where the client would rather have it

Of a union each value goes its own way. ``None`` beside data is the JSON ``null``; alone, or beside what is no data, it
is no content.
"""

from __future__ import annotations

import enum
import inspect
from collections import abc
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Literal, TypeGuard, Union, cast, get_args, get_origin, is_typeddict  # pyright: ignore[reportDeprecated]

import msgspec

from rooftree.base import Html, UsageError
from rooftree.binding.answers import Answer
from rooftree.binding.info import REQUIRED
from rooftree.binding.models import guarded, is_loose
from rooftree.binding.sources import class_of, members, strip
from rooftree.binding.streams import async_items, plain_items
from rooftree.binding.threads import Lane
from rooftree.http import Event, EventStream, Request, Response, Stream, accepted_type
from rooftree.schema import encoder

__all__ = [
    "BINARY",
    "EMPTY",
    "HTML",
    "ITERATORS",
    "JSON",
    "JSONL",
    "MSGPACK",
    "TEXT",
    "VARY",
    "Maker",
    "kinds_in",
    "not_awaited",
    "prefers_msgpack",
    "to_response",
]

JSON: Final = "application/json"
MSGPACK: Final = "application/msgpack"
TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
BINARY: Final = "application/octet-stream"
JSONL: Final = "application/jsonl"
EMPTY: Final = frozenset({204, 205, 304})
"""Statuses whose answers have no body (RFC 9110 sections 15.3.5, 15.3.6, 15.4.5)."""

VARY: Final = {"vary": "accept"}
ITERATORS: Final = frozenset({abc.AsyncIterator, abc.AsyncIterable, abc.AsyncGenerator, abc.Iterator, abc.Generator})

Kind = Literal["nothing", "text", "html", "bytes", "data", "response", "mixed"]
Encode = Callable[[Any], bytes]


def prefers_msgpack(accept: bytes) -> bool:
    """Tell whether a client that names MessagePack would rather have it than JSON."""
    return accepted_type(accept.decode("latin-1"), (JSON, MSGPACK)) == MSGPACK


class Maker:
    """Makes answers of values of one declared type.

    Attributes:
        kind: What every value is; ``mixed`` where it has to be looked at.
        status: The status that was declared, ``None`` for the usual one.
        media_type: The ``Content-Type`` that was declared, ``None`` for the usual one.
        to_json: Encodes data.
        by_class: Encodes data of a union by its exact class; what is not in it takes the longer way.
        to_msgpack: Likewise.

    Raises:
        UnsupportedType: A type that cannot be encoded.
    """

    def __init__(self, returns: Any, lane: Lane, *, status: int | None = None, media_type: str | None = None) -> None:
        self.status = status
        self.media_type = media_type
        self._lane = lane
        self._undeclared = returns is REQUIRED
        dynamic = returns is REQUIRED or returns is Any or returns is object
        found = [Any, str, bytes] if dynamic else kinds_in(returns)
        data = [member for member in found if member is not None and not _is_special(member)]
        self._text = str in found
        self._bytes = bytes in found
        self._null = bool(data) and None in found
        self._item = _item_of(found)
        if self._null:
            data.append(None)
        encoded, items = encoder(_union(data)), encoder(_sent_item(self._item))
        loose = is_loose(_union(data))
        self.to_json: Encode = guarded(encoded.json) if loose else encoded.json
        self.to_msgpack: Encode = guarded(encoded.msgpack) if loose else encoded.msgpack
        self.by_class: dict[type[Any], Encode] = _by_class(data) if status not in EMPTY else {}
        self._item_to_json: Encode = guarded(items.json) if is_loose(_sent_item(self._item)) else items.json
        self.kind: Kind = "mixed" if dynamic or self.status in EMPTY else _kind_of(found, data)

    def make(self, value: Any, request: Request) -> Response:
        """Return the answer of a value.

        Raises:
            UsageError: U502 for a coroutine that was not awaited.
            EncodingError: The value is not of the declared type.
        """
        if value.__class__ in self.by_class:
            return self._encode(value, self.status or 200, request)
        if _is_events(value):
            return _with_encoder(value, self._item_to_json)
        if isinstance(value, Response):
            return value
        if _is_answer(value):
            return self._answer(value, request)
        status = self.status or 200
        if status in EMPTY or (value is None and not self._null):
            return Response(b"", self.status or 204, None)
        if isinstance(value, Html):
            return Response(value, status, self.media_type or HTML)
        if self._text and isinstance(value, str) and not isinstance(value, enum.Enum):
            return Response(value, status, self.media_type or TEXT)
        if self._bytes and isinstance(value, bytes):
            return Response(value, status, self.media_type or BINARY)
        if isinstance(value, abc.AsyncIterable | abc.Iterator):
            return self._stream(value, status)
        if inspect.isawaitable(value):
            raise not_awaited(value, request)
        if self._undeclared and type(value) is tuple:
            raise _undeclared_tuple(request)
        return self._encode(value, status, request)

    def _encode(self, value: Any, status: int, request: Request) -> Response:
        if self.media_type is None:
            for name, text in request.raw_headers:
                if name == b"accept" and b"msgpack" in text and prefers_msgpack(text):
                    return Response(self.to_msgpack(value), status, MSGPACK, VARY)
        to_json = self.by_class.get(value.__class__, self.to_json)
        return Response(to_json(value), status, self.media_type or JSON)

    def _answer(self, answer: Answer[Any], request: Request) -> Response:
        response = self.make(answer.value, request)
        if answer.status is not None:
            response.status = answer.status
            if answer.status in EMPTY:
                response.body, response.media_type = b"", None
        own = answer.response.own_headers
        if own:
            response.headers.pairs.extend(own)
        return response

    def _stream(self, value: Any, status: int) -> Response:
        item, encode = self._item, self._item_to_json
        if (get_origin(item) or item) is Event:
            return EventStream(value, encode_json=encode)
        as_it_is = {str: TEXT, Html: HTML, bytes: BINARY}.get(item)
        how = encode if as_it_is is None else None
        parts = async_items(value, how) if _is_async(value) else plain_items(value, how, self._lane)
        return Stream(parts, self.media_type or as_it_is or JSONL, status)


def _is_events(value: object) -> TypeGuard[EventStream[Any]]:
    return isinstance(value, EventStream)


def _is_answer(value: object) -> TypeGuard[Answer[Any]]:
    return isinstance(value, Answer)


def _is_async(value: object) -> TypeGuard[abc.AsyncIterable[Any]]:
    return isinstance(value, abc.AsyncIterable)


def _with_encoder(stream: EventStream[Any], encode: Encode) -> Response:
    if stream.encode_json is msgspec.json.encode:  # its author chose none
        stream.encode_json = encode
    return stream


def kinds_in(returns: Any) -> list[Any]:
    """Return the members of a union of returns; of ``Answer[T]`` those of ``T``, and ``Answer`` beside them."""
    found: list[Any] = []
    for member in members(returns):
        found.append(member)
        if get_origin(member) is Answer:
            found.extend(kinds_in(get_args(member)[0]))
    return found


def _by_class(data: list[Any]) -> dict[type[Any], Encode]:
    """Return the encoder of each class that only one of the declared types can have."""
    if data == [Any]:
        plain = encoder(Any).json
        return {int: plain, float: plain, bool: plain, dict: guarded(plain), list: guarded(plain)}
    found: dict[type[Any], list[Any]] = {}
    for member in data:
        cls: Any = class_of(member)
        if isinstance(cls, type) and not inspect.isabstract(cls):
            found.setdefault(cast("type[Any]", dict if is_typeddict(cls) else cls), []).append(member)
    return {cls: _encoder_of(types[0]) for cls, types in found.items() if len(types) == 1 and cls is not type(None)}


def _encoder_of(declared: Any) -> Encode:
    return guarded(encoder(declared).json) if is_loose(declared) else encoder(declared).json


def _is_response(member: Any) -> bool:
    cls = class_of(member)
    return isinstance(cls, type) and issubclass(cls, Response)


def _is_special(member: Any) -> bool:
    cls = class_of(member)
    return member in {str, bytes, Html} or cls is Answer or cls in ITERATORS or _is_response(member)


def _item_of(found: list[Any]) -> Any:
    """Return the type of what a stream gives, ``Any`` where none is declared."""
    for member in found:
        cls = get_origin(member)
        if cls in ITERATORS:
            return strip(get_args(member)[0])[0]
        if cls is EventStream:
            return get_args(member)[0]
    return Any


def _sent_item(item: Any) -> Any:
    """Return what of a stream's items is encoded: of an event its data, of text nothing."""
    if item is Event or item is Html:
        return Any
    return get_args(item)[0] if get_origin(item) is Event else item


def _union(types: list[Any]) -> Any:
    return Union[tuple(types)] if types else Any  # noqa: UP007  # pyright: ignore[reportDeprecated]


def _kind_of(found: list[Any], data: list[Any]) -> Kind:
    if len(data) == len(found):
        return "data"
    if len(found) > 1:
        return "mixed"
    (only,) = found
    named: dict[Any, Kind] = {None: "nothing", str: "text", Html: "html", bytes: "bytes"}
    if get_origin(only) is None and only in named:
        return named[only]
    return "response" if _is_response(only) and not _is_response(get_origin(only)) else "mixed"


def not_awaited(value: Any, request: Request) -> UsageError:
    """Return the error of a handler that returned something to await."""
    if inspect.iscoroutine(value):
        value.close()
    return UsageError(
        "U502",
        f"The handler of {request.method} {request.path} returned a {type(value).__name__} that was not awaited.",
        "Write 'return await ...' in it; a handler that awaits is 'async def'.",
    )


def _undeclared_tuple(request: Request) -> UsageError:
    return UsageError(
        "U306",
        f"What answers {request.method} {request.path} returned a tuple and declares no type; "
        "a status beside the data, as in 'return data, 201', is not read from one.",
        "Return Answer(data, status=201), or declare '-> tuple[...]' where the tuple is the data.",
    )


def to_response(value: Any, request: Request) -> Response:
    """Return the answer of a value whose type nobody declared: what an error handler returns.

    A ``LazyResponse`` among the answers still needs its ``respond``.
    """
    return _dynamic().make(value, request)


@lru_cache(1)
def _dynamic() -> Maker:
    return Maker(REQUIRED, Lane("answers", 1))

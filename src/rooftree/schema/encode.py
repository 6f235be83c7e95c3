"""Encoders: a value in, the bytes of its declared type out.

A value whose objects are exactly of the declared classes goes to msgspec as it is. Any other is projected first: what
the declared type does not name never leaves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from typing import Any, Final, Generic, NoReturn, TypeVar, overload
from weakref import WeakValueDictionary

import msgspec

from rooftree.schema import foreign
from rooftree.schema.exact import compile_exact
from rooftree.schema.faults import EncodingError, Path, show_path
from rooftree.schema.limits import word_for
from rooftree.schema.nodes import Alias, Array, Foreign, Node, Object, OneOf, Table
from rooftree.schema.plain import is_list, is_mapping
from rooftree.schema.project import Projection
from rooftree.schema.translate import is_pydantic, translate, type_name
from rooftree.schema.walk import accepts

__all__ = ["Encoder", "encoder"]

T = TypeVar("T")
V = TypeVar("V")
DEPTH: Final = 100
OWN: Final = (bytes, bytearray, memoryview, datetime)
"""What MessagePack has a form of its own for."""


class Encoder(Generic[T]):
    """Turns values into the bytes of one declared type; made once per type by ``encoder``.

    Decimal leaves as a string, bytes as base64 (JSON), dates and times by RFC 3339, timedelta by ISO 8601, an enum by
    its value, NaN and infinity as null; in MessagePack an integer of more than 64 bits as a string.

    Attributes:
        type: The declared type as it was given.
        json: Value -> JSON; raises `EncodingError` where the value lacks something or cannot be encoded.
        msgpack: Value -> MessagePack, likewise.
    """

    __slots__ = ("__weakref__", "_projection", "json", "msgpack", "node", "type")

    json: Callable[[Any], bytes]
    msgpack: Callable[[Any], bytes]

    def __init__(self, type: Any) -> None:
        self.type = type
        self.node = translate(type)
        self._projection = Projection()
        self.json = self._compile(msgspec.json.Encoder(enc_hook=_hook).encode, foreign.dump_json)
        self.msgpack = self._compile(msgspec.msgpack.Encoder(enc_hook=_hook).encode, None)

    def _compile(
        self, encode: Callable[[Any], bytes], of_model: Callable[[Any], bytes] | None
    ) -> Callable[[Any], bytes]:
        node, project = self.node, self._projection.project

        def slow(value: Any) -> bytes:
            return encode(project(node, value))

        def failed(value: Any, error: Exception) -> bytes:
            if of_model is not None or not isinstance(error, OverflowError):
                self._fail(encode, value, error)
            plain = msgspec.to_builtins(project(node, value), builtin_types=OWN, enc_hook=_hook)
            return encode(_with_long_integers_as_text(plain))  # MessagePack's integers have 64 bits

        exact = of_model if of_model is not None and isinstance(node, Foreign) else encode
        function: Callable[[Any], bytes] = compile_exact(node, exact, slow, failed)
        return function

    def project(self, value: Any) -> Any:
        """Return what of a value its declared type names, as dicts and lists under the names on the wire.

        Raises:
            EncodingError: the value lacks something.
        """
        try:
            return self._projection.project(self.node, value)
        except Exception as error:  # noqa: BLE001 - those that are the value's own pass
            self._fail(_nothing, value, error)

    def _fail(self, encode: Callable[[Any], bytes], value: Any, error: Exception) -> NoReturn:
        """Say where in a value the part is that cannot leave."""
        if isinstance(error, RecursionError):
            text = f"A value for `{type_name(self.type)}` contains itself, or is nested too deeply."
            raise EncodingError(text) from error
        if not isinstance(error, TypeError | ValueError | AttributeError | OverflowError):
            raise error
        path, node, part, reason = self._locate(encode, self.node, value, (), error)
        declared = type_name(getattr(node, "cls", None) or self.type) if isinstance(node, Object | Foreign) else ""
        wanted = f" as `{declared}`" if declared and declared != type_name(self.type) else ""
        hint = "; was an 'await' forgotten?" if inspect.isawaitable(part) else ""
        raise EncodingError(
            f"A value of type `{type(part).__qualname__}` cannot leave{wanted} in an answer of type "
            f"`{type_name(self.type)}`: {reason} - at `{show_path(path)}`{hint}"
        ) from error

    def _locate(
        self, encode: Callable[[Any], bytes], node: Node | None, value: Any, path: Path, error: Exception
    ) -> tuple[Path, Node | None, Any, Exception]:
        if len(path) < DEPTH:
            for step, child, part in _parts(node, value):
                try:
                    encode(part if child is None else self._projection.project(child, part))
                except Exception as inner:  # noqa: BLE001 - whatever it is, it is what is looked for
                    return self._locate(encode, child, part, (*path, step), inner)
        return path, node, value, error


def _nothing(value: Any) -> bytes:
    """Encode a value that was projected and goes nowhere."""
    del value
    return b""


def _parts(node: Node | None, value: Any) -> Iterator[tuple[str | int, Node | None, Any]]:
    """Yield the parts of a value, each with its step of the path and its declared type where there is one."""
    if isinstance(node, Alias):
        node = node.target
    if isinstance(node, OneOf):
        word = word_for(value)
        node = next((member for member in node.members if accepts(member, word)), None)
    if isinstance(node, Object):
        for field in node.fields:
            part = value.get(field.name, MISSING) if is_mapping(value) else getattr(value, field.name, MISSING)
            if part is not MISSING and part is not msgspec.UNSET:
                yield field.wire, field.node, part
    elif is_mapping(value):
        item = node.value if isinstance(node, Table) else None
        for key, part in value.items():
            yield str(key), item, part
    elif is_list(value):
        for index, part in enumerate(value):
            yield index, node.item if isinstance(node, Array) else None, part
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield name, None, getattr(value, name)


def _with_long_integers_as_text(data: Any) -> Any:
    """Return plain data that MessagePack can hold: what is too long for its integers leaves as a Decimal does."""
    if isinstance(data, int) and not -(2**63) <= data < 2**64:
        return str(data)
    if is_list(data):
        return [_with_long_integers_as_text(item) for item in data]
    if is_mapping(data):
        return {_with_long_integers_as_text(key): _with_long_integers_as_text(item) for key, item in data.items()}
    return data


MISSING: Final = object()


def _hook(value: Any) -> Any:
    if is_pydantic(type(value)):
        return foreign.dump(value)
    if is_mapping(value):
        return dict(value)
    raise TypeError(f"`{type(value).__qualname__}` has no form in JSON or MessagePack")


@overload
def encoder(type: type[V]) -> Encoder[V]: ...
@overload
def encoder(type: Any) -> Encoder[Any]: ...
def encoder(type: Any) -> Encoder[Any]:
    """Return the encoder of a declared type; it is made once, and kept as long as someone holds it.

    Raises:
        UnsupportedType: The type, or something in it, cannot be encoded.

    Example:
        encoder(list[int]).json((1, 2))  # b"[1,2]"
    """
    try:
        found = _ENCODERS.get(type)
    except TypeError:  # metadata that cannot be hashed
        return Encoder(type)
    if found is None:
        found = _ENCODERS[type] = Encoder(type)
    return found


_ENCODERS: Final[WeakValueDictionary[Hashable, Encoder[Any]]] = WeakValueDictionary()

"""Decoders: bytes, plain data or text in, a typed value out.

msgspec decodes. Where it refuses, and only there, the walk finds every fault. Types that msgspec does not take (two
classes without tags in one union, ...) are decoded by the walk altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, TypeVar, cast, get_origin, overload
from weakref import WeakValueDictionary

import msgspec

from rooftree.base import regex
from rooftree.schema import foreign
from rooftree.schema.check import compile_check
from rooftree.schema.faults import MAX_FAULTS, Fault, Invalid, Path
from rooftree.schema.flooding import Guard, guard_of
from rooftree.schema.hashes import LOOKED_AT, has_array_keys
from rooftree.schema.limits import word_for
from rooftree.schema.native import native_type
from rooftree.schema.nodes import Alias, Array, Choice, Foreign, Leaf, Node, OneOf, reachable
from rooftree.schema.plain import json_plain, msgpack_plain
from rooftree.schema.text import text_reader
from rooftree.schema.translate import is_pydantic, translate
from rooftree.schema.walk import Origin, Walk

__all__ = ["Decoder", "decoder", "validate"]

T = TypeVar("T")
V = TypeVar("V")
REFUSED: Final = (msgspec.DecodeError, RecursionError, TypeError, ValueError, OverflowError)


class Decoder(Generic[T]):
    """Turns data into values of one type; made once per type by ``decoder``.

    Every method raises `Invalid` with all faults found (at most `max_errors`), and nothing else, whatever the data is.

    Attributes:
        type: The type as it was given.
        json: JSON -> value. Numbers reach a Decimal exactly as they are written.
        msgpack: MessagePack -> value.
        strings: Text -> value: one str for a single value, a list of them, or a dict of names to either for a class.
            Nested names are ``owner.email`` and ``tags[0]``.
    """

    __slots__ = ("__weakref__", "_python", "json", "max_errors", "msgpack", "node", "opaque", "strings", "type")

    json: Callable[[bytes | bytearray | memoryview | str], T]
    msgpack: Callable[[bytes | bytearray | memoryview], T]
    strings: Callable[[Any], T]

    def __init__(self, type: Any, *, max_errors: int = MAX_FAULTS, opaque: tuple[type[Any], ...] = ()) -> None:
        self.type = type
        self.max_errors = max_errors
        self.opaque = opaque
        self.node = node = translate(type, opaque=opaque)
        check = compile_check(node)
        fast = native_of(node)
        self.json = _reader(
            msgspec.json.Decoder(fast, dec_hook=_hook).decode if fast is not None else None, check, self._explain_json
        )
        self.msgpack = _reader(
            msgspec.msgpack.Decoder(fast, dec_hook=_hook, ext_hook=_refuse_extension).decode
            if fast is not None
            else None,
            check,
            self._explain_msgpack,
        )
        if fast is not None:
            self.json = _guarded(self.json, guard_of(node, json_plain, "json"), self._explain_json)
            self.msgpack = _guarded(self.msgpack, guard_of(node, msgpack_plain, "msgpack"), self._explain_msgpack)
        if isinstance(node, Foreign):
            self.json = _foreign_reader(node)

        def convert(obj: Any) -> Any:
            return msgspec.convert(obj, fast, dec_hook=_hook)

        self._python = _reader(None if fast is None else convert, check, self._explain_python)
        self.strings = text_reader(node, max_errors)

    def python(self, obj: object, *, lax: bool = False) -> T:
        """Convert data that is already decoded.

        Args:
            obj: Plain data, or values of the type itself.
            lax: Take text for numbers, dates and the like too, as ``strings`` does.
        """
        return cast("T", self.strings(obj) if lax else self._python(obj))

    @property
    def immutable(self) -> bool:
        """Whether no value can be changed, so that one may be handed out again and again."""
        parts = self.node.members if isinstance(self.node, OneOf) else [self.node]
        return all(_is_immutable(part) for part in parts)

    # ---- why msgspec refused

    def _explain_json(self, data: Any, error: Exception | None) -> Any:
        return self._explain(data, error, json_plain, "json")

    def _explain_msgpack(self, data: Any, error: Exception | None) -> Any:
        return self._explain(data, error, msgpack_plain, "msgpack")

    def _explain_python(self, data: Any, error: Exception | None) -> Any:
        return self._explain(data, error, None, "python")

    def _explain(self, data: Any, refusal: Exception | None, read: Callable[[Any], Any] | None, origin: Origin) -> Any:
        """Walk the plain data; return the value where there was no refusal and no fault is found."""
        if isinstance(refusal, msgspec.DecodeError) and not isinstance(refusal, msgspec.ValidationError):
            raise _malformed(refusal)
        if read is not None and isinstance(refusal, RecursionError):
            raise Invalid([fault_of(refusal)])  # no other way to read it goes deeper, and the data may be long
        if origin == "msgpack" and len(data) > LOOKED_AT and has_array_keys(data):
            # reading it without its type would make dicts of them, whose hashes anyone can work out
            raise Invalid([fault_of(refusal or ARRAY_KEY)])
        try:
            plain = data if read is None else read(data)
        except msgspec.ValidationError as error:  # an int of more digits than Python takes
            raise Invalid([fault_of(refusal or error)]) from None
        except RecursionError as error:
            raise Invalid([fault_of(error)]) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _malformed(error) from None
        walk = Walk(self.max_errors, _budget(refusal, None if read is None else len(data)), origin=origin)
        try:
            value = walk.run(self.node, plain)
        except Exception as error:  # the user's own code ran over data that msgspec had refused
            if refusal is None:
                raise
            raise Invalid([fault_of(refusal)]) from error
        faults = walk.faults
        if refusal is not None and (faults or not walk.whole):
            faults = [fault for fault in faults if fault.code != "too_complex"] or [fault_of(refusal)]
        if faults:
            raise Invalid(faults)
        return value


@overload
def decoder(type: type[V], *, max_errors: int = ..., opaque: tuple[type[Any], ...] = ...) -> Decoder[V]: ...
@overload
def decoder(type: Any, *, max_errors: int = ..., opaque: tuple[type[Any], ...] = ...) -> Decoder[Any]: ...
def decoder(type: Any, *, max_errors: int = MAX_FAULTS, opaque: tuple[type[Any], ...] = ()) -> Decoder[Any]:
    """Return the decoder of a type; it is made once, and kept as long as someone holds it.

    Args:
        type: A Schema, a class with fields, a union, `Annotated`, whatever the documentation's table names.
        max_errors: How many faults are collected at most.
        opaque: Classes whose values are handed through as they are, where a form has them (an upload).

    Raises:
        UnsupportedType: The type, or something in it, cannot be decoded.

    Example:
        decoder(list[int]).json(b"[1, 2]")  # [1, 2]
    """
    key = (type, max_errors, opaque)
    try:
        found = _DECODERS.get(key)
    except TypeError:  # metadata that cannot be hashed
        return Decoder(type, max_errors=max_errors, opaque=opaque)
    if found is None:
        found = _DECODERS[key] = Decoder(type, max_errors=max_errors, opaque=opaque)
    return found


_DECODERS: Final[WeakValueDictionary[Hashable, Decoder[Any]]] = WeakValueDictionary()


def validate(value: V, type: Any = None) -> V:
    """Check a value that was made in Python against its own type, or another one; return it.

    Raises:
        Invalid: With every rule that it breaks.
    """
    found = decoder(value.__class__ if type is None else type)
    walk = Walk(found.max_errors)
    walk.run(found.node, value)
    if walk.faults:
        raise Invalid(walk.faults)
    return value


def _is_immutable(node: Node) -> bool:
    if isinstance(node, Array):
        return node.build in {tuple, frozenset} and isinstance(node.item, Leaf | Choice)
    return isinstance(node, Leaf | Choice)


# ---- readers


def _reader(
    decode: Callable[[Any], Any] | None,
    check: Callable[[Any], bool] | None,
    explain: Callable[[Any, Exception | None], Any],
) -> Callable[[Any], Any]:
    """Return the function that runs for each piece of data."""
    if decode is None:
        return lambda data: explain(data, None)
    return _plain_reader(decode, explain) if check is None else _checked_reader(decode, check, explain)


def _plain_reader(decode: Callable[[Any], Any], explain: Callable[[Any, Exception], Any]) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        try:
            return decode(data)
        except REFUSED as error:
            refusal = error
        return explain(data, refusal)

    return read


def _checked_reader(
    decode: Callable[[Any], Any], check: Callable[[Any], bool], explain: Callable[[Any, Exception], Any]
) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        try:
            value = decode(data)
            if check(value):
                return value
            refusal: Exception = BROKEN
        except REFUSED as error:
            refusal = error
        return explain(data, refusal)

    return read


def _guarded(
    read: Callable[[Any], Any], guard: Guard | None, explain: Callable[[Any, Exception], Any]
) -> Callable[[Any], Any]:
    """Return a reader that does not decode data whose sender has chosen its keys to take time."""
    if guard is None:
        return read

    def guarded(data: Any) -> Any:
        refusal = guard.refusal(data)
        return read(data) if refusal is None else explain(data, refusal)

    return guarded


def _foreign_reader(node: Foreign) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        try:
            return node.cls.__pydantic_validator__.validate_json(data)
        except ValueError as error:
            faults = foreign.faults_of(error)
        raise Invalid(faults, malformed=foreign.is_malformed(faults))

    return read


def native_of(node: Node) -> Any:
    """Return the type that msgspec decodes, or `None` where it takes no such type."""
    for part in reachable(node):
        if isinstance(part, Alias):
            return None  # msgspec would follow it for ever
        if isinstance(part, Foreign) and hasattr(part.cls, "__dataclass_fields__"):
            return None  # msgspec would make Pydantic's dataclasses without asking Pydantic
    try:
        native = native_type(node)
        msgspec.json.Decoder(native, dec_hook=_hook)
        msgspec.msgpack.Decoder(native, dec_hook=_hook)
    except (TypeError, ValueError, NotImplementedError):
        return None
    return native


def _hook(type: Any, data: Any) -> Any:
    if isinstance(data, get_origin(type) or type):
        return data
    if is_pydantic(type):
        return type.__pydantic_validator__.validate_json(msgspec.json.encode(data))
    raise ValueError(f"Expected `{type.__name__}`, got `{word_for(data)}`")


def _refuse_extension(code: int, _data: memoryview) -> Any:
    raise ValueError(f"Expected no extension type, got {code}")


BROKEN: Final = msgspec.ValidationError("The value breaks a rule of its type")
BUDGET: Final = 1_000_000
BUDGET_PER_BYTE: Final = 20
BUDGET_REFUSED: Final = 20_000
"""How many values the walk looks at after a refusal (some 40 ms): msgspec's own error is there to fall back on."""
ARRAY_KEY: Final = msgspec.ValidationError("Expected no `array` as a key of an `object`")
AT: Final = regex(r"(?s)(.*) - at (?:`key` in )?`\$(.*)`")
STEP: Final = regex(r"\[([0-9]+)\]|\[(\.\.\.)\]|\.([^.\[]+)")


def fault_of(error: Exception) -> Fault:
    """Return msgspec's own error as a fault."""
    if isinstance(error, RecursionError):
        return Fault((), "too_deep", "The data is nested too deeply")
    text = str(error)
    path: Path = ()
    if found := AT.fullmatch(text):
        text = found[1]
        path = tuple(int(index) if index else rest or name for index, rest, name in STEP.findall(found[2]))
    return Fault(path, "type" if text.startswith("Expected `") else "value", text)


def _budget(refusal: Exception | None, size: int | None) -> int:
    if refusal is not None:
        return BUDGET_REFUSED
    return BUDGET if size is None else BUDGET_PER_BYTE * size + 1000


def _malformed(error: Exception) -> Invalid:
    return Invalid([Fault((), "malformed", str(error))], malformed=True)

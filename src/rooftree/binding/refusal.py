"""The slow path: a request that cannot be used is looked through as a whole, and every error of it is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from rooftree.base import FieldError, HTTPError, RequestInvalid, Said
from rooftree.binding.bodies import BodyReader, Refused
from rooftree.binding.info import ParameterInfo
from rooftree.binding.sources import only_member, takes_text
from rooftree.binding.unknown import StrictQuery
from rooftree.http import FormData, FormLimits, Request, Upload
from rooftree.schema import MAX_FAULTS, Decoder, Invalid

__all__ = ["ABSENT", "REFUSED", "Refusal", "form_fields", "header_list", "is_raw", "query_fields", "text_of"]

ABSENT: Final = object()
REFUSED: Final = object()
"""What a step on a thread returns where the request cannot be used."""

Where = Any


def query_fields(fields: dict[str, list[str]]) -> dict[str, Any]:
    """Return the values of each name as a class takes them: one text, or several."""
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def form_fields(form: FormData) -> dict[str, Any]:
    """Return the fields and files of a form as a class takes them."""
    found: dict[str, Any] = query_fields(form.fields)
    for name, files in form.files.items():
        found[name] = files[0] if len(files) == 1 else files
    return found


def header_list(text: str) -> list[str]:
    """Return the members of a header that is a list (RFC 9110 section 5.6.1)."""
    return [part.strip(" \t") for part in text.split(",") if part.strip(" \t")]


def text_of(values: list[str] | None) -> str | None:
    """Return the one value of a name, ``None`` where there is none.

    Raises:
        Refused: There are several: which of them is meant is not to be guessed.
    """
    if values is None:
        return None
    if len(values) > 1:
        raise Refused
    return values[0]


def is_raw(parameter: ParameterInfo) -> bool:
    """Tell whether it takes the body as it came."""
    return parameter.source == "body" and only_member(parameter.type) is bytes


class Refusal:
    """Explains why a request cannot be used, for one handler.

    Args:
        parameters: All that are read, each with what converts it.
        limits: What is taken of a form.
        strict: Knows the names of the query string that are taken, where no others are.
    """

    def __init__(
        self,
        parameters: Iterable[tuple[ParameterInfo, Decoder[Any] | None]],
        limits: FormLimits,
        strict: StrictQuery | None = None,
    ) -> None:
        self._limits = limits
        self._strict = strict
        self._parameters = [(p, decoder) for p, decoder in parameters if p.typed]

    async def explain(self, request: Request) -> HTTPError:
        """Return the error to raise.

        Raises:
            HTTPError: The body cannot be read at all, or is of the wrong kind or too large.
        """
        errors: dict[tuple[str, tuple[str | int, ...], str], FieldError] = {}
        status = 422
        for error in () if self._strict is None else self._strict.errors(request):
            errors[error.where, error.path, error.code] = error
        for parameter, decoder in self._parameters:
            found, malformed = await _errors_of(parameter, decoder, request, self._limits)
            for error in found:
                errors.setdefault((error.where, error.path, error.code), error)
            if malformed:
                status = 400
        if not errors:  # a validator of the application's own has changed its mind
            return HTTPError(status, Said("The request cannot be used."))
        return RequestInvalid(list(errors.values())[:MAX_FAULTS], status)


async def _errors_of(
    parameter: ParameterInfo, decoder: Decoder[Any] | None, request: Request, limits: FormLimits
) -> tuple[list[FieldError], bool]:
    source = parameter.source
    where: Where = "form" if source == "upload" else source
    path = (parameter.wire,) if parameter.wire else ()
    if source == "body":
        return await _body_errors(parameter, decoder, request)
    value: Any = await _value_of(parameter, request, limits)
    if value is ABSENT or (value == "" and not parameter.required and not takes_text(parameter.type)):
        return ([_missing(where, path)] if parameter.required else []), False
    if value.__class__ is list and not parameter.many and not parameter.fields:
        count = len(value)
        return [FieldError(where, path, "repeated", f"Expected one value, got {count}", {"count": count})], False
    if decoder is None:
        return [], False
    try:
        if parameter.converted:
            decoder.python(value)
        else:
            decoder.strings(value)
    except Invalid as error:
        return [FieldError(where, (*path, *f.path), f.code, f.message, f.params) for f in error.errors], False
    return [], False


def _missing(where: Where, path: tuple[str, ...]) -> FieldError:
    what = "a body" if where == "body" else "a value"
    return FieldError(where, path, "missing", f"Expected {what}, got none")


async def _body_errors(
    parameter: ParameterInfo, decoder: Decoder[Any] | None, request: Request
) -> tuple[list[FieldError], bool]:
    content = await request.body()
    if decoder is None or (not content and not parameter.required):
        return [], False
    raw = is_raw(parameter)
    if not content and not raw:
        return [_missing("body", ())], False
    kind = next((value for name, value in request.raw_headers if name == b"content-type"), None)
    try:
        if raw:
            decoder.python(content)
        else:
            BodyReader(decoder).read(kind, content)
    except Invalid as error:
        return [FieldError("body", f.path, f.code, f.message, f.params) for f in error.errors], error.malformed
    return [], False


async def _value_of(parameter: ParameterInfo, request: Request, limits: FormLimits) -> Any:
    """Return what the request has for a parameter: a text, several, or ``ABSENT``."""
    wire = parameter.wire
    if parameter.source == "path":
        return request.params[parameter.index]
    if parameter.source == "query":
        return _of_names(parameter, request.query, query_fields(request.query) if parameter.fields else {})
    if parameter.source == "cookie":
        return request.cookies.get(wire, ABSENT)
    if parameter.source == "header":
        values = request.headers.get_all(wire)
        if not values:
            return ABSENT
        return header_list(", ".join(values)) if parameter.many else ", ".join(values)
    form = await request.form(limits)
    if parameter.source == "upload":
        return _of_names(parameter, form.files, {})
    if not wire and not parameter.fields:
        return form
    return _of_names(parameter, form.fields, form_fields(form) if parameter.fields else {})


def _of_names(
    parameter: ParameterInfo, names: dict[str, list[str]] | dict[str, list[Upload]], fields: dict[str, Any]
) -> Any:
    if parameter.fields:
        return fields if fields or parameter.required else ABSENT
    values = names.get(parameter.wire)
    if not values:
        return ABSENT
    return values if parameter.many or len(values) > 1 else values[0]

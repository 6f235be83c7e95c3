"""From a class body to declarations: which attributes are columns, references and many, and of what."""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any, ClassVar, ForwardRef, Literal, NamedTuple, get_args, get_origin

from rooftree.db.model_errors import ModelError
from rooftree.db.models.columns import ColSpec, ManySpec, RefSpec
from rooftree.db.models.descriptors import Col, Many, Ref
from rooftree.db.types import split_optional

__all__ = ["Declaration", "Unknown", "declarations_of", "evaluate"]

Spec = ColSpec | RefSpec | ManySpec
_HEAD = re.compile(r"\s*((?:\w+\.)*(?:Col|Ref|Many))\s*\[(.*)\]\s*\Z", re.DOTALL)
_OPTIONAL = re.compile(r"(?:(?:\w+\.)*Optional\[(.*)\]|(.*?)\s*\|\s*None|None\s*\|\s*(.*))\Z", re.DOTALL)
_SPECS: dict[Any, type] = {Col: ColSpec, Ref: RefSpec, Many: ManySpec}
_MAKERS: dict[Any, str] = {Col: "col()", Ref: "ref()", Many: "many()"}


class Declaration(NamedTuple):
    """One attribute of a model: what it is of, and what was said of it.

    Attributes:
        kind: Which of ``Col``, ``Ref``, ``Many`` it is.
        inner: The type of a column; the other model, as a class or by name, of a relation. Without ``None``.
        nullable: Whether ``None`` was part of the type.
        module: Where a name is to be looked up.
        scope: The function, as a prefix of qualified names, that the class stands in.
    """

    name: str
    kind: Literal["column", "reference", "many"]
    inner: Any
    nullable: bool
    spec: Any
    module: str
    scope: str


def declarations_of(namespace: dict[str, Any], frame: FrameType) -> dict[str, Declaration]:
    """Read the columns and relations of a class body, and take their specifications off it.

    Args:
        namespace: The class body.
        frame: The frame that the class statement runs in: annotations may name what is local there.

    Raises:
        ModelError: an annotation that is none of ``Col``, ``Ref``, ``Many``, or a value that does not go with it.
    """
    found: dict[str, Declaration] = {}
    model = namespace["__qualname__"]
    scope = model.rpartition(".")[0]
    for name, annotation in namespace.get("__annotations__", {}).items():
        head, inner = _split(annotation, namespace, frame, f"{model}.{name}")
        if head is ClassVar:
            continue
        spec = _spec(head, namespace.pop(name, None), f"{model}.{name}")
        kind: Literal["column", "reference", "many"] = (
            "column" if head is Col else "reference" if head is Ref else "many"
        )
        inner, nullable = _without_none(inner)
        found[name] = Declaration(
            name, kind, inner, nullable, spec, namespace["__module__"], f"{scope}." if scope else ""
        )
    for name, value in namespace.items():
        if isinstance(value, (ColSpec, RefSpec, ManySpec)):
            raise ModelError("M103", f"{model}.{name} has no annotation.", f"Write {name}: Col[...] = col(...).")
    return found


def _spec(head: Any, given: Any, place: str) -> Any:
    if given is None:
        given = {
            Col: ColSpec(_missing(), {}),
            Ref: RefSpec(None, False, False, True, (), ""),
            Many: ManySpec("", None, "", ""),
        }[head]
    if type(given) is not _SPECS[head]:
        raise ModelError(
            "M104",
            f"{place} is a {head.__name__}[...], and its value is {given!r}.",
            f"Write {_MAKERS[head]}" + (f", with default={given!r}." if head is Col else "."),
        )
    return given


def _missing() -> Any:
    from rooftree.db.table import MISSING

    return MISSING


def _split(annotation: Any, namespace: dict[str, Any], frame: FrameType, place: str) -> tuple[Any, Any]:
    """Part ``Col[str]`` into its head and what it is of; that stays text where a name is not known yet."""
    if isinstance(annotation, str):
        match = _HEAD.match(annotation)
        if match:
            head = evaluate(match[1], namespace, frame)
            if head in _SPECS:
                inner = evaluate(match[2], namespace, frame)
                if isinstance(inner, Unknown) and head is Col:
                    raise ModelError(
                        "M105", f"{place} names {inner.name}, which is not known here.", "Import it at run time."
                    )
                return head, match[2] if isinstance(inner, Unknown) else inner
        evaluated = evaluate(annotation, namespace, frame)
        if re.match(r"(?:\w+\.)*ClassVar\b", annotation):
            return ClassVar, None
        annotation = evaluated
    if annotation is ClassVar or get_origin(annotation) is ClassVar:
        return ClassVar, None
    head = get_origin(annotation)
    if head in _SPECS:
        return head, get_args(annotation)[0]
    shown = annotation.name if isinstance(annotation, Unknown) else getattr(annotation, "__name__", annotation)
    raise ModelError(
        "M102",
        f"{place} is annotated {shown}, and an attribute of a model is a Col[...], a Ref[...] or a Many[...].",
        f"Write {place.rpartition('.')[2]}: Col[{shown}], or ClassVar[...] for what is no column.",
    )


class Unknown(NamedTuple):
    """A name that an annotation uses and that nothing has yet."""

    name: str


def evaluate(text: str, namespace: dict[str, Any], frame: FrameType) -> Any:
    """Evaluate an annotation where it stands: in the class body, the functions around it, the module."""
    names: dict[str, Any] = {}
    outer: FrameType | None = frame
    while outer is not None and outer.f_globals is frame.f_globals:
        if outer.f_locals is not outer.f_globals:
            names = {**outer.f_locals, **names}
        outer = outer.f_back
    module = sys.modules.get(namespace["__module__"])
    around = vars(module) if module is not None else frame.f_globals
    try:
        return eval(text, {**around, **names})  # noqa: S307 - the author's own annotation, as typing.get_type_hints does
    except NameError as error:
        return Unknown(error.name or text)
    except (AttributeError, TypeError, SyntaxError):
        return Unknown(text)


def _without_none(inner: Any) -> tuple[Any, bool]:
    if isinstance(inner, ForwardRef):
        inner = inner.__forward_arg__
    if isinstance(inner, str):
        text = inner.strip()
        match = _OPTIONAL.match(text)
        nullable = match is not None
        if match:
            text = next(part for part in match.groups() if part).strip()
        return text.strip("\"'"), nullable
    inner, nullable = split_optional(inner)
    if isinstance(inner, ForwardRef):
        inner = inner.__forward_arg__
    return inner, nullable

"""The metaclass of models: a class body becomes a struct whose columns have C slots, and a table that queries read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, cast, dataclass_transform

import msgspec
from msgspec import UNSET

from rooftree.base import HabitError
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.paths import REFERENCE_VERBS, RefPath
from rooftree.db.expressions.select import Select
from rooftree.db.habits import names_of, put_habits_on_models
from rooftree.db.model_errors import ModelError, QueryError
from rooftree.db.models import registry
from rooftree.db.models.build import build_table
from rooftree.db.models.columns import col
from rooftree.db.models.constraints import constraints_of
from rooftree.db.models.declare import Declaration, declarations_of
from rooftree.db.models.members import ClassMember, KeyMember, ManyMember, ReferenceMember
from rooftree.db.place import user_line
from rooftree.db.query.operation import names_of_rows
from rooftree.db.query.relation import Relation
from rooftree.db.table import MISSING, ColumnInfo, TableInfo

if TYPE_CHECKING:
    import sqlalchemy as sa

    from rooftree.db.expressions.base import Condition

    # msgspec's own metaclass has a dataclass_transform too, and mypy would take that one: it knows no col().
    StructMeta = type
else:
    StructMeta = type(msgspec.Struct)

__all__ = ["ModelMeta"]

HOOKS = ("before_save", "after_save", "before_delete", "after_delete")


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(col,))
class ModelMeta(StructMeta):
    """Makes models.

    A concrete model gets a metaclass of its own that holds its columns as expressions: an attribute of the class is
    found there first, and instances never look there.
    """

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        table: str | None = None,
        schema: str | None = None,
        abstract: bool = False,
        database: str = "default",
        **options: Any,
    ) -> Any:
        """Make a model of a class body; see `BareModel` for the options."""
        if options:
            raise ModelError(
                "M121",
                f"class {name} was given {min(options)}=.",
                "A model takes table, schema, database and abstract.",
            )
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - where annotations are looked up
        own = declarations_of(namespace, frame)
        declared = _inherited(name, bases) | own
        namespace["__declarations__"] = declared
        kept = {key: text for key, text in namespace.get("__annotations__", {}).items() if key not in own}
        namespace["__annotations__"] = kept
        if abstract or "__model_root__" in namespace:
            if table is not None:
                raise ModelError(
                    "M122", f"{name} is abstract and names the table {table!r}.", "Name it on the concrete model."
                )
            return super().__new__(mcls, name, bases, namespace, eq=False)
        derived = any(getattr(base, "__derived__", False) for base in bases)
        place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        info = build_table(
            name,
            declared,
            table=table,
            schema=schema,
            module=namespace["__module__"],
            qualname=namespace["__qualname__"],
            place=_short(place),
            reserved=_reserved(bases),
            derived=derived,
            database=database,
        )
        for column in info.columns:
            info.own[column.name] = Column(column)
        members: dict[str, Any] = dict(info.own)
        for reference in info.references:
            members[reference.name] = RefPath(reference)
        for many in info.manys:
            members[many.name] = Relation(many)
        meta = type(f"{name}Meta", (mcls,), {"__module__": mcls.__module__})
        fields = _struct_fields(info, namespace)
        model: Any = StructMeta.__new__(
            cast("type[ModelMeta]", meta),
            name,
            bases,
            {**namespace, **fields},
            eq=False,
            gc=_may_be_in_a_circle(info, bases, declared),
        )
        _cover_relations(model, info)
        for key, member in members.items():  # last: they would catch what is set on the class
            setattr(meta, key, ClassMember(meta, key, member))
        names_of_rows(info.names)
        info.make = model
        info.rows = Select(info)
        if not derived:
            info.constraints = constraints_of(info, model)
            info.hooks = _hooks(model)
            registry.add(model)
        return model

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_: Any) -> None:  # noqa: N805 - a class is the instance of its metaclass
        super().__init__(name, bases, namespace)

    def __bool__(cls) -> bool:  # noqa: N805 - a class is the instance of its metaclass
        return True

    @property
    def table(cls) -> sa.Table:  # noqa: N805 - a class is the instance of its metaclass
        """The model's SQLAlchemy table, for expressions of SQLAlchemy Core; see `core()`."""
        from rooftree.db.sql.tables import table_of

        info = cls.__dict__.get("__table_info__")
        if info is None or info.derived:
            why = "is abstract" if info is None else "is what a query gives"
            raise ModelError("M203", f"{cls.__name__} {why} and has no table.", "Ask a concrete model.")
        return cast("sa.Table", table_of(info, "postgresql"))

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:  # noqa: N805 - a class is the instance of its metaclass
            """Say what a model has where someone asks it for what it has not."""
            info = None if name.startswith("_") else cls.__dict__.get("__table_info__")
            here = any(name in vars(each) for each in (*type(cls).__mro__, *cls.__mro__))
            if info is None or here:
                type.__getattribute__(cls, name)  # which says that there is no such name, or what it is here
            raise HabitError("Q119", f"{cls.__name__} has no {name!r}.", names_of(info, name), at=user_line())

        def __clause_element__(cls) -> NoReturn:  # noqa: N805 - a class is the instance of its metaclass
            """Tell those who write SQLAlchemy's ``select(Product)``, which asks for this."""
            raise QueryError(
                "Q127",
                f"SQLAlchemy was given the model {cls.__name__}.",
                f"Write {cls.__name__}.where(...), or select({cls.__name__}.table) inside of core().",
            )

    if TYPE_CHECKING:
        # The verbs of a reference: the checkers see the other model's class where `Product.category` stands.

        def is_(cls, other: Any) -> Condition:  # noqa: N805 - a class is the instance of its metaclass
            """True where the reference leads to this row: an instance, or a key."""
            ...

        def is_not(cls, other: Any) -> Condition:  # noqa: N805 - a class is the instance of its metaclass
            """True where the reference leads to another row than this one."""
            ...

        def in_(cls, others: Any) -> Condition:  # noqa: N805 - a class is the instance of its metaclass
            """True where the reference leads to one of these rows: instances, or keys."""
            ...

        def is_null(cls) -> Condition:  # noqa: N805 - a class is the instance of its metaclass
            """True where the reference leads nowhere."""
            ...

        def is_not_null(cls) -> Condition:  # noqa: N805 - a class is the instance of its metaclass
            """True where the reference leads somewhere."""
            ...


put_habits_on_models(ModelMeta)


def _short(place: str) -> str:
    import os

    relative = os.path.relpath(place)
    return place if relative.startswith("..") else relative


def _inherited(name: str, bases: tuple[type, ...]) -> dict[str, Declaration]:
    declared: dict[str, Declaration] = {}
    for base in reversed(bases):
        info = base.__dict__.get("__table_info__")
        if info is not None:
            raise ModelError(
                "M123",
                f"{name} derives from {base.__name__}, which has a table of its own.",
                f"Make {base.__name__} abstract: class {base.__name__}(Model, abstract=True).",
            )
        declared.update(getattr(base, "__declarations__", {}))
    return declared


def _reserved(bases: tuple[type, ...]) -> frozenset[str]:
    """Names that a column may not take: the verbs of models and of references."""
    verbs = {name for base in bases for name in dir(base) if not name.startswith("_")}
    return frozenset(verbs | REFERENCE_VERBS | {"table", "mro"})


def _hooks(model: type) -> frozenset[str]:
    """The hooks that a model has of its own, so that the others cost nothing."""
    root = next(base for base in model.__mro__ if "__model_root__" in base.__dict__)
    return frozenset(name for name in HOOKS if getattr(model, name) is not getattr(root, name))


def _struct_fields(info: TableInfo, namespace: dict[str, Any]) -> dict[str, Any]:
    """The fields of the struct, in the order of a loaded row: columns, then references, then manys."""
    annotations: dict[str, Any] = {}
    fields: dict[str, Any] = {"__table_info__": info}
    for column in info.columns:
        annotations[column.name] = _annotation(column)
        if column.factory is not None:
            fields[column.name] = msgspec.field(default_factory=column.factory)
        elif column.reference is not None or column.automatic or column.generated is not None:
            fields[column.name] = UNSET
        elif column.default is not MISSING:
            fields[column.name] = column.default
    for name in [relation.name for relation in info.references] + [relation.name for relation in info.manys]:
        annotations[name] = Any
        fields[name] = UNSET
    return {**fields, "__annotations__": {**namespace["__annotations__"], **annotations}}


def _may_be_in_a_circle(info: TableInfo, bases: tuple[type, ...], declared: Mapping[str, Declaration]) -> bool:
    """Whether instances can refer to each other in the end; where they cannot, the collector need not look at them.

    A model that refers to nothing but such models is one itself: they were there before it, so none leads back to it.
    What a mixin without slots gives them holds anything.
    """
    if any(base.__dictoffset__ for base in bases):
        return True
    if info.manys or any(column.type.kind in {"json", "array"} for column in info.columns if not column.reference):
        return True
    targets = [declared[reference.name].inner for reference in info.references]
    return any(not isinstance(target, ModelMeta) or cast("Any", target).__struct_config__.gc for target in targets)


def _annotation(column: ColumnInfo) -> Any:
    if column.reference is not None and column.annotation is None:
        return Any
    return column.annotation | msgspec.UnsetType if column.automatic else column.annotation


def _cover_relations(model: type, info: TableInfo) -> None:
    """Put the descriptors over the slots of relations and of their key columns."""
    for reference in info.references:
        for at, column in enumerate(reference.columns):
            type.__setattr__(model, column.name, KeyMember(model, reference, at))
        type.__setattr__(model, reference.name, ReferenceMember(model, info, reference))
    for many in info.manys:
        type.__setattr__(model, many.name, ManyMember(model, info, many))

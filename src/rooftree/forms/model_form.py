"""Forms over columns and relations of a model: shown, checked by the model's own rules, saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from rooftree.base import CheckError, ForeignKeyError, IntegrityError, NotNullError, UniqueError
from rooftree.db import (
    Input,
    Model,
    ReferenceInfo,
    RowInvalid,
    StaleRow,
    TableInfo,
    check_written,
    is_policed,
    transaction,
)
from rooftree.forms.errors import FormError
from rooftree.forms.form import BaseForm
from rooftree.forms.form_info import FormInfo, argument_of, check_names, rules_of, specs_of
from rooftree.forms.info import FieldPath, Option
from rooftree.forms.messages import message
from rooftree.forms.model_fields import Child, ModelParts, model_parts
from rooftree.forms.read import ROW
from rooftree.forms.versions import VERSION, StaleChild, conflicts, is_other, marked_key, row_of, version_of
from rooftree.forms.widgets.base import FieldInfo
from rooftree.forms.widgets.choice import choices_key
from rooftree.http import FormData, Upload
from rooftree.schema import decoder

__all__ = ["ModelForm"]

M = TypeVar("M", bound=Model)


class StillUsed(Exception):
    """A row that people have taken away is still needed by another.

    Args:
        name: The field of the rows.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ModelForm(BaseForm[Input[M]], Generic[M]):
    """A form over columns and relations of a model, by the rules that stand on them.

        class ProductForm(ModelForm[Product], fields=(Product.name, Product.price, Product.category)): ...


        @app.form("/products/new")
        @app.form("/products/{product}/edit")
        async def edit(form: ProductForm, product: Found[Product] | None = None) -> Page | Redirect:
            if saved := await form.bind(product).save():
                return Redirect(f"/products/{saved.id}")
            return render("product.html", form=form)

    A reference is a list to choose from; many to many is one that takes several; rows of another model that belong to
    this one are rows of fields: ``lines = field(fields=(Line.product, Line.count))``. Fields that the model has not are
    declared in the body with their type: ``sure = field(Literal[True])``.

    Class options: ``fields`` names columns and relations; for the others see `BaseForm`.
    """

    model_parts: ClassVar[ModelParts]

    def __init_subclass__(cls, *, fields: Sequence[Any] = (), **options: Any) -> None:
        super().__init_subclass__(**options)
        inherited = getattr(cls, "model_parts", None)
        model = argument_of(cls, "ModelForm") if inherited is None else inherited.info.make
        if not isinstance(getattr(model, "__table_info__", None), TableInfo):
            raise FormError(
                "F102", f"{cls.__name__} is a form of {model!r}, which is no model.", "Write ModelForm[Product]."
            )
        cls.named_fields = tuple(fields) or getattr(cls, "named_fields", ())
        cls.model_parts = parts = model_parts(cls.__name__, model, cls.named_fields, specs_of(cls))
        check_names(cls, parts.fields)
        cls.info = FormInfo(parts.fields, decoder(parts.shape, opaque=(Upload,)), rules_of(cls))

    named_fields: ClassVar[tuple[Any, ...]]
    instance: M | None = None
    _sent_version = ""
    _changed = False

    def bind(self, instance: M | None) -> Self:
        """Begin with a row, which ``save`` then changes; with ``None`` it makes a new one.

        Raises:
            FormUsageError: F209 once it was validated.
        """
        self.instance = instance
        return self._begin(None if instance is None else _initial(self.model_parts, instance))

    async def load(self) -> None:
        """Load the options of relations, and the rows that belong to the instance."""
        if self.instance is not None:
            await self._load_relations(self.instance)
        await super().load()

    async def _load_relations(self, instance: M) -> None:
        initial = cast("dict[str, Any]", self._initial)
        for name, many in self.model_parts.links.items():
            if name not in initial:
                relation = getattr(type(instance), name)
                key = many.target.own[many.target.key[0].name]
                initial[name] = await relation.of(instance).values(key)
        for name, child in self.model_parts.children.items():
            if name not in initial:
                rows = await self._children(name, child)
                initial[name] = [{**_initial(child.parts, row), ROW: marked_key(_key_of(row), row)} for row in rows]

    async def _children(self, name: str, child: Child) -> list[Any]:
        order = specs_of(type(self))[name].options.get("order")
        first = order if order is not None else child.many.target.own[child.many.target.key[0].name]
        found: list[Any] = await getattr(type(self.instance), name).of(self.instance).order_by(first)
        return found

    def row_key(self, path: FieldPath, value: Any) -> str:  # noqa: ARG002 - as the base has it
        """Return the key of the row of another model that a row stands for."""
        return str(cast("Mapping[str, Any]", value).get(ROW, "")) if isinstance(value, Mapping) else ""

    # ---- the version

    @property
    def version(self) -> str:
        """The version of the row that the page shows, where its model has one; empty else."""
        return self._sent_version or version_of(self.instance)

    @property
    def changed(self) -> bool:
        """Whether somebody else has changed the row since the page was shown."""
        return self._changed

    async def _sent(self) -> FormData | None:
        sent = await super()._sent()
        if sent is not None:
            self._sent_version = sent.get(VERSION, "") or ""
        return sent

    async def _look_for_change(self, right: Mapping[str, Any]) -> None:
        """Tell who was not the only one to change the row, and what is saved now; sent once more, his words count."""
        if not is_other(self.instance, self._sent_version):
            return
        self._sent_version = ""
        self._changed = True
        self._fault((), message("changed", {}))
        await self.load()
        labels = {field.name: self._labels(field) for field in self.info.fields}
        for path, text in conflicts(self.info.fields, right, self._initial, self.around, labels):
            self._fault(path, text)

    def _labels(self, field: FieldInfo) -> list[Option]:
        key = choices_key(field)
        return self._options.get(key) or self.lookups.named(key)

    # ---- checking

    def _read_fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        right = super()._read_fields(given)
        for name in list(right):
            if not self._fits(self.model_parts, name, right[name], (name,)):
                del right[name]
        return right

    def _fits(self, parts: ModelParts, name: str, value: Any, path: FieldPath) -> bool:
        """Note what a value breaks of the column's rules that its type does not say: digits, formats."""
        if name in parts.children:
            child = parts.children[name].parts
            fits = [
                self._fits(child, column, getattr(row, column), (*path, at, column))
                for at, row in enumerate(value)
                for column in child.columns
            ]
            return all(fits)
        if name not in parts.columns or value is None:
            return True
        for check in parts.columns[name][1]:
            problem = check(value)
            if problem is not None:
                self._fault(path, message(problem.code, problem.params, problem.message))
                return False
        return True

    async def _run_rules(self, right: Mapping[str, Any]) -> None:
        await super()._run_rules(right)
        if self._is_question:
            await self._look_for_taken(right)
        else:
            await self._look_for_change(right)

    async def _look_for_taken(self, right: Mapping[str, Any]) -> None:
        """Tell who is still typing what another row has already; on saving, the database itself says so."""
        info = self.model_parts.info
        model = cast("type[Model]", info.make)
        for name, (column, _checks) in self.model_parts.columns.items():
            if not column.unique or right.get(name) is None or self._wrong(name):
                continue
            found = model.unscoped("a value that is taken is, whoever has it").where(info.own[name] == right[name])
            if self.instance is not None:
                for key in info.key:
                    found = found.where(info.own[key.name] != getattr(self.instance, key.name))
            if await found.exists():
                self._fault((name,), message("unique", {}))

    # ---- saving

    async def save(self, **values: Any) -> M | None:
        """Validate what was sent and write it, relations included, in one transaction; ``None`` as ``validate``.

        What the database refuses stands at its field: a value that is taken, a row that is gone.

        Args:
            values: Columns and references that no field has: ``await form.save(owner=user)``.

        Raises:
            RowRefused: 403, by the model's policy the row is none that whoever sent it may add, or change to that.
        """
        data = await self.validate()
        if data is None:
            return None
        before, request = self._before(), self.request
        policed = request is not None and is_policed(self.model_parts.info)
        # who asks is read before the transaction: a session may be kept where that one writes
        viewer = await request.app.viewer(request) if request is not None and policed else None
        try:
            async with transaction():
                saved = await self.write(data, **values)
                if policed:
                    await check_written(saved, viewer, "add" if self.instance is None else "change")
                return saved
        except (IntegrityError, RowInvalid, StaleRow, StillUsed, StaleChild) as error:
            self._restore(before)
            if not self._explained(error):
                raise
        await self._returned()
        return None

    async def write(self, data: Input[M], **values: Any) -> M:
        """Write what was sent, which is right; ``save`` calls it inside its transaction. A subclass may do more."""
        own = {name: value for name, value in data.values().items() if self._is_own(name)} | values
        if self.instance is None:
            instance = await cast("type[M]", self.model_parts.info.make).create(**own)
        else:
            instance = self.instance
            for name, value in own.items():
                setattr(instance, name, value)
            await instance.save(always=bool(self.model_parts.links or self.model_parts.children))
        for name in self.model_parts.links:
            if not self._skipped(name):
                await getattr(type(instance), name).set(instance, getattr(data, name))
        for name, child in self.model_parts.children.items():
            if not self._skipped(name):
                await self._write_children(instance, name, child, getattr(data, name))
        return instance

    def _is_own(self, name: str) -> bool:
        return (name in self.model_parts.columns or name in self.model_parts.references) and not self._skipped(name)

    def _skipped(self, name: str) -> bool:
        field = self.info.find(name)
        return field is None or field.readonly

    async def _write_children(self, instance: M, name: str, child: Child, rows: Sequence[Any]) -> None:
        """Change, make and delete the rows that belong to an instance, so that they are those that were sent."""
        there = {_key_of(row): row for row in await getattr(type(instance), name).of(instance)}
        back = child.many.links.source.name
        order = specs_of(type(self))[name].options.get("order")
        keys = [row_of(child.parts.info, raw) for raw in (self._raw or {}).get(name, [])]
        kept: set[str] = set()
        for at, ((key, version), row) in enumerate(zip(keys, rows, strict=False)):
            own = row.values()
            if order is not None:
                own[order.info.name] = at
            found = there.get(key) if key not in kept else None
            if found is None:
                await cast("Any", child.parts.info.make).create(**own, **{back: instance})
                continue
            kept.add(key)
            if is_other(found, version):
                raise StaleChild(name, at, found)
            for column, value in own.items():
                setattr(found, column, value)
            await found.save()
        for key, row in there.items():
            if key not in kept:
                try:
                    await row.delete()
                except ForeignKeyError as error:
                    raise StillUsed(name) from error

    # ---- what the database says

    def _before(self) -> dict[str, Any]:
        return {} if self.instance is None else _initial(self.model_parts, self.instance)

    def _restore(self, before: Mapping[str, Any]) -> None:
        """Let an instance be again as it was: what could not be saved is no part of it."""
        for name, value in before.items():
            setattr(self.instance, name, value)

    def _explained(self, error: Exception) -> bool:
        """Say at its field what was refused; tell whether people can do something about it."""
        if isinstance(error, RowInvalid):
            child = self._child_of(lambda info: info.model == error.model)
            for problem in error.problems:
                self._refuse((child or problem.column,), problem.code, problem.params, problem.message)
            return True
        if isinstance(error, StaleRow):
            self._refuse((), "stale")
            return True
        if isinstance(error, StillUsed):
            self._refuse((error.name,), "still_used")
            return True
        if isinstance(error, StaleChild):
            self._explain_row(error)
            return True
        return isinstance(error, IntegrityError) and self._explained_constraint(error)

    def _explain_row(self, error: StaleChild) -> None:
        """Say at one of several rows what is saved now; sent once more, it is changed."""
        child = self.model_parts.children[error.name].parts
        raw = cast("dict[str, Any]", self._raw)[error.name][error.at]
        raw[ROW] = marked_key(_key_of(error.there), error.there)
        typed = getattr(self._data, error.name)[error.at].values()
        self._refuse((error.name, error.at), "row_changed")
        for path, text in conflicts(child.fields, typed, _initial(child, error.there), self.around, {}):
            self._fault((error.name, error.at, *path), text)

    def _explained_constraint(self, error: IntegrityError) -> bool:
        child = self._child_of(lambda info: info.name == error.table)
        names = (child,) if child else self._names_of(error.columns)
        if isinstance(error, UniqueError):
            alone = len(error.columns) == 1 and len(names) == 1
            self._refuse(names if len(names) == 1 else (), "unique" if alone else "unique_together")
        elif isinstance(error, ForeignKeyError):
            self._refuse(names[:1], "gone")
        elif isinstance(error, CheckError):
            self._refuse(names[:1], "check")
        elif isinstance(error, NotNullError) and names:
            self._refuse(names[:1], "missing")
        else:
            return False
        return True

    def _child_of(self, wanted: Callable[[TableInfo], bool]) -> str:
        """Return the field of the rows that a table holds; empty where it is the form's own, or none."""
        if wanted(self.model_parts.info):
            return ""
        return next((name for name, child in self.model_parts.children.items() if wanted(child.parts.info)), "")

    def _names_of(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Return the fields of some columns of the database."""
        found: list[str] = []
        for name in columns:
            for column in self.model_parts.info.columns:
                if name in {column.column, column.name}:
                    held = column.reference.name if isinstance(column.reference, ReferenceInfo) else column.name
                    found += [held] if self.info.find(held) is not None else []
        return tuple(dict.fromkeys(found))

    def _refuse(self, path: FieldPath, code: str, params: Mapping[str, Any] | None = None, technical: str = "") -> None:
        known = path if path and self.info.find(str(path[0])) is not None else ()
        self._fault(known, message(code, params or {}, technical))
        self._data = None


def _initial(parts: ModelParts, instance: Any) -> dict[str, Any]:
    """Return what the fields of a form show of a row."""
    found = {name: getattr(instance, name) for name in parts.columns}
    for name, reference in parts.references.items():
        found[name] = getattr(instance, reference.columns[0].name)
    return found


def _key_of(instance: Any) -> str:
    info: TableInfo = instance.__table_info__
    return "-".join(str(getattr(instance, column.name)) for column in info.key)

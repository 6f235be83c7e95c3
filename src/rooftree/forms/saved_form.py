"""Forms over a model, the part that writes: the row, its relations, the rows that belong to it, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from rooftree.base import CheckError, ForeignKeyError, IntegrityError, NotNullError, UniqueError
from rooftree.db import (
    Action,
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
from rooftree.forms.form import BaseForm
from rooftree.forms.form_info import specs_of
from rooftree.forms.info import FieldPath
from rooftree.forms.messages import message
from rooftree.forms.model_fields import Child, ModelParts, initial_of, key_of
from rooftree.forms.read import ROW
from rooftree.forms.versions import StaleChild, conflicts, is_other, marked_key, row_of

__all__ = ["SavedForm"]

M = TypeVar("M", bound=Model)


class StillUsed(Exception):
    """A row that people have taken away is still needed by another.

    Args:
        name: The field of the rows.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class SavedForm(BaseForm[Input[M]], Generic[M]):
    """A form whose data is saved as a row of a model; `ModelForm` is what is declared.

    Attributes:
        instance: The row that is changed; ``None`` where a new one is made.
    """

    model_parts: ClassVar[ModelParts]
    instance: M | None = None

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
        before, parts = self._before(), self.model_parts
        others = (many.target for many in (*parts.links.values(), *(child.many for child in parts.children.values())))
        if any(is_policed(info) for info in (parts.info, *others)):
            await self._viewer()  # before the transaction: a session may be kept where that one writes
        try:
            async with transaction():
                saved = await self.write(data, **values)
                await self._judge(parts.info, saved, "add" if self.instance is None else "change")
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
                linked = [*getattr(data, name), *await self._unseen(instance, name)]
                await getattr(type(instance), name).set(instance, linked)
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
        there = {key_of(row): row for row in await (await self._related(instance, name, "change"))}
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
                made = await cast("Any", child.parts.info.make).create(**own, **{back: instance})
                await self._judge(child.parts.info, made, "add")
                continue
            kept.add(key)
            if is_other(found, version):
                raise StaleChild(name, at, found)
            for column, value in own.items():
                setattr(found, column, value)
            await found.save()
            await self._judge(child.parts.info, found, "change")
        for key, row in there.items():
            if key not in kept:
                await self._judge(child.parts.info, row, "delete")
                try:
                    await row.delete()
                except ForeignKeyError as error:
                    raise StillUsed(name) from error

    # ---- what is whose

    async def _viewer(self) -> Any:
        """Whoever has sent the form; ``None`` for a visitor."""
        request = self.request
        return None if request is None else await request.app.viewer(request)

    async def _judge(self, info: TableInfo, row: Model, action: Action) -> None:
        """Refuse a row that is not theirs; a form without a request is the code's own, which asks nobody."""
        if self.request is not None and is_policed(info):
            await check_written(row, await self._viewer(), action)

    async def _related(self, instance: M, name: str, action: Action) -> Any:
        """Return the query of the rows of a relation, by the policies those that are theirs."""
        query = getattr(type(instance), name).of(instance)
        if self.request is None or not is_policed(query.table):
            return query
        return query.scoped(await self._viewer(), action)

    async def _unseen(self, instance: M, name: str) -> list[Any]:
        """Return the keys of linked rows that whoever has sent the form may not see: their links stay."""
        target = self.model_parts.links[name].target
        if self.request is None or not is_policed(target):
            return []
        key = target.own[target.key[0].name]
        linked = getattr(type(instance), name).of(instance).unscoped("links to what is not seen stay")
        seen = set(await (await self._related(instance, name, "view")).values(key))
        return [each for each in await linked.values(key) if each not in seen]

    # ---- what the database says

    def _before(self) -> dict[str, Any]:
        return {} if self.instance is None else initial_of(self.model_parts, self.instance)

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
        raw[ROW] = marked_key(key_of(error.there), error.there)
        typed = getattr(self._data, error.name)[error.at].values()
        self._refuse((error.name, error.at), "row_changed")
        for path, text in conflicts(child.fields, typed, initial_of(child, error.there), self.around, {}):
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

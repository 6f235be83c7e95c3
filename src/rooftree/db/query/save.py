"""Saving and deleting one instance: only what changed is written, and only over the row that was loaded."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from rooftree.db.database import Database
from rooftree.db.model_errors import DoesNotExist, QueryError, StaleRow
from rooftree.db.query.create import Create
from rooftree.db.query.encode import ColumnCodec, codec_of
from rooftree.db.query.operation import Write
from rooftree.db.sql.plans import keep
from rooftree.db.sql.writes import delete_by_key, update_by_key
from rooftree.db.table import TableInfo, info_of
from rooftree.db.values import now

__all__ = ["Delete", "Save", "row_of"]

M = TypeVar("M")


def row_of(instance: Any) -> tuple[Any, ...] | None:
    """The row that an instance was loaded from or saved as; ``None`` of a new one, and of a copy."""
    return getattr(instance, "_row", None)


def _loaded_key(info: TableInfo, row: Any) -> list[Any]:
    """The encoded key, and version, that the instance was loaded with."""
    columns = [*info.key, *([info.version] if info.version is not None else [])]
    return [row[column.position] for column in columns]


async def _write_over(info: TableInfo, instance: Any, codecs: list[ColumnCodec], database: Database) -> None:
    """UPDATE some columns of the row that an instance was loaded from."""
    row = row_of(instance)
    assert row is not None  # noqa: S101 - save() creates what has no row
    generated = [column for column in info.columns if column.generated is not None]
    key = ("update", database.dialect, tuple([codec.position for codec in codecs]))
    statement: Any = info.plans.get(key)
    if statement is None:
        columns = [codec.column for codec in codecs]
        statement = keep(info, key, update_by_key(info, columns, generated, database.dialect))
    codec = codec_of(info, database.dialect)
    encoded = codec.encoded(instance, codecs)
    parameters = [*encoded, *_loaded_key(info, row)]
    kept = list(row)
    if generated:
        back = await database.fetch_row(statement, parameters)
        _check_written(info, instance, 0 if back is None else 1)
        for column, raw in zip(generated, back or (), strict=True):
            kept[column.position] = raw
            setattr(instance, column.name, codec.columns[column.position].loaded(raw))
    else:
        _check_written(info, instance, await database.execute(statement, parameters))
    for each, value in zip(codecs, encoded, strict=True):
        kept[each.position] = value
    if info.version is not None:
        kept[info.version.position] += 1
        setattr(instance, info.version.name, kept[info.version.position])
    instance._row = tuple(kept)


def _check_written(info: TableInfo, instance: Any, rows: int) -> None:
    if rows:
        return
    key = tuple([getattr(instance, column.name) for column in info.key])
    shown = key[0] if len(key) == 1 else key
    if info.version is not None:
        raise StaleRow(info.model, shown, info.version.name)
    raise DoesNotExist(info.model, f"the key {shown!r}: it was deleted")


class Save(Write[M], Generic[M]):
    """Saves one instance: creates a new one, writes what changed of a loaded one."""

    __slots__ = ("_always", "_instance")

    def __init__(self, instance: M, *, always: bool = False) -> None:
        super().__init__()
        self._database = info_of(instance).database
        self._instance = instance
        self._always = always

    async def run(self) -> M:
        """Run it.

        Raises:
            RowInvalid: values break the rules of their columns.
            StaleRow: the row was changed since it was loaded, and the model has a version.
            DoesNotExist: the row was deleted since it was loaded.
        """
        instance: Any = self._instance
        row = row_of(instance)
        if row is None:
            create = Create(self._instance)
            create._ran = True
            create._database = self._database
            return await create.run()
        info = info_of(instance)
        database = self._found()
        if "before_save" in info.hooks:
            await instance.before_save(new=False)
        changed = self._changed(info, instance, row, database)
        if changed or (self._always and info.version is not None):
            await _write_over(info, instance, changed, database)
        if "after_save" in info.hooks:
            await instance.after_save(new=False)
        return self._instance

    def _changed(self, info: TableInfo, instance: Any, row: Any, database: Database) -> list[ColumnCodec]:
        codec = codec_of(info, database.dialect)
        changed = [each for each in codec.changed(instance, row) if each.column.generated is None]
        for each in changed:
            if each.column.primary:
                raise QueryError(
                    "Q152",
                    f"The key of a saved {info.model} was changed: {each.name}.",
                    "Create a new row and delete this one.",
                )
            if each.column.role == "version":
                raise QueryError(
                    "Q153", f"{info.model}.{each.name} is counted by save() and was set by hand.", "Leave it alone."
                )
        if not changed and not self._always:
            return changed
        for each in codec.columns:
            if each.column.on_update is not None and each not in changed:
                setattr(instance, each.name, each.column.on_update())
                changed.append(each)
        return changed

    def _gives(self) -> TableInfo | None:
        return info_of(self._instance)

    def __repr__(self) -> str:
        return f"<save {type(self._instance).__name__}>"


class Delete(Write[None]):
    """Deletes one instance; where the model has soft delete it is marked as deleted."""

    __slots__ = ("_hard", "_instance")

    def __init__(self, instance: Any, *, hard: bool = False) -> None:
        super().__init__()
        self._database = info_of(instance).database
        self._instance = instance
        self._hard = hard

    async def run(self) -> None:
        """Run it.

        Raises:
            StaleRow: the row was changed since it was loaded, and the model has a version.
            DoesNotExist: it was deleted before.
            ForeignKeyError: other rows refer to it, with ``on_delete="restrict"``.
        """
        instance = self._instance
        info = info_of(instance)
        row = row_of(instance)
        if row is None:
            raise QueryError(
                "Q154", f"A {info.model} that was never saved was deleted.", "Load it first, or delete by a query."
            )
        database = self._found()
        if "before_delete" in info.hooks:
            await instance.before_delete()
        if info.deleted is not None and not self._hard:
            setattr(instance, info.deleted.name, now())
            codec = codec_of(info, database.dialect)
            await _write_over(info, instance, [codec.columns[info.deleted.position]], database)
        else:
            key = ("delete one", database.dialect)
            statement: Any = info.plans.get(key)
            if statement is None:
                statement = info.plans[key] = delete_by_key(info, database.dialect)
            _check_written(info, instance, await database.execute(statement, _loaded_key(info, row)))
            del instance._row
        if "after_delete" in info.hooks:
            await instance.after_delete()

    def __repr__(self) -> str:
        return f"<delete {type(self._instance).__name__}>"

"""Forms over columns and relations of a model: shown, checked by the model's own rules, saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from rooftree.db import Model, TableInfo
from rooftree.forms.errors import FormError
from rooftree.forms.form_info import FormInfo, argument_of, check_names, rules_of, specs_of
from rooftree.forms.info import FieldPath, Option
from rooftree.forms.messages import message
from rooftree.forms.model_fields import Child, ModelParts, initial_of, key_of, model_parts
from rooftree.forms.read import ROW
from rooftree.forms.saved_form import SavedForm
from rooftree.forms.versions import VERSION, conflicts, is_other, marked_key, version_of
from rooftree.forms.widgets.base import FieldInfo
from rooftree.forms.widgets.choice import choices_key
from rooftree.http import FormData, Upload
from rooftree.schema import decoder

__all__ = ["ModelForm"]

M = TypeVar("M", bound=Model)


class ModelForm(SavedForm[M], Generic[M]):
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
    _sent_version = ""
    _changed = False

    def bind(self, instance: M | None) -> Self:
        """Begin with a row, which ``save`` then changes; with ``None`` it makes a new one.

        Raises:
            FormUsageError: F209 once it was validated.
        """
        self.instance = instance
        return self._begin(None if instance is None else initial_of(self.model_parts, instance))

    async def load(self) -> None:
        """Load the options of relations, and the rows that belong to the instance."""
        if self.instance is not None:
            await self._load_relations(self.instance)
        await super().load()

    async def _load_relations(self, instance: M) -> None:
        initial = cast("dict[str, Any]", self._initial)
        for name, many in self.model_parts.links.items():
            if name not in initial:
                key = many.target.own[many.target.key[0].name]
                initial[name] = await (await self._related(instance, name, "view")).values(key)
        for name, child in self.model_parts.children.items():
            if name not in initial:
                rows = await self._children(instance, name, child)
                initial[name] = [{**initial_of(child.parts, row), ROW: marked_key(key_of(row), row)} for row in rows]

    async def _children(self, instance: M, name: str, child: Child) -> list[Any]:
        order = specs_of(type(self))[name].options.get("order")
        first = order if order is not None else child.many.target.own[child.many.target.key[0].name]
        found: list[Any] = await (await self._related(instance, name, "change")).order_by(first)
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

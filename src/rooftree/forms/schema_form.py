"""Forms over a class of data: a `Schema`, a dataclass, anything with typed fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar

from rooftree.forms.declare import fields_of, value_of
from rooftree.forms.errors import FormError
from rooftree.forms.form import BaseForm
from rooftree.forms.form_info import FormInfo, argument_of, check_names, rules_of, specs_of
from rooftree.http import Upload
from rooftree.schema import Object, UnsupportedType, decoder, type_name

__all__ = ["SchemaForm"]

T = TypeVar("T")


class SchemaForm(BaseForm[T], Generic[T]):
    """A form over a class of data: its fields, their types and their rules are the class's own.

        class Contact(Schema):
            name: Annotated[str, Len(1, 80)]
            email: Annotated[str, EmailInput()]
            message: Annotated[str, Len(10, 2000)]


        class ContactForm(SchemaForm[Contact]):
            message = field(widget=Textarea(), help=_("A person reads this."))


        @app.form("/contact")
        async def contact(form: ContactForm) -> Page | Redirect:
            if data := await form.validate():
                await send(data)  # a Contact
                return Redirect("/thanks")
            return render("contact.html", form=form)

    Class options: see `BaseForm`.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        kind = argument_of(cls, "SchemaForm") if not hasattr(cls, "info") or _names_type(cls) else cls.info.decoder.type
        try:
            found = decoder(kind, opaque=(Upload,))
        except UnsupportedType as error:
            raise FormError(
                "F103", f"{cls.__name__} cannot be made of its type: {error}.", "Use other types."
            ) from None
        node = value_of(found.node)
        if not isinstance(node, Object) or node.as_array:
            raise FormError(
                "F102",
                f"{cls.__name__} is a form of {type_name(kind)}, which has no fields.",
                "Give it a Schema, a dataclass or a TypedDict.",
            )
        fields = fields_of(node, specs_of(cls), cls.__name__)
        check_names(cls, fields)
        cls.info = FormInfo(fields, found, rules_of(cls))

    def bind(self, initial: T | Mapping[str, Any] | None) -> Self:
        """Begin with these values; what a field has none of is its default.

        Raises:
            FormUsageError: F209 once it was validated.
        """
        return self._begin(initial)


def _names_type(cls: type[Any]) -> bool:
    return "__orig_bases__" in vars(cls)

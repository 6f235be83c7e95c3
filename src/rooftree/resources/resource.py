"""`Resource`: a model's rows as a typed API, each verb a method that can be written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Unpack, cast, get_args, get_origin

from rooftree.db import Query
from rooftree.resources.compiling import compile_resource
from rooftree.resources.listing import Listing, Results
from rooftree.resources.options import ResourceOptions
from rooftree.resources.overrides import GIVEN
from rooftree.routing import Declared, Place, caller

if TYPE_CHECKING:
    from typing_extensions import TypeVar
else:
    from typing import TypeVar as _TypeVar

    def TypeVar(name: str, **_: Any) -> Any:  # noqa: N802 - checkers alone know defaults; Resource fills in its own
        return _TypeVar(name)


__all__ = ["Resource"]

M = TypeVar("M", bound=Any)
I = TypeVar("I", bound=Any, default=Any)  # noqa: E741 - the input
O = TypeVar("O", bound=Any, default=Any)  # noqa: E741 - the output
C = TypeVar("C", bound=Any, default=I)


class Resource(Generic[M, I, O, C]):
    """The rows of a model as an API.

        class NewItem(Input[Item], fields=(Item.name, Item.price)): ...


        class ItemOut(Output[Item], fields=(Item.id, Item.name, Item.price)): ...


        class Items(Resource[Item, NewItem, ItemOut], path="/items", filters=(Item.name,), ordering=(Item.price,)): ...


        app.include(Items)

    In brackets stand the model, the shape that comes in, the shape that goes out, and, where a partial update is not
    the first of them with everything optional, the shape of that.

    Each verb is a method. One that is written anew takes what the inherited one does and, behind it, what is injected
    as for any handler; the API's description shows what it is annotated with.

    Raises:
        ResourceError: R401 to R412: the declaration cannot work.
    """

    model: ClassVar[Any]
    """The model."""

    _arguments: ClassVar[tuple[Any, ...]] = ()
    _options: ClassVar[ResourceOptions] = {}
    _place: ClassVar[Place]

    if not TYPE_CHECKING:

        def __class_getitem__(cls, arguments: Any) -> Any:
            given = arguments if isinstance(arguments, tuple) else (arguments,)
            if cls is Resource and 1 <= len(given) < 4:
                given = (*given, *(Any,) * (3 - len(given)), given[1] if len(given) > 1 else Any)
            return super().__class_getitem__(given)

    def __init_subclass__(cls, **options: Unpack[ResourceOptions]) -> None:
        super().__init_subclass__()
        cls._place = caller()
        cls._arguments = _arguments_of(cls)
        cls._options = {**cls._options, **options}
        if cls._arguments and hasattr(cls._arguments[0], "__table_info__"):
            cls.model = cls._arguments[0]

    @classmethod
    def __rooftree_declare__(cls) -> list[Declared]:
        """Return the routes, made when the application is built; none of a class that others derive from."""
        if "path" not in cls._options or not hasattr(cls, "model"):
            return []
        own = frozenset(name for name in GIVEN if getattr(cls, name) is not getattr(Resource, name))
        return compile_resource(cls(), own, cls._arguments, cls._options, cls._place)

    # ---- what can be written anew

    def rows(self, *args: Any, **kwargs: Any) -> Query[M]:  # noqa: ARG002
        """The rows that there are for this request; every verb sees these and no others: all, unless written anew."""
        return cast("Query[M]", self.model.all())

    async def list(self, listing: Listing[M], *args: Any, **kwargs: Any) -> Results[M] | Results[O]:  # noqa: ARG002
        """Return the page that is asked for."""
        return await listing.results()

    async def create(self, data: I, *args: Any, **kwargs: Any) -> M | O:  # noqa: ARG002
        """Save a new row and return it."""
        return cast("M", await self.model.create(**data.values()))

    async def read(self, item: M, *args: Any, **kwargs: Any) -> M | O:  # noqa: ARG002
        """Return a row that was found."""
        return item

    async def update(self, item: M, data: C, *args: Any, **kwargs: Any) -> M | O:  # noqa: ARG002
        """Change what is given of a row, and return it."""
        return cast("M", await data.apply(item).save())

    async def replace(self, item: M, data: I, *args: Any, **kwargs: Any) -> M | O:  # noqa: ARG002
        """Change all that can be given of a row, and return it."""
        return cast("M", await data.apply(item).save())

    async def delete(self, item: M, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Delete a row."""
        await item.delete()


def _arguments_of(cls: Any) -> tuple[Any, ...]:
    """Return what stands in the brackets of a resource's bases, through classes in between."""
    for base in cls.__dict__.get("__orig_bases__", ()):
        origin: Any = get_origin(base)
        if not _is_resource(origin):
            continue
        arguments = get_args(base)
        if origin is Resource:
            return arguments
        known: dict[Any, Any] = dict(zip(origin.__parameters__, arguments, strict=True))
        return tuple(known.get(each, each) for each in _arguments_of(origin))
    found: tuple[Any, ...] = getattr(cls, "_arguments", ())
    return found


def _is_resource(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Resource)

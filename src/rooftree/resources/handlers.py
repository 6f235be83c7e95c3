"""The handlers of one resource: each is made once, and does what its verb asks around the resource's own method."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from rooftree.base import FieldError, NotFound, RequestInvalid
from rooftree.binding import REQUIRED, Answer, Depends, Header
from rooftree.db import Query, Scoped, StaleRow, TableInfo, check_written, is_policed, transaction
from rooftree.http import Request, Response
from rooftree.resources.asking import Asking, include_type
from rooftree.resources.idempotency import KEY, Keeper
from rooftree.resources.listing import Asked, Listing, Results, link_header
from rooftree.resources.matching import Changed, Form, Tags
from rooftree.resources.overrides import Override
from rooftree.resources.rows import Rows
from rooftree.resources.shapes import Shown, settled
from rooftree.schema import Doc, Pattern, encoder

__all__ = ["Handlers", "Parts"]

T = TypeVar("T")
Handler = Callable[..., Awaitable[Response]]
Parameter = inspect.Parameter

IF_MATCH: Final = Parameter(
    "_if_match",
    Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None, Header("if-match"), Doc("The `ETag` of what is to be changed; 412 where it is another one by now.")
    ],
)
IF_NONE_MATCH: Final = Parameter(
    "_if_none_match",
    Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        str | None, Header("if-none-match"), Doc("The `ETag` that is known; 304 where it is still that one.")
    ],
)
IDEMPOTENCY_KEY: Final = Parameter(
    "_key",
    Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        Annotated[str, Pattern(KEY)] | None,
        Header("idempotency-key"),
        Doc("A name for this request: sent again with it, it is done once."),
    ],
)
REQUEST: Final = Parameter("_request", Parameter.POSITIONAL_ONLY, annotation=Request)


class Parts(msgspec.Struct, frozen=True, eq=False):
    """What the handlers of a resource are made of.

    Attributes:
        info: The table.
        rows: Finds its rows.
        output: The shape that goes out.
        input: The shape that comes in, `None` where none does.
        change: The shape of a partial update.
        shown: What the output shows beside columns.
        form: Writes one row.
        tags: Makes entity tags.
        asking: Reads what is asked of the list.
        includes: The relations that may be asked for.
        keeper: Keeps answers by key, `None` where none are kept.
        at: Where the resource is declared.
    """

    info: TableInfo
    rows: Rows
    output: Any
    input: Any
    change: Any
    shown: Shown
    form: Form
    tags: Tags
    asking: Asking
    includes: dict[str, list[Any]]
    keeper: Keeper | None
    at: str


class Handlers:
    """Makes the handlers of a resource."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._model: Any = parts.info.make
        self._count = len(parts.rows.names)
        self._settle = settled(parts.info)
        self._references: list[tuple[str, Any]] = [
            (reference.name, reference.target.make) for reference in parts.info.references
        ]

    def make(self, override: Override) -> Handler:
        """Return the handler of a verb."""
        made: Handler = getattr(self, f"_{override.verb}")(override)
        return made

    # ---- reading

    def _list(self, override: Override) -> Handler:
        method, always, rows = override.method, self._parts.shown.always, self._parts.rows
        whole: Query[Any] | None = rows.whole
        item = self._returned(override, of_list=True)
        returns = list.__class_getitem__(item)
        form = Form(encoder(returns))

        def listed(query: Query[Any], asked: Asked) -> Listing[Any]:
            narrowed = asked.narrow(query.where(*asked.conditions) if asked.conditions else query)
            return Listing(narrowed.include(*always) if always else narrowed, asked)

        async def handle(request: Request, asked: Asked, /, *rest: Any, **named: Any) -> Response:
            listing: Listing[Any] | None
            if whole is None:
                query, *extra = rest
                listing = listed(query, asked)
            else:
                extra, listing = list(rest), asked.listing
                if rows.are_policed:
                    listing = listed(await rows.scoped(request, "view"), asked)
                elif listing is None:
                    listing = asked.listing = listed(whole, asked)
            found: Results[Any] = await method(listing, *extra, **named)
            response = form.answer(request, found.items)
            if links := link_header(request, asked, found):
                response.headers["link"] = links
            if found.total is not None:
                response.headers["total-count"] = str(found.total)
            return response

        asked = _given("_asked", Annotated[Asked, Depends(self._parts.asking.read)])
        self._dress(override, handle, [REQUEST, asked, *self._own_rows()], returns)
        return handle

    def _read(self, override: Override) -> Handler:
        parts, method, form = self._parts, override.method, self._form_of(override)
        tags, rows, always = parts.tags, parts.rows, parts.shown.always

        async def handle(
            request: Request, /, *given: Any, _if_none_match: str | None, _include: Any = (), **named: Any
        ) -> Response:
            query, key, extra = self._split(given)
            relations = always
            if _include:
                relations = (*always, *(each for name in dict.fromkeys(_include) for each in parts.includes[name]))
            found = await rows.one(await rows.of(request, query, "view"), key, relations)
            item = await method(found, *extra, **named)
            return tags.put(request, form.answer(request, item), item, more=bool(_include))

        more = [IF_NONE_MATCH]
        if parts.includes:
            more.append(_named("_include", include_type(parts.includes)))
        self._dress(override, handle, self._first(), self._returned(override), more)
        return handle

    # ---- writing

    def _create(self, override: Override) -> Handler:
        method, form, keeper = override.method, self._form_of(override), self._parts.keeper

        async def create(request: Request, data: Any, extra: Sequence[Any], named: dict[str, Any]) -> Response:
            await self._check_references(request, data)
            policed = is_policed(self._parts.info)
            viewer = (
                await request.app.viewer(request) if policed else None
            )  # before the transaction: it may read a session
            async with self._undone_if_refused():
                written = await method(data, *extra, **named)
                if policed and isinstance(written, self._model):
                    await check_written(written, viewer, "add")
                item = await self._shown_again(request, written)
            response = form.answer(request, item, 201)
            if isinstance(item, self._model):
                self._parts.tags.put(request, response, item)
                response.headers["location"] = self._location(request, item)
            return response

        async def handle(
            request: Request, data: Any, /, *extra: Any, _key: str | None = None, **named: Any
        ) -> Response:
            if _key is None or keeper is None:
                return await create(request, data, extra, named)
            user = await user_of(request)
            return await keeper.once(request, _key, user, lambda: create(request, data, extra, named))

        more = [] if keeper is None else [IDEMPOTENCY_KEY]
        data = _given("_data", self._body(override, self._parts.input))
        self._dress(override, handle, [REQUEST, data], self._returned(override), more)
        return handle

    def _update(self, override: Override) -> Handler:
        return self._writing(override, self._parts.change)

    def _replace(self, override: Override) -> Handler:
        return self._writing(override, self._parts.input)

    def _writing(self, override: Override, shape: Any) -> Handler:
        method, form = override.method, self._form_of(override)

        async def handle(request: Request, data: Any, /, *given: Any, _if_match: str | None, **named: Any) -> Response:
            query, key, extra = self._split(given)
            self._check_key(data, key)
            await self._check_references(request, data)

            rows = await self._parts.rows.of(request, query, "change")
            mark = rows.asked_for

            async def write(item: Any) -> Any:
                written = await method(item, data, *extra, **named)
                if isinstance(written, self._model) and isinstance(mark, Scoped):
                    await check_written(written, mark.user, "change")
                return await self._shown_again(request, written)

            async with self._undone_if_refused():
                item = await self._changed(_if_match, rows, key, write)
            return self._parts.tags.put(request, form.answer(request, item), item)

        request, *first = self._first()
        data = _given("_data", self._body(override, shape))
        self._dress(override, handle, [request, data, *first], self._returned(override), [IF_MATCH])
        return handle

    def _delete(self, override: Override) -> Handler:
        method = override.method
        form = None if override.returns in {REQUIRED, None} else self._form_of(override)

        async def handle(request: Request, /, *given: Any, _if_match: str | None, **named: Any) -> Response:
            query, key, extra = self._split(given)
            rows = await self._parts.rows.of(request, query, "delete")
            found = await self._changed(_if_match, rows, key, lambda item: method(item, *extra, **named))
            return Response(b"", 204, None) if form is None else form.answer(request, found)

        returns = None if form is None else self._returned(override)
        self._dress(override, handle, self._first(), returns, [IF_MATCH])
        return handle

    async def _changed(
        self,
        if_match: str | None,
        rows: Query[Any],
        key: Sequence[Any],
        write: Callable[[Any], Awaitable[T]],
    ) -> T:
        """Do a change on the row of a key, where it is in the state that is expected."""
        parts, tags = self._parts, self._parts.tags
        tags.require(if_match)
        lock = if_match is not None and not tags.by_version
        # where there is no version, nothing but a lock keeps others away between the look and the change
        around: AbstractAsyncContextManager[object] = transaction() if lock else nullcontext()
        try:
            async with around:
                item = await parts.rows.one(rows.for_update() if lock else rows, key)
                tags.check(if_match, item)
                return await write(item)
        except NotFound:
            if if_match is not None and if_match.strip() == "*":
                raise Changed from None  # RFC 9110 section 13.1.1: there is no current representation
            raise
        except StaleRow as error:
            if if_match is not None and error.model == parts.info.model:
                raise Changed from None
            raise

    def _undone_if_refused(self) -> AbstractAsyncContextManager[object]:
        """Return what is around the writing of a row which a policy may refuse once it is there to be asked about."""
        return transaction() if is_policed(self._parts.info) else nullcontext()

    async def _shown_again(self, request: Request, item: Any) -> Any:
        """Return a row that was written as it will be read, with the relations that the output shows."""
        if isinstance(item, self._model):
            always = self._parts.shown.always
            if always:
                return await self._parts.rows.again(request, item, always)
            self._settle(item)
        return item

    async def _check_references(self, request: Request, data: Any) -> None:
        """Raise where a body refers to a row that whoever sends it may not see."""
        for name, target in self._references:
            given = getattr(data, name, None)
            if given is None or given is UNSET or not is_policed(target.__table_info__):
                continue
            try:
                await target.scoped(await request.app.viewer(request), "view").get_or_404(given)
            except NotFound:
                reason = "Expected the key of a row that there is"
                raise RequestInvalid([FieldError("body", (name,), "no_such_row", reason)]) from None

    def _check_key(self, data: Any, key: Sequence[Any]) -> None:
        """Raise where a body names another key than the path."""
        for name, value in zip(self._parts.rows.names, key, strict=True):
            given = getattr(data, name, UNSET)
            if given is not UNSET and given != value:
                reason = "Expected the key that is in the path"
                raise RequestInvalid([FieldError("body", (name,), "fixed", reason)])

    def _location(self, request: Request, item: Any) -> str:
        """Return the path of a new row: that of the list, and its key."""
        parts = [getattr(item, name) for name in self._parts.rows.names]
        texts = [quote(str(part.value if isinstance(part, enum.Enum) else part), safe="") for part in parts]
        path = request.raw_path.decode("latin-1").rstrip("/")
        return "/".join([f"{request.prefix}{request.root_path}{path}", *texts])

    # ---- parameters

    def _split(self, given: Sequence[Any]) -> tuple[Query[Any] | None, Sequence[Any], Sequence[Any]]:
        """Return the rows of this request, the key, and what is injected."""
        count = self._count
        if self._parts.rows.whole is None:
            return given[0], given[1 : count + 1], given[count + 1 :]
        return None, given[:count], given[count:]

    def _own_rows(self) -> list[Parameter]:
        rows = self._parts.rows
        return [] if rows.whole is not None else [_given("_rows", Annotated[Query[Any], rows.dependency])]

    def _first(self) -> list[Parameter]:
        return [REQUEST, *self._own_rows(), *self._parts.rows.key]

    def _body(self, override: Override, shape: Any) -> Any:
        """Return the type of the body: the one that the method's author wrote, where it is another one."""
        written = override.given.get("data", shape)
        return shape if isinstance(written, TypeVar) or written is Any or written == self._parts.input else written

    def _returned(self, override: Override, *, of_list: bool = False) -> Any:
        """Return what is sent: the output, or what the method's author wrote."""
        written = override.returns
        if of_list and get_origin(written) is Results:
            (written,) = get_args(written)
        usual = (self._model, self._parts.output, REQUIRED, Any)
        if all(
            isinstance(each, TypeVar) or any(each is one for one in usual) for each in get_args(written) or (written,)
        ):
            return self._parts.output
        return written

    def _form_of(self, override: Override) -> Form:
        returned = self._returned(override)
        return self._parts.form if returned is self._parts.output else Form(encoder(returned))

    def _dress(
        self,
        override: Override,
        function: Any,
        first: Sequence[Parameter],
        returns: Any,
        more: Sequence[Parameter] = (),
    ) -> None:
        """Give a handler its signature: what it takes itself, what is injected, the headers that it looks at."""
        named = [each for each in override.extra if each.kind is Parameter.KEYWORD_ONLY]
        rest = [
            each.replace(kind=Parameter.POSITIONAL_ONLY)
            for each in override.extra
            if each.kind is not Parameter.KEYWORD_ONLY
        ]
        answer: Any = Answer
        returned = None if returns is None else answer[returns]
        override.dress(function, [*first, *rest, *named, *more], returned, at=self._parts.at)
        function.__rooftree_viewed__ = self._parts.rows.concern


async def user_of(request: Request) -> str:
    """Return what tells those who send keys apart: the user, or what they show in place of one."""
    user = await request.app.viewer(request)
    if user is None:
        return request.headers.get("authorization", "")
    return f"user {[getattr(user, column.name) for column in user.__table_info__.key]}"


def _given(name: str, annotation: Any) -> Parameter:
    return Parameter(name, Parameter.POSITIONAL_ONLY, annotation=annotation)


def _named(name: str, annotation: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=None)

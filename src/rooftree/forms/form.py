"""Forms: shown, sent, checked, shown again."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Self, TypeVar, cast

from rooftree.forms.around import Around
from rooftree.forms.errors import FormUsageError
from rooftree.forms.info import FieldPath, Label, is_tuple
from rooftree.forms.live import answer
from rooftree.forms.lookups import asked
from rooftree.forms.messages import message
from rooftree.forms.offers import OfferingForm
from rooftree.forms.read import Faults, Raw, clean, read
from rooftree.forms.rows import ACTION, act
from rooftree.forms.senders import OPENED, too_fast
from rooftree.http import FormData, FormLimits, Request, Response
from rooftree.schema import Invalid

if TYPE_CHECKING:
    from rooftree.db import Column

__all__ = ["BaseForm"]

T = TypeVar("T")
CHECK: Final = b"form-check"
NAME: Final = "_form"
_MAKER: Final = "__form_maker__"


class BaseForm(OfferingForm, Generic[T]):
    """What `SchemaForm` and `ModelForm` have in common.

    Class options: ``id`` begins the ids of its controls, and tells forms of one page apart. ``submit`` is the text of
    the button. ``live`` lets the script check fields as they are left. ``limits`` bounds what is read. Against programs
    that fill in every form: ``honeypot=True`` adds a field that people do not see, ``wait=3`` refuses what comes back
    in less than three seconds.
    """

    limits: ClassVar[FormLimits] = FormLimits()

    def __init_subclass__(
        cls,
        *,
        id: str = "",
        submit: Label = "",
        live: bool | None = None,
        limits: FormLimits | None = None,
        honeypot: bool | None = None,
        wait: float | None = None,
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        cls.form_id = id or re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower().removesuffix("-form")
        given = {"submit": submit or None, "live": live, "limits": limits, "honeypot": honeypot, "wait": wait}
        for name, value in given.items():
            if value is not None:
                setattr(cls, name, value)

    def __init__(self, request: Request | None = None) -> None:
        super().__init__(request)
        self._data: T | None = None
        self._checked = False

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Give handlers that name the form one for their request."""
        return _maker(cls)

    # ---- state

    @property
    def submitted(self) -> bool:
        """Whether the request sends a form, rather than asking for one."""
        return self.request is not None and self.request.method not in {"GET", "HEAD"}

    @property
    def valid(self) -> bool:
        """Whether it was sent and everything in it is right; asked after ``validate``."""
        return self._data is not None

    @property
    def data(self) -> T:
        """What was sent, as its type.

        Raises:
            FormUsageError: F201 where it was not validated, or is wrong.
        """
        if self._data is None:
            why = "has errors" if self._checked else "was not validated yet"
            raise FormUsageError(
                "F201",
                f"The data of {type(self).__name__} was read, but the form {why}.",
                "Ask first: 'if data := await form.validate():'.",
            )
        return self._data

    def error(self, field: str | Column[Any] | FieldPath | None, text: Label) -> None:
        """Say that something is wrong, in a rule or after ``validate``. The answer gets the status 422, as there.

        Args:
            field: The field: its name, the model's column, or the way to a field of a row; ``None`` for the whole.
            text: What people are told.

        Raises:
            FormUsageError: F202 for a field that there is not.
        """
        path = self._path_of(field)
        self._errors.setdefault(path, []).append(text)
        self._data = None
        if self._checked and self.request is not None:
            self.request.on_answer(_refused)

    def _path_of(self, field: Any) -> FieldPath:
        if field is None:
            return ()
        path: FieldPath = field if is_tuple(field) else (getattr(field, "info", field),)
        name = getattr(path[0], "name", path[0])
        if self.info.find(str(name)) is None:
            known = ", ".join(field.name for field in self.info.fields)
            raise FormUsageError(
                "F202", f"{type(self).__name__} has no field {name!r}.", f"It has {known}; None is the whole form."
            )
        return (str(name), *path[1:])

    # ---- validating

    async def validate(self) -> T | None:
        """Return what was sent where everything in it is right, else ``None``.

        ``None`` too where nothing was sent, and where a button only changed the rows: the form is shown then. With
        errors the answer gets the status 422, unless the handler says otherwise.
        """
        if self._checked:
            return self._data
        sent = await self._sent()
        if sent is None:
            await self.load()
            return None
        self._raw = read(self.info.fields, sent)
        self.lookups.asked = asked(sent)
        if self.lookups.asked is not None:
            await self.load()
            if self._is_question:
                raise answer(self.lookups.answer())
            return None
        if wanted := sent.get(ACTION):
            act(self.info.fields, self._raw, wanted)
            await self.load()
            return None
        await self._check(self._raw)
        self._check_sender(sent)
        await self._concluded()
        return self._data

    async def _sent(self) -> FormData | None:
        """Return what was sent of this form."""
        if self.request is None or not self.submitted:
            return None
        sent = await self.request.form(self.limits)
        return sent if sent.get(NAME) in {None, self.id} else None

    def _check_sender(self, sent: FormData) -> None:
        """Refuse what no person has sent; the script, which asks while somebody is typing, is not looked at."""
        if self._is_question:
            return
        wrong = "refused" if self.honeypot and sent.get(self.bait) else ""
        if self.wait and not wrong:
            wrong = too_fast(sent, self._signer, self.wait)
            self._opened = "" if wrong else sent.get(OPENED, "") or ""
        if wrong:
            self._fault((), message(wrong, {}))
            self._data = None

    @property
    def _is_question(self) -> bool:
        """Whether the script asks what is wrong so far."""
        return self.request is not None and any(name == CHECK for name, _value in self.request.raw_headers)

    async def _check(self, raw: Raw) -> None:
        faults: Faults = {}
        given = clean(self.info.fields, raw, self.around, faults) | self._kept()
        for path, (code, params) in faults.items():
            self._fault(path, message(code, params))
        await self._check_choices(given)
        await self._check_files(given)
        right = self._read_fields(given)
        await self._run_rules(right)
        if not self._errors:
            self._data = self._read_whole(given)
        if self._data is not None:
            self._data = await self._checked_whole(self._data)
        self._checked = True

    def _kept(self) -> dict[str, Any]:
        """Return the values of fields that are only shown: what the form began with."""
        began = Around(None, self._initial)
        found = {field.name: began.value_of(field) for field in self.info.fields if field.readonly}
        return {name: value for name, value in found.items() if value is not None}

    def _read_fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of each field that is right by itself; note what is wrong with the others."""
        right: dict[str, Any] = {}
        for name, value in given.items():
            try:
                found = self.info.readers[name](value)
            except Invalid as error:
                for fault in error.errors:
                    self._fault((name, *fault.path), message(fault.code, fault.params, fault.message), again=False)
            else:
                if not self._wrong(name):
                    right[name] = found
        return right

    def _read_whole(self, given: Mapping[str, Any]) -> T | None:
        try:
            return cast("T", self.info.decoder.strings(given))
        except Invalid as error:
            for fault in error.errors:
                self._fault(fault.path, message(fault.code, fault.params, fault.message), again=False)
        return None

    async def _checked_whole(self, data: T) -> T | None:
        result = self.check(data)
        if inspect.isawaitable(result):
            await result
        return None if self._errors else data

    async def _run_rules(self, right: Mapping[str, Any]) -> None:
        for method, fields in self.info.rules:
            if all(name in right for name in fields):
                said = getattr(self, method)(*(right[name] for name in fields))
                said = await said if inspect.isawaitable(said) else said
                if said is not None:
                    self.error(fields[0], said)

    def check(self, data: T) -> Awaitable[None] | None:
        """Check what concerns several fields, once each is right: a subclass's own, plain or ``async``.

        It calls ``error`` for what is wrong.
        """

    async def _concluded(self) -> None:
        """Answer the script's question, or see to the answer of a form that comes back."""
        if self._is_question:
            raise answer({"errors": self.errors})
        if self._errors:
            await self._returned()

    async def _returned(self) -> None:
        """See to it that a form with errors can be shown, and that the answer says so."""
        if self.request is not None:
            self.request.on_answer(_refused)
        await self.load()

    def _begin(self, initial: Any) -> Self:
        if self._checked or self._raw is not None:
            raise FormUsageError(
                "F209",
                f"{type(self).__name__} was bound after it was validated.",
                "Bind it first: 'await form.bind(product).save()'.",
            )
        self._initial = initial
        return self


async def _refused(response: Response) -> None:
    if response.status == 200:
        response.status = 422


def _maker(cls: type[BaseForm[Any]]) -> Callable[..., Any]:
    """Return the one function that makes forms of a class: a request that asks twice gets the same form."""
    found = vars(cls).get(_MAKER)
    if found is None:

        def make(request: Request) -> Any:
            return cls(request)

        make.__qualname__ = cls.__name__
        # what guards know of a route: whether a script asks, which limits count apart, and what may be read
        vars(make).update(__rooftree_asks__=cls.live, __rooftree_form_limits__=cls.limits)
        setattr(cls, _MAKER, make)
        found = make
    return cast("Callable[..., Any]", found)

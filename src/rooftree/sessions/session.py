"""The session as a handler has it: ``session: Session``."""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, get_type_hints, overload

import msgspec

from rooftree.base import Habit, UsageError
from rooftree.http import Request
from rooftree.sessions.sessions import Sessions
from rooftree.sessions.state import ABSENT, FLASH, State

__all__ = ["Flash", "Level", "Session", "flashes", "open_session"]

T = TypeVar("T")
S = TypeVar("S", bound="Session")

Level = Literal["info", "success", "warning", "error"]

MOST_FLASHES: Final = 20


def _told(owner: type, session: object) -> tuple[str, str]:
    """What to write for a session of SQLAlchemy."""
    del session
    return (
        f"A {owner.__name__}, which is what is remembered of a visitor,",
        "Rows are saved by `await row.save()`, asked for by Product.where(...); `async with transaction():` commits.",
    )


class Flash(msgspec.Struct, frozen=True):
    """A message for the next page that the visitor sees.

    Attributes:
        text: Plain text, escaped where it is shown.
        level: ``info``, ``success``, ``warning`` or ``error``.
    """

    text: str
    level: Level = "info"


class Session:
    """What is remembered of a visitor between requests.

    A handler that names it has it: it is read when the handler is called and written, if it was changed, when the
    answer is decided. Who never changes one gets no cookie. Requests at the same time may each change values of their
    own; both stay. A list or a dict may be changed in place.

    >>> @app.post("/cart/{product}")
    ... async def add(product: int, session: Session) -> Redirect:
    ...     session["cart"] = [*session.get("cart", list[int], []), product]
    ...     session.flash("Added to your cart.", "success")
    ...     return redirect(cart)

    Declare a subclass to have names and types:

    >>> class Visit(Session):
    ...     cart: list[int] = []
    ...     theme: Literal["light", "dark"] | None = None
    """

    __slots__ = ("_sessions", "state")

    fields: ClassVar[tuple[str, ...]] = ()
    """The names that a subclass declares."""

    def __init__(self, state: State, sessions: Sessions) -> None:
        self.state = state
        self._sessions = sessions

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = [name for name in inspect.get_annotations(cls) if not name.startswith("_")]
        for name in own:
            if hasattr(Session, name):
                raise UsageError(
                    "U605",
                    f"{cls.__qualname__} declares {name!r}, which is a name of Session itself.",
                    "Call it something else.",
                )
            setattr(cls, name, _Field(name, cls.__dict__.get(name, ABSENT), cls))
        cls.fields = (*cls.fields, *own)

    @classmethod
    def __dependency__(cls, name: str, type: Any, optional: bool) -> Callable[..., Any]:
        """Return what opens the session for a handler that names this class."""
        del name, type, optional
        return _opener(cls)

    # ---- values

    @overload
    def get(self, key: str) -> Any: ...
    @overload
    def get(self, key: str, type: type[T]) -> T | None: ...
    @overload
    def get(self, key: str, type: type[T], default: T) -> T: ...
    def get(self, key: str, type: Any = Any, default: Any = None) -> Any:
        """Return a value; the default where there is none, or where what was kept is not of the type.

        Args:
            key: Its name.
            type: What it is to be: ``int``, ``list[str]``, a Struct. Without one, what MessagePack makes of it.
            default: What is returned in its place. A list or dict is kept once it was changed.
        """
        found = self.state.get(key, type, ABSENT if default is None else default)
        return default if found is ABSENT else found

    def __getitem__(self, key: str) -> Any:
        found = self.state.get(key, Any)
        if found is ABSENT:
            raise KeyError(key)
        return found

    def __setitem__(self, key: str, value: Any) -> None:
        self.state.set(key, value)

    def __delitem__(self, key: str) -> None:
        if not self.state.has(key):
            raise KeyError(key)
        self.state.remove(key)

    def pop(self, key: str, type: type[T] | Any = Any, default: Any = None) -> Any:
        """Take a value out and return it; the default where there is none."""
        found = self.get(key, type, default)
        if self.state.has(key):
            self.state.remove(key)
        return found

    def keys(self) -> list[str]:
        """Return the names of all values."""
        return [key for key in self.state.keys() if not key.startswith("rooftree:")]  # noqa: SIM118 - no mapping

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.state.has(key)

    def __bool__(self) -> bool:
        return bool(self.keys())

    # ---- messages

    def flash(self, text: object, level: Level = "info") -> None:
        """Keep a message for the next page that shows messages; translated now, where it is marked for that."""
        waiting = sorted(key for key in self.state.keys() if key.startswith(FLASH))  # noqa: SIM118 - no mapping
        for key in waiting[: max(0, len(waiting) - MOST_FLASHES + 1)]:
            self.state.remove(key)
        # each under a key of its own: messages of requests at the same time all stay
        self.state.set(f"{FLASH}{time.time_ns():020}{os.urandom(3).hex()}", Flash(str(text), level))

    def flashes(self) -> list[Flash]:
        """Return the messages that wait, oldest first, and forget them."""
        keys = sorted(key for key in self.state.keys() if key.startswith(FLASH))  # noqa: SIM118 - no mapping
        found = [self.state.get(key, Flash) for key in keys]
        for key in keys:
            self.state.remove(key)
        return [flash for flash in found if flash is not ABSENT]

    # ---- the session itself

    def rotate(self) -> None:
        """Give it another token: do it whenever what the visitor may do changes, as at sign-in."""
        self.state.rotate = True

    def clear(self) -> None:
        """Forget everything, and make the token worth nothing: sign-out."""
        self.state.clear()

    async def save(self) -> None:
        """Write what was changed at once: in a WebSocket, where no answer comes that would do it.

        Raises:
            UsageError: U606 for a visitor without a session: a WebSocket has no answer to set its cookie with.
        """
        state = self.state
        if not state.token and state.changes()[0]:
            raise UsageError(
                "U606",
                "The visitor has no session yet, and only an answer over HTTP can begin one.",
                "Begin it on the page that opens the WebSocket: session['...'] = ... in its handler.",
            )
        await self._sessions.save(state)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self)} values>"

    if not TYPE_CHECKING:
        add, add_all, commit, execute, query, scalars = (Habit("U607", _told) for _ in range(6))


class _Field:
    """A declared value of a session."""

    __slots__ = ("_default", "_name", "_owner", "_type")

    def __init__(self, name: str, default: Any, owner: type[Session]) -> None:
        self._name = name
        self._default = default
        self._owner = owner
        self._type: Any = None

    def __get__(self, session: Session | None, owner: type[Session]) -> Any:
        if session is None:
            return self
        if self._type is None:
            self._type = get_type_hints(self._owner, include_extras=True)[self._name]
        found = session.state.get(self._name, self._type, self._default)
        if found is ABSENT:
            raise AttributeError(f"The session has no {self._name!r}, and {self._owner.__qualname__} gives no default.")
        return found

    def __set__(self, session: Session, value: Any) -> None:
        session.state.set(self._name, value)

    def __delete__(self, session: Session) -> None:
        session.state.remove(self._name)


_openers: dict[type[Any], Callable[..., Any]] = {}


def _opener(kind: type[Any]) -> Callable[..., Any]:
    known = _openers.get(kind)
    if known is not None:
        return known

    async def opened(request: Request) -> Any:
        return await open_session(request, kind)

    opened.__qualname__ = kind.__qualname__
    vars(opened)["__rooftree_needs__"] = "sessions"  # so that a secret key that is missing is told at start-up
    _openers[kind] = opened
    return opened


@overload
async def open_session(request: Request) -> Session: ...
@overload
async def open_session(request: Request, kind: type[S]) -> S: ...
async def open_session(request: Request, kind: type[Any] = Session) -> Any:
    """Return the session of a request, for middleware and others that no parameter reaches.

    Args:
        request: The request.
        kind: The class that declares its values.
    """
    sessions: Sessions = request.app.sessions
    return kind(await sessions.open(request), sessions)


async def flashes(request: Request) -> list[Flash]:
    """Return the messages that wait for the visitor, oldest first, and forget them: a template's ``flashes``."""
    return (await open_session(request)).flashes()

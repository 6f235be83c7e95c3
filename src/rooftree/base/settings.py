"""Reading typed settings from the environment, a ``.env`` file and a TOML file."""

from __future__ import annotations

import os
import typing
from collections.abc import Mapping
from contextlib import suppress
from types import UnionType
from typing import TYPE_CHECKING, Any, Self, get_args, get_origin, get_type_hints

import msgspec

from rooftree.base.errors import SettingsError
from rooftree.base.redact import REDACTED, is_secret_name, redact_url

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BaseSettings", "Secret"]

UNIONS = frozenset({typing.Union, UnionType})  # pyright: ignore[reportDeprecated] - what `Annotated[...] | None` is


class Secret:
    """A string that is never printed: ``str()``, ``repr()``, logs and error pages show ``***``.

    >>> key = Secret("hunter2")
    >>> key, key.reveal()
    (Secret('***'), 'hunter2')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError(
            "A Secret is not pickled: it would be written out in plain text. Pass reveal() where that is meant."
        )


class BaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A group of settings: declare fields with types and defaults, then ``load`` it.

    A field ``api_key`` is read from, first wins: the environment variable ``PREFIX_API_KEY``, the same name in the
    ``.env`` file, ``api_key`` in the TOML file, what ``load`` was given, the field's default. A nested group
    ``mail: Mail`` has its fields as ``PREFIX_MAIL__HOST`` and in the table ``[mail]``. Lists are written with commas,
    other values as one would write them in a query string; anything in JSON works too.
    """

    @classmethod
    def load(
        cls,
        *,
        prefix: str = "ROOFTREE",
        env: Mapping[str, str] | None = None,
        env_file: str | Path | None = ".env",
        toml_file: str | Path | None = "rooftree.toml",
        **defaults: Any,
    ) -> Self:
        """Read the settings.

        Args:
            prefix: What the names of environment variables begin with.
            env: The environment; the process's own where it is not given.
            env_file: A file of ``NAME=value`` lines; one that does not exist is no error.
            toml_file: A TOML file; one that does not exist is no error.
            defaults: Values for what no source gives.

        Raises:
            SettingsError: A value does not fit its field's type, or a file cannot be read. Values are not shown.
        """
        environment = {**_read_env_file(env_file), **(os.environ if env is None else env)}
        table = _read_toml(toml_file)
        values = _merge(cls, prefix, environment, {**defaults, **table})
        if not values:
            with suppress(TypeError):  # of a field without a default, which is told below
                return cls()
        try:
            return msgspec.convert(values, cls, strict=False, dec_hook=_decode_special)
        except msgspec.ValidationError as error:
            field, rule = _explain(error)
            variable = f"{prefix}_{field.partition('[')[0].replace('.', '__').upper()}"
            sources = ", ".join(filter(None, [f"the environment ({variable})", _name(env_file), _name(toml_file)]))
            raise SettingsError(
                "S101",
                f"The setting {field!r} of {cls.__name__} cannot be used: {rule}.",
                f"Mend it where it is set: {sources}.",
            ) from None

    def check(self) -> None:
        """Check the values of settings that were written in code, which nothing has looked at yet.

        Raises:
            SettingsError: A value does not fit its field's type.
        """
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, BaseSettings):
                value.check()
        try:
            msgspec.convert(msgspec.structs.asdict(self), type(self), dec_hook=_decode_special)
        except msgspec.ValidationError as error:
            field, rule = _explain(error)
            raise SettingsError(
                "S105",
                f"The setting {field!r} of {type(self).__name__} was given a value that cannot be used: {rule}.",
                f"Mend it where {type(self).__name__}(...) is written.",
            ) from None

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={_shown(name, getattr(self, name))}" for name in self.__struct_fields__)
        return redact_url(f"{type(self).__name__}({shown})")


def _shown(name: str, value: object) -> str:
    """Return the text of a value; a plain text that is named like a secret is one, whatever its type says."""
    return REDACTED if isinstance(value, str) and value and is_secret_name(name) else repr(value)


def _read_env_file(path: str | Path | None) -> dict[str, str]:
    if path is None or not os.path.isfile(path):  # noqa: PTH113 - pathlib is loaded where there is a file
        return {}
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _read_toml(path: str | Path | None) -> dict[str, Any]:
    if path is None or not os.path.isfile(path):  # noqa: PTH113 - as above
        return {}
    import tomllib
    from pathlib import Path

    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("S102", f"{path} is not TOML: {error}.", "Mend that line.") from None


def _merge(cls: type, prefix: str, environment: Mapping[str, str], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values found for the fields of ``cls``, by field name."""
    values: dict[str, Any] = {}
    start = f"{prefix}_".upper()
    if not table and not any(name.startswith(start) for name in environment):
        return values  # nothing is set: the types of the fields need not be worked out
    hints = get_type_hints(cls, include_extras=True)
    names = msgspec.structs.fields(cls)
    unknown = set(table) - {field.name for field in names}
    if unknown:
        from difflib import get_close_matches

        name = min(unknown)
        near = get_close_matches(name, [field.name for field in names], 1)
        raise SettingsError(
            "S103",
            f"{cls.__name__} has no setting {name!r}.",
            f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(field.name for field in names)}.",
        )
    for field in names:
        key = f"{prefix}_{field.name}".upper()
        group = _group_of(hints[field.name])
        if group is not None:
            nested = table.get(field.name, {})
            if isinstance(nested, group):
                nested = msgspec.structs.asdict(nested)
            found = _merge(group, f"{key}_", environment, nested)
            if found:
                values[field.name] = found
        elif key in environment:
            values[field.name] = _from_text(environment[key], hints[field.name])
        elif field.name in table:
            values[field.name] = table[field.name]
    return values


def _group_of(hint: Any) -> type[BaseSettings] | None:
    for option in (hint, *get_args(hint)):
        if isinstance(option, type) and issubclass(option, BaseSettings):
            return option
    return None


def _from_text(text: str, hint: Any) -> Any:
    """Return what a variable's text stands for: JSON where it looks like it, a list at commas where one is wanted."""
    origins = {get_origin(hint) or hint}
    if origins & UNIONS:
        origins = {get_origin(option) or option for option in get_args(hint)}
    if origins & {list, tuple, set, frozenset, dict}:
        if text[:1] in "[{" and text:
            try:
                return msgspec.json.decode(text)
            except msgspec.DecodeError:
                return text
        return [part.strip() for part in text.split(",") if part.strip()]
    if bool in origins:
        return {"on": True, "yes": True, "off": False, "no": False}.get(text.strip().lower(), text)
    return text


def _decode_special(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and isinstance(value, hint):
        return value
    if hint is Secret and isinstance(value, str):
        return Secret(value)
    from pathlib import Path

    if hint is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"Expected `{getattr(hint, '__name__', hint)}`, got `{type(value).__name__}`")


def _explain(error: msgspec.ValidationError) -> tuple[str, str]:
    rule, _, path = str(error).partition(" - at `$.")
    return path.rstrip("`") or "?", rule


def _name(path: str | Path | None) -> str:
    return str(path) if path is not None else ""

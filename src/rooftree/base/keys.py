"""The secret keys of an application: one for each purpose, derived from the secret in the settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

from rooftree.base.application import Settings
from rooftree.base.errors import SettingsError

__all__ = ["Keys"]


class Keys:
    """Keys derived from a secret: what is made for one purpose is worth nothing for another.

    Args:
        secrets: The secret in use, then earlier ones that are still accepted. At least one.
    """

    __slots__ = ("_derived", "_roots")

    def __init__(self, secrets: Sequence[str]) -> None:
        from hashlib import blake2b  # loads OpenSSL: only who signs pays for it

        self._roots = [blake2b(secret.encode()).digest() for secret in secrets]
        self._derived: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def of(cls, settings: Settings, root: str | os.PathLike[str]) -> Keys:
        """Return the keys of an application.

        Without a secret in the settings, development keeps one for each project in the user's own folder, so that
        sessions outlive a reload; tests take a new one for each process.

        Args:
            settings: The application's.
            root: The project's folder.

        Raises:
            SettingsError: S501 in production without ``secret_key``; S502 for a key of fewer than 32 characters.
        """
        key = settings.secret_key
        if key is not None:
            if len(key.reveal()) < 32 and settings.mode == "production":
                raise SettingsError(
                    "S502",
                    f"The setting 'secret_key' has {len(key.reveal())} characters, and at least 32 are needed: shorter "
                    "ones can be guessed.",
                    _REMEDY,
                )
            return cls([key.reveal(), *(old.reveal() for old in settings.old_secret_keys)])
        if settings.mode == "production":
            raise SettingsError(
                "S501",
                "The application signs or encrypts something (sessions, links), but the setting 'secret_key' is not "
                "set.",
                f"{_REMEDY}; tests need none with ROOFTREE_MODE=test",
            )
        return cls([_kept_secret(root) if settings.mode == "development" else _passing_secret()])

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """Return a key of 32 bytes for each secret, the one in use first."""
        found = self._derived.get(purpose)
        if found is None:
            from hashlib import blake2b

            found = tuple(blake2b(purpose.encode(), key=root, digest_size=32).digest() for root in self._roots)
            self._derived[purpose] = found
        return found

    def __repr__(self) -> str:
        return f"<Keys, {len(self._roots)} accepted>"


_REMEDY = "Set ROOFTREE_SECRET_KEY to random text: python -c 'import secrets; print(secrets.token_urlsafe(50))'"


@lru_cache(1)
def _passing_secret() -> str:
    return os.urandom(32).hex()


def _kept_secret(root: str | os.PathLike[str]) -> str:
    """Return the project's development secret: kept in the user's state folder, never in the project itself."""
    from hashlib import blake2b
    from pathlib import Path

    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    file = Path(state, "rooftree", "keys", blake2b(os.fsencode(root), digest_size=12).hexdigest())
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:  # for its owner alone, and one of several processes makes it
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
                new.write(_passing_secret())
        except FileExistsError:
            pass
        return file.read_text(encoding="ascii") or _passing_secret()
    except OSError:  # nowhere to keep it: it lasts as long as the process
        return _passing_secret()

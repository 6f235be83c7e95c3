"""TLS: a context with good defaults, whose certificate is read again when its file changes."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any, Final, cast

from rooftree.base import SettingsError
from rooftree.http import http_date
from rooftree.server.log import logger
from rooftree.server.refusal import bare_answer

__all__ = ["Certificate", "tls_context"]


class Certificate:
    """A certificate chain and its key in files, kept in a context as they are now.

    Args:
        certificate: File of the chain in PEM, the server's own first.
        key: File of the private key; ``None`` where it is in the same file.

    Attributes:
        context: TLS 1.2 and 1.3, HTTP/1.1 by ALPN. New connections see a changed certificate, open ones keep theirs.

    Raises:
        SettingsError: The files cannot be read, are not PEM, or do not belong together (S363).
    """

    def __init__(self, certificate: str, key: str | None = None) -> None:
        self._certificate = certificate
        self._key = key
        self.context = tls_context()
        try:
            self._seen = self._state()
            self.context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            files = certificate if key is None else f"{certificate} and {key}"
            fact = f"TLS cannot be spoken with {files}: {error.strerror or error}."
            raise SettingsError(
                "S363", fact, "Name a certificate chain in PEM and the private key that it is for."
            ) from None

    def _state(self) -> tuple[tuple[int, int], ...]:
        """Return what changes when a file does; a file that is missing for a moment counts as unchanged."""
        state: list[tuple[int, int]] = []
        for name in (self._certificate, self._key):
            if name is not None:
                stat = Path(name).stat()
                state.append((stat.st_mtime_ns, stat.st_ino))
        return tuple(state)

    def renew(self) -> bool:
        """Read the files again where they changed; return whether a new certificate is in use.

        Files that do not belong together, as in the middle of being replaced, are logged and tried again when they
        change.
        """
        try:
            state = self._state()
        except OSError:
            return False
        if state == self._seen:
            return False
        self._seen = state
        try:
            tls_context().load_cert_chain(self._certificate, self._key)  # the one in use is touched by good ones only
            self.context.load_cert_chain(self._certificate, self._key)
        except (OSError, ssl.SSLError) as error:
            logger.error("The changed certificate %s cannot be used, the old one stays: %s", self._certificate, error)
            return False
        logger.info("The changed certificate %s is in use", self._certificate)
        return True


def tls_context() -> ssl.SSLContext:
    """Return a server's context without a certificate."""
    context = _Context(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    return context


PLAIN: Final = "This port speaks HTTPS, and was sent a request in plain HTTP. Write https:// in its address."


class _Handshake(ssl.SSLObject):
    """Answers a request in plain HTTP as nginx does, with a 400 in plain HTTP; the handshake fails after it."""

    outgoing: ssl.MemoryBIO
    refused: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """Go on with the handshake.

        Raises:
            ssl.SSLWantReadError: More has to come; before that, what is to be sent is sent.
            ssl.SSLError: It has failed.
        """
        if self.refused is not None:
            raise self.refused
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason != "HTTP_REQUEST":
                raise
            self.refused = error
            self.outgoing.read()  # the alert, which such a client would not understand
            self.outgoing.write(bare_answer(400, PLAIN, f"date: {http_date(time.time())}\r\n\r\n".encode()))
            raise ssl.SSLWantReadError from error


class _Context(ssl.SSLContext):
    """A context whose connections answer plain HTTP."""

    sslobject_class: type[ssl.SSLObject] = _Handshake

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **options: Any) -> ssl.SSLObject:
        """Return what encrypts one connection."""
        made = cast("_Handshake", super().wrap_bio(incoming, outgoing, *args, **options))
        made.outgoing = outgoing
        return made

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from rooftree.base import SettingsError
from rooftree.server import ServeOptions
from rooftree.server.listeners import identity_of, open_listeners, url_of


def test_each_slot_has_a_listener_on_one_port() -> None:
    listeners = open_listeners(ServeOptions(port=0), 3)
    try:
        assert len({listener.fileno() for listener in listeners}) == 3
        assert len({listener.getsockname() for listener in listeners}) == 1
        assert url_of(listeners[0], tls=True) == f"https://127.0.0.1:{listeners[0].getsockname()[1]}"
    finally:
        for listener in listeners:
            listener.close()


def test_a_port_shared_by_another_program_is_taken_all_the_same() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(
            SettingsError, match=r"\[S361\] Nothing can listen on 127\.0\.0\.1:\d+: Address already in use\."
        ):
            open_listeners(ServeOptions(port=other.getsockname()[1]), 2)


def test_every_address_is_shown_as_one_to_open() -> None:
    for host, shown in (("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]")):
        (listener,) = open_listeners(ServeOptions(host=host, port=0), 1)
        with listener:
            assert url_of(listener, tls=False) == f"http://{shown}:{listener.getsockname()[1]}"


def test_a_unix_socket_in_use_and_a_file_that_is_none_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    (listener,) = open_listeners(ServeOptions(path=str(path)), 1)
    with listener:
        with pytest.raises(SettingsError, match="Address already in use"):
            open_listeners(ServeOptions(path=str(path)), 1)
        assert path.is_socket()
    file = tmp_path / "file"
    file.write_text("precious")
    with pytest.raises(SettingsError, match="Address already in use"):
        open_listeners(ServeOptions(path=str(file)), 1)
    assert file.read_text() == "precious"


def test_the_file_of_a_socket_is_told_from_one_that_took_its_place(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    assert identity_of(path) is None
    seen = set[object]()
    for _ in range(2):  # the second is bound where nobody listens on the first any more
        (listener,) = open_listeners(ServeOptions(path=path), 1)
        listener.close()
        seen.add(identity_of(path))
    assert len(seen) == 2


def test_a_descriptor_that_is_no_socket_is_said(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(SettingsError) as raised:
            open_listeners(ServeOptions(fd=fd), 1)
    finally:
        os.close(fd)
    assert str(raised.value) == (
        f"[S362] The descriptor {fd} is no socket that can be listened on: Socket operation on non-socket. "
        "Pass the number of a bound socket that this process inherits."
    )

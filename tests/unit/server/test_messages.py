"""What the WebSockets of a worker hold together."""

from __future__ import annotations

from rooftree.server.messages import SLIGHT, HeldMessages

KB = 1024


class Socket:
    def __init__(self, held: HeldMessages) -> None:
        self.held = held
        self.given_up = False

    def give_up(self) -> None:
        self.given_up = True
        self.held.note(self, 0)  # as a connection does that lets go of everything


def test_the_one_that_holds_the_most_is_given_up_whoever_came_last() -> None:
    held = HeldMessages(100 * KB)
    large, small, last = Socket(held), Socket(held), Socket(held)
    held.note(large, 60 * KB)
    held.note(small, 10 * KB)
    held.note(last, 30 * KB)
    assert held.total == 100 * KB
    held.note(last, 31 * KB)
    assert (large.given_up, small.given_up, last.given_up) == (True, False, False)
    assert held.total == 41 * KB


def test_as_many_are_given_up_as_it_takes() -> None:
    held = HeldMessages(100 * KB)
    sockets = [Socket(held) for _ in range(10)]
    for socket in sockets:
        held.note(socket, 10 * KB)
    held.note(Socket(held), 9 * KB)
    assert [socket.given_up for socket in sockets].count(True) == 1
    lone = Socket(held)
    held.note(lone, 101 * KB)
    assert lone.given_up
    assert held.total == 99 * KB


def test_what_was_received_counts_no_more() -> None:
    held = HeldMessages(100 * KB)
    socket, other = Socket(held), Socket(held)
    for _ in range(20):
        held.note(socket, 90 * KB)
        held.note(socket, 0)
    assert held.total == 0
    held.note(other, 90 * KB)
    assert not socket.given_up
    assert not other.given_up


def test_small_messages_are_not_counted() -> None:
    held = HeldMessages(SLIGHT)
    sockets = [Socket(held) for _ in range(100)]
    for socket in sockets:
        held.note(socket, SLIGHT)
    assert held.total == 0
    assert not any(socket.given_up for socket in sockets)

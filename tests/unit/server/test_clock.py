from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest

from rooftree.base import Limits
from rooftree.server.clock import LONGEST, Clock


def test_a_clock_says_the_date_and_the_moments_that_follow() -> None:
    clock = Clock(Limits(keep_alive_time=5, handler_time=7), 100.0)
    assert (clock.now, clock.idle_until, clock.handler_until) == (100.0, 105.0, 107.0)
    name, _, value = clock.date.decode().rstrip("\r\n").partition(": ")
    assert name == "date"
    assert abs(parsedate_to_datetime(value).timestamp() - time.time()) < 2
    assert clock.date.endswith(b"GMT\r\n\r\n")
    clock.renew(100.5)
    assert clock.idle_until == 105.5


def test_time_in_which_the_loop_was_held_is_not_held_against_clients() -> None:
    clock = Clock(Limits(keep_alive_time=5, handler_time=7), 100.0)
    clock.renew(110.0)
    assert clock.now == pytest.approx(100.0 + LONGEST)
    clock.renew(110.5)
    assert clock.now == pytest.approx(100.5 + LONGEST)
    assert clock.held == pytest.approx(10.0 - LONGEST)

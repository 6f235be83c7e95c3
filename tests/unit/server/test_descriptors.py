from __future__ import annotations

import logging
import resource

import pytest

from rooftree.base import Limits
from rooftree.server.descriptors import SPARE, within_descriptors

UNBOUND = resource.RLIM_INFINITY


class Process:
    """A process with limits of its own."""

    def __init__(self, soft: int, hard: int, *, refuses: bool = False) -> None:
        self.limits = soft, hard
        self.refuses = refuses

    def get(self, _kind: int) -> tuple[int, int]:
        return self.limits

    def set(self, _kind: int, limits: tuple[int, int]) -> None:
        if self.refuses:
            raise ValueError
        self.limits = limits


@pytest.mark.parametrize(
    ("before", "raised", "connections"),
    [
        ((1024, 524_288), 10_000 + SPARE, 10_000),
        ((1024, UNBOUND), 10_000 + SPARE, 10_000),
        ((UNBOUND, UNBOUND), UNBOUND, 10_000),
        ((20_000, 20_000), 20_000, 10_000),
        ((1024, 4096), 4096, 4096 - SPARE),
        ((256, 256), 256, 128),
    ],
)
def test_connections_leave_descriptors_for_what_answers_them(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    before: tuple[int, int],
    raised: int,
    connections: int,
) -> None:
    process = Process(*before)
    monkeypatch.setattr(resource, "getrlimit", process.get)
    monkeypatch.setattr(resource, "setrlimit", process.set)
    limits = within_descriptors(Limits(connections=10_000, head_time=3))
    assert (limits.connections, limits.head_time) == (connections, 3)
    assert process.limits == (raised, before[1])
    told = [record.getMessage() for record in caplog.records]
    fewer = f"Of 10000 connections {connections} are taken at most: this process may have {raised} descriptors"
    assert told == ([] if connections == 10_000 else [f"{fewer} (ulimit -n, LimitNOFILE=)"])


def test_what_the_system_does_not_raise_stays(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(resource, "getrlimit", Process(1024, UNBOUND).get)
    monkeypatch.setattr(resource, "setrlimit", Process(1024, UNBOUND, refuses=True).set)
    assert within_descriptors(Limits(connections=10_000)).connections == 512

"""That a test marked ``both_loops`` runs on both."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

KINDS = {"uvloop": uvloop.Loop, "asyncio": asyncio.SelectorEventLoop}


@pytest.mark.both_loops
async def test_each_run_has_the_loop_that_its_name_says(request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["loop_kind"]
    assert type(asyncio.get_running_loop()) is KINDS[kind]

from __future__ import annotations

import pytest

from rooftree import WebSocketClosed
from rooftree.testing import Client, Refused
from tests.unit.testing.apps import Boom, make_app


async def test_messages_go_both_ways_and_leaving_lets_the_handler_end() -> None:
    app, notes = make_app()
    async with Client(app) as client, client.websocket("/echo") as socket:
        await socket.send_json({"name": "oak"})
        await socket.send_json({"name": "ash"})
        assert [await socket.receive_json(), await socket.receive_json()] == [
            {"name": "OAK", "price": "1"},
            {"name": "ASH", "price": "1"},
        ]
    assert notes == ["left"]
    assert socket.closed == (1000, "")


async def test_what_was_sent_before_closing_still_arrives() -> None:
    app, notes = make_app()
    async with Client(app) as client:
        async with client.websocket("/listener") as socket:
            await socket.send("one")
            await socket.send("two")
            await socket.close(3001)
        assert notes == ["one", "two"]


async def test_the_applications_choice_headers_and_close_code_are_seen() -> None:
    app, _ = make_app()
    async with Client(app) as client, client.websocket("/chosen", subprotocols=["v1", "v2"]) as socket:
        assert socket.subprotocol == "v2"
        assert socket.headers["x-room"] == "7"
        assert [message async for message in socket] == ["hello"]
        with pytest.raises(WebSocketClosed) as caught:
            await socket.receive()
        assert (caught.value.code, caught.value.reason) == (4001, "enough")
        with pytest.raises(WebSocketClosed):
            await socket.send("late")


async def test_a_subprotocol_that_was_not_offered_is_a_mistake_of_the_application() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        with pytest.raises(ValueError, match="none of these"):
            async with client.websocket("/chosen", subprotocols=["v1"]):
                raise AssertionError("not reached")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/refused", {}, 401),
        ("/nowhere", {}, 404),
        ("/echo", {"origin": "https://evil.example"}, 403),
        ("/echo", {"host": "evil.example"}, 400),
    ],
)
async def test_refused_handshakes(path: str, headers: dict[str, str], status: int) -> None:
    app, _ = make_app()
    async with Client(app) as client:
        with pytest.raises(Refused, match=str(status)) as caught:
            async with client.websocket(path, headers=headers):
                raise AssertionError("not reached")
        assert caught.value.response.status_code == status
        assert caught.value.response.json()["status"] == status


async def test_a_message_of_the_wrong_type_closes_the_connection() -> None:
    app, _ = make_app()
    async with Client(app) as client, client.websocket("/echo") as socket:
        await socket.send_json({"name": 7})
        with pytest.raises(WebSocketClosed) as caught:
            await socket.receive()
        assert caught.value.code == 1007


async def test_an_error_of_the_handler_closes_with_1011_and_is_raised_at_the_end() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        with pytest.raises(Boom, match="in the conversation"):  # noqa: PT012 - raised where the block is left
            async with client.websocket("/broken") as socket:
                await socket.send("x")
                with pytest.raises(WebSocketClosed) as caught:
                    await socket.receive()
                assert caught.value.code == 1011
    async with Client(app, raise_errors=False) as client, client.websocket("/broken") as socket:
        await socket.send("x")
        with pytest.raises(WebSocketClosed):
            await socket.receive()


async def test_a_handler_that_does_not_notice_the_end_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooftree.testing.client.LEAVE_TIME", 0.01)
    app, notes = make_app()
    async with Client(app) as client:
        async with client.websocket("/deaf") as socket:
            assert await socket.receive() == "hello"
        assert notes == ["ended"]
        async with client.websocket("/talker") as socket:  # notices when it sends
            assert await socket.receive() == "0"


async def test_waiting_for_a_message_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = make_app()
    async with Client(app) as client, client.websocket("/echo") as socket:
        with pytest.raises(TimeoutError, match=r"no message within 0\.01 s"):
            await socket.receive(within=0.01)


async def test_cookies_travel_with_the_handshake() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        client.cookies.set("user", "ann")
        async with client.websocket("/who", cookies={"other": "x"}) as socket:
            assert await socket.receive() == "user=ann; other=x"
            with pytest.raises(WebSocketClosed) as caught:
                await socket.receive()
            assert caught.value.code == 1000


async def test_an_error_of_the_test_itself_is_the_one_that_is_seen() -> None:
    app, _ = make_app()
    async with Client(app) as client:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - as above
            async with client.websocket("/broken") as socket:
                await socket.send("x")
                raise ZeroDivisionError

"""One generated function for each handler: read, convert, call, answer.

What runs is written for the handler at start-up, as a person would write it by hand; tracebacks show its source.
Dependencies are called in the order in which they are needed, then the handler. Each one's parameters are converted
just before it is called; the first that cannot be used leads to the slow path, which tells all errors of the request.

Plain ``def`` calls that follow one another are one step on a thread.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from types import FunctionType
from typing import Any, Final, get_args

from rooftree.base import HandlerError, UsageError
from rooftree.binding.after import After
from rooftree.binding.cleanup import (
    exit_of,
    first_value,
    is_stream,
    leave,
    leave_here,
    next_value,
    unwind,
    unwind_here,
)
from rooftree.binding.info import CallKind, DependencyInfo, HandlerInfo, shown
from rooftree.binding.models import model_in
from rooftree.binding.reading import Reader
from rooftree.binding.returns import BINARY, HTML, JSON, MSGPACK, TEXT, VARY, Maker, not_awaited, prefers_msgpack
from rooftree.binding.signatures import settle
from rooftree.binding.sources import strip
from rooftree.binding.websocket import WebSocket, close_after, codec_of
from rooftree.binding.writer import Writer
from rooftree.http import SWITCHED, LazyResponse, Request, Response
from rooftree.schema import UnsupportedType

__all__ = ["Edge", "Plan", "compile_plan"]

Plan = Callable[[Request], Coroutine[Any, Any, Response]]
ToAnswer = Callable[[Request, Exception], Coroutine[Any, Any, Response]]
Conclude = Callable[[Request, Response, ToAnswer], Coroutine[Any, Any, Response]]

ON_THREAD: Final[frozenset[CallKind]] = frozenset({"function", "generator"})


def compile_plan(info: HandlerInfo, edge: Edge | None = None) -> Plan:
    """Return the function that answers requests by a handler.

    Exceptions of the handler and of its dependencies leave it, and ``RequestInvalid`` where the request does not
    fit their parameters; with an ``edge`` they become answers there. When an override touches the handler, the function
    is given another body: nothing on the way of a request looks for overrides.

    Raises:
        HandlerError: H110 for a parameter, H112 for an answer, whose type is not supported.
    """
    plan = _Compiler(info, Writer(), edge).function()
    code = None if info.overridden else plan.__code__

    def recompile(overridden: bool) -> None:
        if code is not None and not overridden:
            plan.__code__ = code
        else:
            # into the same namespace: requests under way go on with the code and the objects that they began with
            plan.__code__ = _Compiler(info.again(), Writer(plan.__globals__), edge).function().__code__

    info.watch(info.keys, recompile)
    return plan


class Edge:
    """What stands around a plan that nothing else stands around, written into it: a call for each request less.

    Attributes:
        answer: Returns the answer to a request that ended in an error.
        conclude: Runs what a request has waiting for its answer, and returns the answer.
        finish: Sees every answer last.
    """

    __slots__ = ("answer", "conclude", "finish")

    def __init__(self, answer: ToAnswer, conclude: Conclude, finish: Callable[[Request, Response], None]) -> None:
        self.answer = answer
        self.conclude = conclude
        self.finish = finish


class _Call:
    """A call that the plan makes: a dependency's, or at last the handler's."""

    __slots__ = ("info", "prefix", "result")

    def __init__(self, info: DependencyInfo | HandlerInfo, prefix: str, result: str) -> None:
        self.info = info
        self.prefix = prefix
        self.result = result

    @property
    def on_thread(self) -> bool:
        """Whether it may block. A handler that is a generator is only made by its call; it runs when it is sent."""
        kind = self.info.kind
        return kind in ON_THREAD and not (isinstance(self.info, HandlerInfo) and kind == "generator")

    @property
    def cleans_up(self) -> bool:
        """Whether it goes on after the handler."""
        return isinstance(self.info, DependencyInfo) and self.info.cleans_up


class _Compiler:
    """Writes the plan of one handler."""

    def __init__(self, info: HandlerInfo, writer: Writer, edge: Edge | None) -> None:
        self._info = info
        self._edge = edge
        self._out = writer
        self._reader = Reader(info, self._out)
        self._results: dict[int, str] = {}
        self._calls: list[_Call] = []
        for index, step in enumerate(info.steps()):
            result = self._results[id(step)] = f"value_{index}"
            self._calls.append(_Call(step, f"d{index}_", result))
        self._calls.append(_Call(info, "p_", "value"))
        self._cleans_up = any(call.cleans_up for call in self._calls)
        self._held = False  # something may be held by the request where the writing stands
        self._after = any(parameter.source == "after" for parameter in info.all_parameters())
        if (model := model_in(info.returns)) is not None:
            raise HandlerError(
                "H123",
                f"{info.name} returns the Model {model.__name__}, and a Model never leaves as it is: every column"
                " would.",
                f"Name what may leave: class {model.__name__}Out(Output[{model.__name__}], fields=(...)), and declare"
                f" returns={model.__name__}Out.",
                at=info.place,
            )
        try:
            self._maker = Maker(info.returns, info.threads.resume, status=info.status, media_type=info.media_type)
        except UnsupportedType as error:
            raise HandlerError(
                "H112",
                f"{info.name} returns {shown(info.returns)}, which cannot be sent: {error}.",
                "Return what can be, or name the type to send: returns=....",
                at=info.place,
            ) from None

    def function(self) -> FunctionType:
        """Return the plan."""
        info, out = self._info, self._out
        out.namespace.update(Response=Response)
        short = "".join(c if c.isalnum() and c.isascii() else "_" for c in info.name.removesuffix("()"))
        with out.block(f"async def plan_{short}(request):"):
            if self._edge is None:
                self._whole()
            else:
                with out.block("try:"):
                    self._whole()
                answer = out.name("answer", self._edge.answer)
                with out.block("except Exception as error:"):
                    out.line(f"response = await {answer}(request, error)")
                with out.block("if request.before_answer is not None:"):
                    out.line(
                        f"response = await {out.name('conclude', self._edge.conclude)}(request, response, {answer})"
                    )
                out.line(f"{out.name('finish', self._edge.finish)}(request, response)")
            out.line("return response")
        return out.function(f"plan_{short}", info.name)

    def _whole(self) -> None:
        info, out = self._info, self._out
        negotiated = not info.websocket and self._maker.kind == "data" and self._maker.media_type is None
        self._reader.prepare(accept=negotiated)
        if self._after:
            lane = out.name("lane", info.threads.enter)
            out.line(f"after = {out.name('After', After)}({lane})")
        if self._cleans_up:
            self._with_clean_up()
        else:
            self._body()

    def _with_clean_up(self) -> None:
        out = self._out
        out.line("exits = []")
        with out.block("try:"):
            self._body()
        with out.block("except BaseException as error:"):
            out.line(f"failure = await {out.name('unwind', unwind)}(exits, error)")
            with out.block("if failure is error:"):
                out.line("raise")
            out.line("raise failure")
        out.line(f"response = await {out.name('leave', leave)}(exits, response)")

    def _body(self) -> None:
        """Write the calls: each that may block with those that follow it, one step on a thread."""
        out, waiting = self._out, self._calls[:]
        while waiting:
            together = [waiting.pop(0)]
            if together[0].on_thread:
                while waiting and waiting[0].on_thread:
                    together.append(waiting.pop(0))
                self._step(together)
            else:
                (call,) = together
                self._reader.fetch(call.info.parameters)
                self._reader.convert(call.info.parameters, call.prefix, on_thread=False)
                if isinstance(call.info, DependencyInfo):
                    self._call_dependency(call)
                elif self._info.websocket:
                    self._call_websocket(call)
                else:
                    out.line(f"value = {self._expression(call)}")
                    self._respond()
            self._held = self._held or any(call.cleans_up for call in together)
        if self._maker.kind in {"response", "mixed"} and not self._info.websocket:
            with out.block(f"if isinstance(response, {out.name('LazyResponse', LazyResponse)}):"):
                out.line("response = await response.respond(request)")
        if self._after:
            with out.block(f"if after.work or {out.name('is_stream', is_stream)}(response):"):  # a stream adds some yet
                out.line("after.work[:0] = response.after or ()")
                out.line("response.after = after.work")

    # ---- calls

    def _arguments(self, call: _Call) -> str:
        arguments: list[str] = []
        for parameter in call.info.parameters:
            if parameter.dependency is not None:
                value = self._results[id(parameter.dependency)]
                arguments.append(f"{parameter.name}={value}" if parameter.keyword else value)
            else:
                arguments.append(self._reader.argument(parameter, call.prefix))
        return ", ".join(arguments)

    def _expression(self, call: _Call) -> str:
        """Return the expression of a call's value, awaited where that is needed."""
        out = self._out
        if isinstance(call.info, HandlerInfo):
            target = out.name("handler", call.info.handler)
        else:
            target = out.name("call_" + call.result.removeprefix("value_"), call.info.call)
        called = f"{target}({self._arguments(call)})"
        if call.info.kind == "coroutine":
            return f"await {called}"
        return f"await {out.name('settle', settle)}({called})" if call.info.kind == "either" else called

    def _call_dependency(self, call: _Call) -> None:
        out = self._out
        if not call.cleans_up:
            out.line(f"{call.result} = {self._expression(call)}")
            return
        plain = call.info.kind == "generator"
        info, lane = out.name("dependency", call.info), out.name("lane", self._info.threads.resume)
        out.line(f"generator = {self._expression(call)}")
        enter = out.name("next_value", next_value) if plain else f"await {out.name('first_value', first_value)}"
        out.line(f"{call.result} = {enter}(generator, {info})")
        out.line(f"exits.append({out.name('exit_of', exit_of)}(generator, {info}, {lane}))")

    def _call_websocket(self, call: _Call) -> None:
        out = self._out
        codec = out.name("codec", _codec(self._info))
        out.line(f"socket = {out.name('WebSocket', WebSocket)}(request, request.websocket, {codec})")
        out.line("outcome = None")
        with out.block("try:"):
            out.line(self._expression(call))
        with out.block("except BaseException as error:"):
            out.line("outcome = error")
        if self._cleans_up:
            out.line(f"outcome = await {out.name('unwind', unwind)}(exits, outcome)")
        out.line(f"response = await {out.name('close_after', close_after)}(socket, outcome)")
        with out.block("if response is None:"):
            out.line(f"response = {out.name('SWITCHED', SWITCHED)}")

    # ---- steps on a thread

    def _step(self, calls: list[_Call]) -> None:
        out, info = self._out, self._info
        parameters = [parameter for call in calls for parameter in call.info.parameters]
        self._reader.fetch(parameters)
        last = isinstance(calls[-1].info, HandlerInfo)
        kept = [call.result for call in calls if isinstance(call.info, DependencyInfo)] + (["response"] if last else [])
        out.line(" = ".join(kept) + " = None")
        with out.block("def step():"):
            out.line("nonlocal " + ", ".join(kept))
            if self._cleans_up:
                with out.block("try:"):
                    self._inside(calls)
                    if last:
                        out.line(f"{out.name('leave_here', leave_here)}(exits, response)")
                with out.block("except BaseException as error:"):
                    out.line(f"failure = {out.name('unwind_here', unwind_here)}(exits, error)")
                    with out.block("if failure is error:"):
                        out.line("raise")
                    out.line("raise failure")
            else:
                self._inside(calls)
        lane = info.threads.resume if self._held else info.threads.enter
        can_refuse = any(parameter.typed for parameter in parameters)
        run = f"await {out.name('run', lane.run)}(step)"
        if not can_refuse:
            out.line(run)
            return
        with out.block(f"if {run} is REFUSED:"):
            self._reader.refuse()

    def _inside(self, calls: list[_Call]) -> None:
        for call in calls:
            self._reader.convert(call.info.parameters, call.prefix, on_thread=True)
            if isinstance(call.info, DependencyInfo):
                self._call_dependency(call)
            else:
                self._out.line(f"value = {self._expression(call)}")
                self._respond()

    # ---- the answer

    def _respond(self) -> None:
        """Write how the response is made of ``value``."""
        out, maker = self._out, self._maker
        status = maker.status or 200
        match maker.kind:
            case "nothing":
                out.line(f"response = Response(b'', {maker.status or 204}, None)")
            case "text" | "html" | "bytes":
                usual = {"text": TEXT, "html": HTML, "bytes": BINARY}[maker.kind]
                out.line(f"response = Response(value, {status}, {maker.media_type or usual!r})")
            case "data":
                encode = out.name("to_json", maker.to_json)
                if len(maker.by_class) > 1:
                    encode = f"{out.name('by_class', maker.by_class)}.get(value.__class__, {encode})"
                json = f"response = Response({encode}(value), {status}, {{!r}})"
                if maker.media_type is not None:
                    out.line(json.format(maker.media_type))
                    return
                accept, prefers = self._reader.accept, out.name("prefers_msgpack", prefers_msgpack)
                with out.block(f"if {accept} is not None and b'msgpack' in {accept} and {prefers}({accept}):"):
                    packed = f"{out.name('to_msgpack', maker.to_msgpack)}(value)"
                    out.line(f"response = Response({packed}, {status}, {MSGPACK!r}, {VARY!r})")
                with out.block("else:"):
                    out.line(json.format(JSON))
            case "response":
                with out.block(f"if not isinstance(value, {out.name('Response', Response)}):"):
                    out.line(f"raise {out.name('no_response', partial(_no_response, self._info))}(value, request)")
                out.line("response = value")
            case _:
                out.line(f"response = {out.name('make', maker.make)}(value, request)")


def _no_response(info: HandlerInfo, value: object, request: Request) -> UsageError:
    if inspect.isawaitable(value):
        return not_awaited(value, request)
    return UsageError(
        "U503",
        f"{info.name} is annotated to return {shown(info.returns)}, but returned {shown(type(value))}.",
        "Return that, or annotate what is returned.",
        at=info.place,
    )


def _codec(info: HandlerInfo) -> Any:
    declared = next(p.type for p in info.parameters if p.source == "websocket")
    arguments = get_args(strip(declared)[0])
    message = arguments[0] if arguments else Any
    try:
        return codec_of(message)
    except UnsupportedType as error:
        fact = f"{info.name} has messages of {shown(message)}, which cannot be read and written: {error}."
        raise HandlerError("H110", fact, "Choose another type for them.", at=info.place) from None

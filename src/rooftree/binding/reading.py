"""The part of a plan that reads: from a request to the arguments of one call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, get_args

from rooftree.base import HandlerError
from rooftree.binding.bodies import JSON_TYPES, BodyReader, Refused
from rooftree.binding.info import HandlerInfo, ParameterInfo, Provider, provided_value, shown
from rooftree.binding.refusal import REFUSED, Refusal, form_fields, header_list, is_raw, query_fields, text_of
from rooftree.binding.sources import members, only_member, strip, takes_text
from rooftree.binding.unknown import StrictQuery
from rooftree.binding.writer import Writer
from rooftree.http import FormData, FormLimits, Stream, Upload
from rooftree.schema import Decoder, Invalid, UnsupportedType, decoder

__all__ = ["Reader"]

KNOWN_QUERIES: Final = 256
LONGEST_KNOWN: Final = 128
"""How many query strings are known again for each call, and how long they may be."""
MEDIA: Final = {"content-type": "first", "accept": "last"}
"""What ``Fields.media`` holds, in this order, and which one it is where there are several."""
COPIED: Final[frozenset[type[Any]]] = frozenset({list, dict, set})
"""Classes of defaults of which each request gets its own."""
FEW: Final = 16
"""Fields in a query string up to which looking for the wanted ones beats reading all."""


class Reader:
    """Writes the reading of one handler's parameters, those of its dependencies included."""

    def __init__(self, info: HandlerInfo, writer: Writer) -> None:
        self._info = info
        self._out = writer
        self._decoders: dict[int, Decoder[Any]] = {}  # of those parameters whose text is not yet their value
        self._parameters = info.all_parameters()
        for owner, parameter in info.owned():
            if _is_converted(parameter):
                self._decoders[id(parameter)] = _decoder_of(owner.name, owner.place, parameter)
        pairs = [(p, self._decoders.get(id(p))) for p in self._parameters]
        self._strict = StrictQuery(pairs) if info.strict_query else None
        self.refusal = Refusal(pairs, info.form_limits or FormLimits(), self._strict)
        self._explain = self.refusal.explain
        self._headers: dict[str, str] = {}
        self._plain_query: dict[str, str] = {}
        writer.namespace.update(CONVERSION=(Invalid, Refused, UnicodeDecodeError), Refused=Refused, REFUSED=REFUSED)

    # ---- once for a request

    def prepare(self, *, accept: bool) -> None:
        """Write what is read before anything is called: the headers, and the names of the query string."""
        wanted = {p.wire: "header" for p in self._parameters if p.source == "header"}
        if any(p.source == "body" and not is_raw(p) for p in self._parameters):
            wanted["content-type"] = "first"
        if accept:
            wanted.setdefault("accept", "last")
        if wanted:
            self._scan_headers(wanted)
        if self._strict is not None:
            with self._out.block(
                f"if request.query_string and not {self._out.name('fits', self._strict.fits)}(request):"
            ):
                self.refuse()

    def _scan_headers(self, wanted: dict[str, str]) -> None:
        out = self._out
        self._headers = {wire: "header_" + _identifier(wire, index) for index, wire in enumerate(wanted)}
        if wanted.items() <= MEDIA.items():  # requests with the same fields share what was found in them
            out.line("media = request.fields.media or request.fields.find_media()")
            for wire, target in self._headers.items():
                out.line(f"{target} = media[{list(MEDIA).index(wire)}]")
            return
        out.line(" = ".join(self._headers.values()) + " = None")
        with out.block("for name, value in request.fields.pairs:"):
            word = "if"
            for wire, how in wanted.items():
                target = self._headers[wire]
                with out.block(f"{word} name == {wire.encode()!r}:"):
                    if how == "first":
                        out.line(f"{target} = value if {target} is None else {target}")
                    elif how == "last":
                        out.line(f"{target} = value")
                    else:
                        out.line(f"{target} = value if {target} is None else {target} + b', ' + value")
                word = "elif"

    @property
    def accept(self) -> str:
        """The variable with the ``Accept`` header."""
        return self._headers["accept"]

    def _read_query(self, parameters: list[ParameterInfo], prefix: str) -> None:
        """Write the reading of a call's parameters from the query string.

        The values of a query string that came before are known, where none of them can be changed.
        """
        out = self._out
        if not all(self._is_shared(parameter) for parameter in parameters):
            self._read_query_anew(parameters, prefix)
            return
        variables = "".join(f"{prefix}{parameter.name}, " for parameter in parameters)
        known = out.name(f"{prefix}known", {})
        out.line(f"values = {known}.get(request.query_string)")
        with out.block("if values is not None:"):
            out.line(f"{variables}= values")
        with out.block("else:"):
            self._read_query_anew(parameters, prefix)
            out.line(f"{out.name('remember', remember)}({known}, request.query_string, ({variables}))")

    def _is_shared(self, parameter: ParameterInfo) -> bool:
        """Tell whether one value may be handed to several requests."""
        found = self._decoders.get(id(parameter))
        return (
            not parameter.fields
            and (not parameter.many if found is None else found.immutable)
            and parameter.default.__class__ not in COPIED
        )

    def _read_query_anew(self, parameters: list[ParameterInfo], prefix: str) -> None:
        """Look for a few plain names without reading the whole query string into a dict."""
        wires = dict.fromkeys(p.wire for p in parameters)
        plain = all(not (p.many or p.fields) for p in parameters)
        if plain and len(wires) <= FEW // 2:
            self._plain_query = {wire: "query_" + _identifier(wire, index) for index, wire in enumerate(wires)}
            self._scan_query()
        for parameter in parameters:
            self._read(parameter, prefix)
        self._plain_query = {}

    def _scan_query(self) -> None:
        out = self._out
        names = list(self._plain_query.values())
        out.line(" = ".join(names) + " = None")
        out.line("query = request.query_string")
        text_of_ = out.name("text_of", text_of)
        with out.block("if query:"):
            with out.block(f"if b'%' in query or b'+' in query or query.count(b'&') > {FEW}:"):
                out.line("fields = request.query")
                for wire, variable in self._plain_query.items():
                    out.line(f"{variable} = {text_of_}(fields.get({wire!r}))")
            with out.block("else:"), out.block("for part in query.split(b'&'):"):
                out.line("name, _, value = part.partition(b'=')")
                word = "if"
                for wire, variable in self._plain_query.items():
                    with out.block(f"{word} name == {wire.encode()!r}:"):
                        with out.block(f"if {variable} is not None:"):
                            out.line("raise Refused")
                        out.line(f"{variable} = value.decode()")
                    word = "elif"

    def refuse(self) -> None:
        """Write the way to the slow path."""
        self._out.line(f"raise await {self._out.name('explain', self._explain)}(request) from None")

    # ---- before a call

    def fetch(self, parameters: Iterable[ParameterInfo]) -> None:
        """Write what has to be waited for before these parameters can be read: the body, or the form."""
        out = self._out
        sources = {p.source for p in parameters}
        if "body" in sources:
            out.line("content = request.content")
            with out.block("if content is None or len(content) > request.max_body:"):
                out.line("content = await request.body()")
        if sources & {"form", "upload"}:
            limits = self._info.form_limits
            out.line(f"form = await request.form({'' if limits is None else out.name('form_limits', limits)})")

    def convert(self, parameters: list[ParameterInfo], prefix: str, *, on_thread: bool) -> None:
        """Write the conversion of typed parameters to variables."""
        out = self._out
        refusable: list[ParameterInfo] = []
        for parameter in parameters:
            if parameter.typed and self._is_handed_through(parameter):
                self._read(parameter, prefix)
            elif parameter.typed:
                refusable.append(parameter)
        if not refusable:
            return
        in_query = [parameter for parameter in refusable if parameter.source == "query"]
        with out.block("try:"):
            for parameter in refusable:
                if parameter.source != "query":
                    self._read(parameter, prefix)
            if in_query:
                self._read_query(in_query, prefix)
        with out.block("except CONVERSION:"):
            if on_thread:
                out.line("return REFUSED")
            else:
                self.refuse()

    def _is_handed_through(self, parameter: ParameterInfo) -> bool:
        """Tell whether nothing can be wrong with it once the route has matched."""
        return parameter.source == "path" and id(parameter) not in self._decoders

    def argument(self, parameter: ParameterInfo, prefix: str) -> str:
        """Return the expression that is passed for a parameter."""
        match parameter.source:
            case "request":
                value = "request"
            case "after":
                value = "after"
            case "websocket":
                value = "socket"
            case "stream":
                value = f"{self._out.name('Stream', Stream)}(request.stream())"
            case _:
                value = prefix + parameter.name
        if parameter.provider is not None:
            value = self._provided(parameter.provider)
        return f"{parameter.name}={value}" if parameter.keyword else value

    def _provided(self, provider: Provider) -> str:
        if provider.constant:
            return self._out.name("provided", provider.value)
        return f"{self._out.name('provided_value', provided_value)}({self._out.name('provider', provider)})"

    # ---- one parameter

    def _read(self, parameter: ParameterInfo, prefix: str) -> None:
        variable, found = prefix + parameter.name, self._decoders.get(id(parameter))
        match parameter.source:
            case "path":
                self._read_path(parameter, variable, found)
            case "body":
                self._read_body(parameter, variable)
            case "form" if not parameter.wire and not parameter.fields:
                self._out.line(f"{variable} = form")
            case "form" | "query" if parameter.fields:
                self._read_fields(parameter, variable)
            case "upload":
                self._choose(parameter, variable, self._raw(parameter), "{}")
            case _:
                convert = self._conversion(parameter, found)
                self._choose(parameter, variable, self._raw(parameter), convert)

    def _choose(self, parameter: ParameterInfo, variable: str, raw: str, convert: str) -> None:
        """Write ``variable = ...``: the default where there is no text, else what the conversion makes of it."""
        out = self._out
        text = "text" if not raw.isidentifier() else raw
        if text != raw:
            out.line(f"text = {raw}")
        absent = f"{text} is None" if takes_text(parameter.type) or parameter.required else f"not {text}"
        if parameter.many:
            absent = f"not {text}"
        with out.block(f"if {absent}:"):
            if parameter.required:
                out.line("raise Refused")
            else:
                out.line(f"{variable} = {self._default(parameter)}")
        with out.block("else:"):
            out.line(f"{variable} = {convert.format(text)}")

    def _raw(self, parameter: ParameterInfo) -> str:
        """Return the expression of the text, or the texts, that the request has; ``None`` for none."""
        out, wire = self._out, parameter.wire
        pick = "" if parameter.many else out.name("text_of", text_of)
        match parameter.source:
            case "query" if wire in self._plain_query:
                return self._plain_query[wire]
            case "query":
                return f"{pick}(request.query.get({wire!r}))"
            case "header":
                return self._headers[wire]
            case "cookie":
                return f"request.cookies.get({wire!r})"
            case "upload":
                return f"{pick}(form.files.get({wire!r}))"
            case _:
                return f"{pick}(form.fields.get({wire!r}))"

    def _conversion(self, parameter: ParameterInfo, found: Decoder[Any] | None) -> str:
        """Return the expression that makes a value of a text, with ``{}`` for the text."""
        text = "{}"
        if parameter.source == "header":
            text = "{}.decode('latin-1')"
            if parameter.many:
                text = f"{self._out.name('header_list', header_list)}({text})"
        if found is None:
            return text
        convert = self._out.name(f"convert_{parameter.name}", found.strings)
        if text == "{}" and _is_plain(parameter.type, int):
            # what int() takes beyond ASCII digits is no int here, and a long one costs more than its length
            return f"int({{0}}) if {{0}}.isdigit() and len({{0}}) < 19 and {{0}}.isascii() else {convert}({{0}})"
        return f"{convert}({text})"

    def _default(self, parameter: ParameterInfo) -> str:
        default = parameter.default
        if default is None or default.__class__ in {bool, int, str} or default == ():
            return repr(default)
        name = self._out.name(f"default_{parameter.name}", default)
        return f"{name}.copy()" if default.__class__ in COPIED else name

    def _read_path(self, parameter: ParameterInfo, variable: str, found: Decoder[Any] | None) -> None:
        raw = f"request.found[1][{parameter.index}]"
        if found is None:
            self._out.line(f"{variable} = {raw}")
        elif parameter.converted:
            self._out.line(f"{variable} = {self._out.name(f'check_{parameter.name}', found.python)}({raw})")
        else:
            self._out.line(f"text = {raw}")
            self._out.line(f"{variable} = {self._conversion(parameter, found).format('text')}")

    def _read_fields(self, parameter: ParameterInfo, variable: str) -> None:
        out, found = self._out, self._decoders[id(parameter)]
        if parameter.source == "form":
            out.line(f"fields = {out.name('form_fields', form_fields)}(form)")
        else:
            out.line(f"fields = {out.name('query_fields', query_fields)}(request.query)")
        convert = f"{out.name(f'convert_{parameter.name}', found.strings)}(fields)"
        if parameter.required:
            out.line(f"{variable} = {convert}")
        else:
            out.line(f"{variable} = {convert} if fields else {self._default(parameter)}")

    def _read_body(self, parameter: ParameterInfo, variable: str) -> None:
        out = self._out
        if is_raw(parameter):
            check = self._decoders.get(id(parameter))
            value = "content" if check is None else f"{out.name('check_body', check.python)}(content)"
            out.line(
                f"{variable} = {value}" + ("" if parameter.required else f" if content else {self._default(parameter)}")
            )
            return
        found = self._decoders[id(parameter)]
        known, kind = out.name("JSON_TYPES", JSON_TYPES), self._headers["content-type"]
        as_json = out.name(f"decode_{parameter.name}", found.json)
        other = out.name(f"read_{parameter.name}", BodyReader(found).read)
        choice = f"{as_json}(content) if {kind} in {known} else {other}({kind}, content)"
        if parameter.required:
            out.line(f"{variable} = {choice}")
        else:
            with out.block("if content:"):
                out.line(f"{variable} = {choice}")
            with out.block("else:"):
                out.line(f"{variable} = {self._default(parameter)}")


def remember(known: dict[bytes, tuple[Any, ...]], query: bytes, values: tuple[Any, ...]) -> None:
    """Keep the values of a query string; all are forgotten when they are too many."""
    if len(query) <= LONGEST_KNOWN:
        if len(known) >= KNOWN_QUERIES:
            known.clear()
        known[query] = values


def _is_converted(parameter: ParameterInfo) -> bool:
    """Tell whether what the request has is not yet the value."""
    _, beside = strip(parameter.type)
    if not parameter.typed or parameter.source == "upload" or _is_whole_form(parameter):
        return False
    if parameter.converted or is_raw(parameter):
        return bool(beside)
    return parameter.many or parameter.source == "body" or not _is_plain(parameter.type, str)


def _decoder_of(owner: str, at: str | None, parameter: ParameterInfo) -> Decoder[Any]:
    """Return what converts a parameter.

    Raises:
        HandlerError: H110 for a type that cannot be read.
    """
    try:
        return decoder(parameter.type, opaque=(Upload,)) if parameter.source == "form" else decoder(parameter.type)
    except UnsupportedType as error:
        fact = f"{owner} has a parameter '{parameter.name}: {shown(parameter.type)}' that cannot be read: {error}."
        raise HandlerError("H110", fact, "Choose another type for it.", at=at) from None


def _is_whole_form(parameter: ParameterInfo) -> bool:
    return parameter.source == "form" and FormData in members(parameter.type)


def _is_plain(declared: Any, wanted: type[Any]) -> bool:
    """Tell whether a type is ``wanted``, or that or ``None``, without constraints."""
    return not strip(declared)[1] and only_member(declared) is wanted and not _has_rules(declared)


def _has_rules(declared: Any) -> bool:
    """Tell whether a member of a union has something beside it."""
    bare, _ = strip(declared)
    return any(strip(argument)[1] for argument in get_args(bare))


def _identifier(wire: str, index: int) -> str:
    """Return a name on the wire as part of a variable's name: made only of letters, whatever the name is."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in wire)
    return f"{plain}_{index}"

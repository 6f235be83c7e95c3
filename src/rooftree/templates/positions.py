"""Looks where in the markup each expression of a template stands, and sees to it that escaping is enough there.

Escaping makes a value safe as text and between quotation marks. It does not where a script, a style or a URL is read
out of it, or where nothing marks its end. So, when a template is compiled:

- without quotation marks around it, in a script without ``|tojson``, in the handler of an event: an error;
- at the begin of a URL, in a style, in names: the value goes through a function of ``rooftree.templates.values``.

What is written out in the template, markup (``Html``, ``|safe``) and what components give is taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

from jinja2 import nodes

from rooftree.base import TemplateError
from rooftree.templates.failures import place as place_text
from rooftree.templates.markup import START, Kind, Place, advance, past_value

__all__ = ["HTML_ENDINGS", "Positions"]

HTML_ENDINGS: Final = (".html", ".htm", ".xhtml", ".svg", ".xml")
MOST_PLACES: Final = 24
URLS: Final = frozenset(
    {"action", "background", "cite", "data", "formaction", "href", "manifest", "ping", "poster", "src", "xlink:href"}
)
Places = frozenset[Place]


class Positions:
    """Goes through one template.

    Args:
        filename: Its file, for errors.
        inherited: Where the blocks of the template that it extends stand, by name; the first place of each counts.

    Attributes:
        blocks: Where its own blocks stand.
    """

    def __init__(self, filename: str | None, inherited: Mapping[str, Place]) -> None:
        self._filename = filename
        self._inherited = inherited
        self.blocks: dict[str, Place] = dict(inherited)

    def guard(self, template: nodes.Template) -> None:
        """Check every expression, and change those that need more than escaping.

        Raises:
            TemplateError: P201 to P204: an expression stands where nothing makes it safe.
        """
        extends = template.find(nodes.Extends) is not None
        self._body(template.body, frozenset() if extends else frozenset({START}))

    # ---- statements

    def _body(self, body: Iterable[nodes.Node], places: Places) -> Places:
        for node in body:
            places = self._statement(node, places)
        return places

    def _statement(self, node: nodes.Node, places: Places) -> Places:
        match node:
            case nodes.Output():
                return self._output(node, places)
            case nodes.If():
                after = self._body(node.body, places)
                for other in node.elif_:
                    after |= self._body(other.body, places)
                return _few(after | self._body(node.else_, places))
            case nodes.For():
                return self._loop(node, places)
            case nodes.Block():
                return self._block(node, places)
            case nodes.Macro() | nodes.CallBlock() | nodes.AssignBlock():
                inside = _goes_on(node)
                after = self._body(node.body, places if inside else frozenset({START}))
                return after if inside else places
            case nodes.FilterBlock() | nodes.With() | nodes.Scope():
                return self._body(node.body, places)
            case _:
                return places

    def _loop(self, node: nodes.For, places: Places) -> Places:
        before = places
        for _ in range(4):  # until another round changes nothing; what it checks twice it changes once
            after = _few(before | self._body(node.body, before))
            if after == before:
                break
            before = after
        return _few(before | self._body(node.else_, places))

    def _block(self, node: nodes.Block, places: Places) -> Places:
        known = self._inherited.get(node.name)
        if not places:  # of a template that extends another one, or where too much is possible to tell
            self._body(node.body, frozenset({known if known is not None else START}))
            return places
        if known is None and len(places) == 1:
            (self.blocks[node.name],) = places
        return self._body(node.body, places)

    def _output(self, node: nodes.Output, places: Places) -> Places:
        for index, child in enumerate(node.nodes):
            if isinstance(child, nodes.TemplateData):
                places = frozenset(advance(place, child.data) for place in places)
                continue
            if not _is_given(child):
                node.nodes[index] = self._expression(child, places)
            places = frozenset(map(past_value, places))
        return places

    # ---- expressions

    def _expression(self, expression: nodes.Expr, places: Places) -> nodes.Expr:
        """Return an expression as it may stand in all of these places."""
        ordered = sorted(places, key=lambda place: (place.kind.value, *place[1:]))  # the same in every run
        needed = {self._needs(place, expression) for place in ordered} - {None}
        for name in sorted(map(str, needed)):
            if not (isinstance(expression, nodes.Filter) and expression.name == name):
                expression = nodes.Filter(expression, name, [], [], None, None, lineno=expression.lineno)
        return expression

    def _needs(self, place: Place, expression: nodes.Expr) -> str | None:
        """Return the filter that an expression needs in a place."""
        line = expression.lineno
        match place.kind:
            case Kind.UNQUOTED | Kind.BEFORE_VALUE:
                self._fail(
                    "P201",
                    line,
                    f"A value stands in the attribute '{place.attribute}' without quotation marks, where a space in it "
                    "would begin another attribute",
                    f'Write {place.attribute}="{{{{ ... }}}}".',
                )
            case Kind.RAW_TEXT if place.tag == "script":
                self._script(place, expression)
            case Kind.RAW_TEXT if place.tag == "style":
                return "css_value"
            case Kind.TAG_NAME:
                return "name_value"
            case Kind.TAG | Kind.ATTRIBUTE_NAME:
                return "attribute_value"
            case Kind.SINGLE | Kind.DOUBLE:
                return self._attribute(place, line)
            case _:
                pass
        return None

    def _attribute(self, place: Place, line: int) -> str | None:
        if place.attribute.startswith("on"):
            self._fail(
                "P204",
                line,
                f"A value stands in '{place.attribute}', which is read as a script",
                "Put it into a 'data-' attribute, and read that in a script: element.dataset.",
            )
        if place.attribute == "style":
            return "css_value"
        if place.attribute == "srcdoc":
            return "srcdoc_value"
        if place.attribute in URLS:
            return ("url_value", "url_rest", None)[place.begun]
        return None

    def _script(self, place: Place, expression: nodes.Expr) -> None:
        line = expression.lineno
        if not (isinstance(expression, nodes.Filter) and expression.name == "tojson"):
            self._fail(
                "P202",
                line,
                "A value stands in a script, where escaping does not make it safe",
                "Write '|tojson' after it, and no quotation marks around it.",
            )
        if place.text in {'"', "'", "`", "/*"}:
            self._fail(
                "P203",
                line,
                f"A value with '|tojson' stands in a string or comment of a script ({place.text}), and could end it",
                "Take the quotation marks away: '|tojson' brings its own. Join texts by '+'.",
            )

    def _fail(self, code: str, line: int, fact: str, remedy: str) -> NoReturn:
        raise TemplateError(code, f"{fact}.", remedy, at=place_text(self._filename, line))


def _few(places: Places) -> Places:
    """Return the places, none where they are too many to be looked at."""
    return places if len(places) <= MOST_PLACES else frozenset()


def _goes_on(node: nodes.Node) -> bool:
    """Tell whether the body of a block stands where the block does: that of ``{% cache %}``."""
    if not isinstance(node, nodes.CallBlock):
        return False
    target = node.call.node
    return isinstance(target, nodes.ExtensionAttribute) and target.name == "kept"


def _is_given(expression: nodes.Expr) -> bool:
    """Tell whether an expression can only give what is written out in the template, or markup."""
    match expression:
        case nodes.Const():
            return True
        case nodes.CondExpr():
            return _is_given(expression.expr1) and (expression.expr2 is None or _is_given(expression.expr2))
        case nodes.Concat():
            return all(map(_is_given, expression.nodes))
        case nodes.Filter():
            return expression.name == "safe"
        case nodes.MarkSafe() | nodes.MarkSafeIfAutoescape():
            return True
        case nodes.Call():
            return isinstance(expression.node, nodes.ExtensionAttribute) or _is_macro_like(expression.node)
        case _:
            return False


def _is_macro_like(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Name) and node.name in {"caller", "super"}

"""Controls for numbers. Those of text take and show them as the locale writes them: ``1.234,56``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from rooftree.forms.info import Surroundings
from rooftree.forms.widgets.base import Attributes, FieldInfo, NoValue, Texts, Widget, leaf_of, rules_of_field
from rooftree.i18n import Locale, parse_number

__all__ = ["DecimalInput", "MoneyInput", "NumberInput", "RangeInput"]

_PLAIN: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
MAX_LENGTH: Final = 100


class NumberInput(Widget):
    """A number in the browser's own control, which shows it in the browser's language and sends it as HTML has it.

    Args:
        step: Of the control, where the rules do not say it; ``"any"`` for fractions.
        attributes: See ``Widget``.
    """

    type = "number"

    def __init__(self, step: str = "", **attributes: str | bool) -> None:
        super().__init__(**attributes)
        self.step = step

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """The text, where it is a number.

        Raises:
            NoValue: It is none, or has a fraction where whole numbers are asked for.
        """
        whole = _is_whole(info)
        if len(text) > MAX_LENGTH or not _PLAIN.fullmatch(text):
            raise not_a_number(info)
        if whole and not text.lstrip("+-").isdigit():
            raise not_a_number(info)
        return text.removeprefix("+")

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """The limits that HTML knows: those that include their value, and the step."""
        rules = rules_of_field(info)
        whole = _is_whole(info)
        least, most = rules.ge, rules.le
        if whole:
            least = rules.gt + 1 if rules.gt is not None and least is None else least
            most = rules.lt - 1 if rules.lt is not None and most is None else most
        step = self.step or (str(rules.multiple_of) if rules.multiple_of is not None else None if whole else "any")
        return {
            "min": None if least is None else str(least),
            "max": None if most is None else str(most),
            "step": step,
            "inputmode": "numeric" if whole and least is not None and least >= 0 else None,
        }


class RangeInput(NumberInput):
    """A number that is set by sliding; it needs limits."""

    template = "forms/widgets/range.html"
    type = "range"


class DecimalInput(Widget):
    """A number as text, written and read as the locale has it."""

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:
        """The number as the schema takes it.

        Raises:
            NoValue: It is no number as the locale writes one.
        """
        number = text.removeprefix("+")
        if around.locale is not None:
            try:
                number = format(parse_number(text, around.locale), "f")
            except ValueError:
                raise not_a_number(info) from None
        if len(number) > MAX_LENGTH or not _PLAIN.fullmatch(number):
            raise not_a_number(info)
        if _is_whole(info) and not number.lstrip("-").isdigit():
            raise not_a_number(info)
        return number

    def format(self, value: Any, around: Surroundings) -> Texts:
        """The number as the locale writes it, all of its digits kept."""
        return [] if value is None else [number_text(value, around.locale)]

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """A keyboard with digits and the separator."""
        return {"inputmode": "numeric" if _is_whole(info) else "decimal"}


class MoneyInput(DecimalInput):
    """An amount of money, with its currency beside the control.

    Args:
        currency: By its code in ISO 4217: ``"EUR"``.
        attributes: See ``Widget``.
    """

    template = "forms/widgets/money.html"

    def __init__(self, currency: str, **attributes: str | bool) -> None:
        super().__init__(**attributes)
        self.currency = currency

    def symbol(self, around: Surroundings) -> str:
        """Return the currency as the locale writes it: ``€``."""
        if around.locale is None:
            return self.currency
        from babel.numbers import get_currency_symbol

        return get_currency_symbol(self.currency, locale=around.locale.babel)


def not_a_number(info: FieldInfo) -> NoValue:
    """Return the error for what is no number of the field's kind."""
    return NoValue("type", {"expected": "int" if _is_whole(info) else "decimal"})


def number_text(value: Any, locale: Locale | None) -> str:
    """Return a number as a locale writes it, none of its digits rounded away; as HTML has it without one."""
    if locale is None:
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    from babel.numbers import format_decimal

    number = value if isinstance(value, Decimal) else Decimal(str(value))
    places = max(0, -int(number.as_tuple().exponent))
    return format_decimal(number, format=f"#,##0.{'0' * places}" if places else "#,##0", locale=locale.babel)


def _is_whole(info: FieldInfo) -> bool:
    found = leaf_of(info.node)
    return found is not None and found.kind == "int"

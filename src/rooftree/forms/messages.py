"""What is wrong, said to people. Texts that every fault of a schema has are those of `rooftree.i18n`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rooftree.i18n import Text, _, fault_text, ngettext

__all__ = ["message"]

_PLAIN: Final[Mapping[str, Text]] = {
    "format_email": _("Enter an e-mail address, like name@example.org."),
    "format_url": _("Enter the address of a web page, like https://example.org."),
    "format_slug": _("Enter letters, digits and hyphens only."),
    "telephone": _("Enter a telephone number."),
    "color": _("Choose a colour."),
    "no_such_time": _("Clocks are set forward here: this time does not exist on that day."),
    "gone": _("What you chose is no longer there. Choose another."),
    "unique": _("This is taken already."),
    "unique_together": _("These values are taken already, together."),
    "still_used": _("Something else still needs this."),
    "check": _("This value is not allowed here."),
    "stale": _("Someone else has changed this in the meantime. Send it again to see what is different."),
    "changed": _(
        "Someone else has changed this since you opened it. Where it differs from yours, what is saved now is shown. "
        "Send it again to save yours in its place, or load the page again to go on with theirs."
    ),
    "row_changed": _("Someone else has changed this. Send it again to save yours in its place."),
    "refused": _("This could not be sent. Please try again."),
    "too_fast": _("This was sent faster than a person can fill it in. Please try again."),
    "expired": _("This form was open for too long. Please send it again."),
}


def message(code: str, params: Mapping[str, Any], technical: str = "") -> Text:
    """Return the sentence for a fault.

    Args:
        code: The name of the rule.
        params: What the rule says beside it.
        technical: The schema's own text.
    """
    if (plain := _PLAIN.get(code)) is not None:
        return plain
    if code.startswith("check_"):  # a constraint of the model: what its author says, where they say something
        return _PLAIN["check"] if technical.startswith("The check ") else Text(technical)
    match code:
        case "too_many_rows":
            return ngettext("At most %(count)s row is taken.", "At most %(count)s rows are taken.", params["limit"])
        case "too_few_rows":
            return ngettext("Add at least %(count)s row.", "Add at least %(count)s rows.", params["limit"])
        case "value" if technical and "`" not in technical:  # what the type's own author says
            return Text(technical)
        case _:
            return fault_text(code, params, technical)

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from rooftree import Len, Schema, Text, _, field


class Country(StrEnum):
    germany = "DE"
    austria = "AT"
    switzerland = "CH"
    netherlands = "NL"
    ireland = "IE"

    @property
    def label(self) -> Text:
        return COUNTRIES[self]


COUNTRIES = {
    Country.germany: _("Germany"),
    Country.austria: _("Austria"),
    Country.switzerland: _("Switzerland"),
    Country.netherlands: _("Netherlands"),
    Country.ireland: _("Ireland"),
}


class Address(Schema):
    name: Annotated[str, Len(1, 80), field(label=_("Name"), autocomplete="name")]
    street: Annotated[str, Len(1, 120), field(label=_("Street and number"), autocomplete="street-address")]
    postcode: Annotated[str, Len(3, 10), field(label=_("Postcode"), autocomplete="postal-code")]
    city: Annotated[str, Len(1, 80), field(label=_("Town"), autocomplete="address-level2")]
    country: Annotated[Country, field(label=_("Country"), autocomplete="country")] = Country.germany

    @property
    def lines(self) -> list[str]:
        """What stands on the parcel."""
        return [self.name, self.street, f"{self.postcode} {self.city}", str(self.country.label)]

"""Controls: how a value is shown, read and turned into what the rules are asked about."""

from rooftree.forms.widgets.base import NoValue, Widget
from rooftree.forms.widgets.choice import (
    Checkbox,
    CheckboxGroup,
    Lookup,
    MultiLookup,
    MultiSelect,
    RadioGroup,
    Select,
)
from rooftree.forms.widgets.files import FileInput, ImageInput
from rooftree.forms.widgets.moments import DateInput, DateTimeInput, TimeInput
from rooftree.forms.widgets.numbers import DecimalInput, MoneyInput, NumberInput, RangeInput
from rooftree.forms.widgets.text import (
    ColorInput,
    EmailInput,
    HiddenInput,
    PasswordInput,
    SearchInput,
    TelephoneInput,
    Textarea,
    TextInput,
    UrlInput,
)

__all__ = [
    "Checkbox",
    "CheckboxGroup",
    "ColorInput",
    "DateInput",
    "DateTimeInput",
    "DecimalInput",
    "EmailInput",
    "FileInput",
    "HiddenInput",
    "ImageInput",
    "Lookup",
    "MoneyInput",
    "MultiLookup",
    "MultiSelect",
    "NoValue",
    "NumberInput",
    "PasswordInput",
    "RadioGroup",
    "RangeInput",
    "SearchInput",
    "Select",
    "TelephoneInput",
    "TextInput",
    "Textarea",
    "TimeInput",
    "UrlInput",
    "Widget",
]

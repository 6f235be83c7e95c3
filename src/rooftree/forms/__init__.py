"""Forms: fields from typed classes and models, shown, checked by the same rules as everywhere, shown again, saved."""

from rooftree.forms.bound import BoundField, BoundGroup, BoundRow, BoundRows
from rooftree.forms.errors import FormError, FormUsageError
from rooftree.forms.field import FieldOptions, FieldSpec, field
from rooftree.forms.form import BaseForm
from rooftree.forms.form_info import rule
from rooftree.forms.info import Option
from rooftree.forms.model_form import ModelForm
from rooftree.forms.schema_form import SchemaForm
from rooftree.forms.shown import Fieldset
from rooftree.forms.widgets import (
    Checkbox,
    CheckboxGroup,
    ColorInput,
    DateInput,
    DateTimeInput,
    DecimalInput,
    EmailInput,
    FileInput,
    HiddenInput,
    ImageInput,
    MoneyInput,
    MultiSelect,
    NumberInput,
    PasswordInput,
    RadioGroup,
    RangeInput,
    SearchInput,
    Select,
    TelephoneInput,
    Textarea,
    TextInput,
    TimeInput,
    UrlInput,
    Widget,
)

__all__ = [
    "BaseForm",
    "BoundField",
    "BoundGroup",
    "BoundRow",
    "BoundRows",
    "Checkbox",
    "CheckboxGroup",
    "ColorInput",
    "DateInput",
    "DateTimeInput",
    "DecimalInput",
    "EmailInput",
    "FieldOptions",
    "FieldSpec",
    "Fieldset",
    "FileInput",
    "FormError",
    "FormUsageError",
    "HiddenInput",
    "ImageInput",
    "ModelForm",
    "MoneyInput",
    "MultiSelect",
    "NumberInput",
    "Option",
    "PasswordInput",
    "RadioGroup",
    "RangeInput",
    "SchemaForm",
    "SearchInput",
    "Select",
    "TelephoneInput",
    "TextInput",
    "Textarea",
    "TimeInput",
    "UrlInput",
    "Widget",
    "field",
    "rule",
]

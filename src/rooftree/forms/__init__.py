"""Forms: fields from typed classes and models, shown, checked by the same rules as everywhere, shown again, saved."""

from rooftree.forms.bound import BoundField
from rooftree.forms.derived import derived_texts
from rooftree.forms.errors import FormError, FormUsageError
from rooftree.forms.field import FieldOptions, FieldSpec, field
from rooftree.forms.form import BaseForm
from rooftree.forms.form_info import rule
from rooftree.forms.info import ABSENT, Option, Surroundings
from rooftree.forms.model_form import ModelForm
from rooftree.forms.nested import BoundGroup, BoundRow, BoundRows
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
    Lookup,
    MoneyInput,
    MultiLookup,
    MultiSelect,
    NoValue,
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
from rooftree.forms.widgets.base import FieldInfo

__all__ = [
    "ABSENT",
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
    "FieldInfo",
    "FieldOptions",
    "FieldSpec",
    "Fieldset",
    "FileInput",
    "FormError",
    "FormUsageError",
    "HiddenInput",
    "ImageInput",
    "Lookup",
    "ModelForm",
    "MoneyInput",
    "MultiLookup",
    "MultiSelect",
    "NoValue",
    "NumberInput",
    "Option",
    "PasswordInput",
    "RadioGroup",
    "RangeInput",
    "SchemaForm",
    "SearchInput",
    "Select",
    "Surroundings",
    "TelephoneInput",
    "TextInput",
    "Textarea",
    "TimeInput",
    "UrlInput",
    "Widget",
    "derived_texts",
    "field",
    "rule",
]

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language

register = template.Library()


@register.filter
def currency(amount):
    """Django formats numbers and no currencies."""
    number = number_format(amount, 2)
    return f"{number} €" if get_language() == "de" else f"€{number}"

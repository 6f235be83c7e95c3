"""Templates: pages of HTML made by Jinja2, with fragments, components and everything escaped."""

from rooftree.base import TemplateError
from rooftree.templates.page import Page, render

try:
    from rooftree.templates.environment import Environment
    from rooftree.templates.templates import Templates
    from rooftree.templates.translations import MARKUP_FUNCTIONS
except ModuleNotFoundError as missing:
    if missing.name not in {"jinja2", "markupsafe"}:
        raise
    raise TemplateError(
        "P101", "Templates stand on Jinja2, which is not installed.", "Run: pip install 'rooftree[templates]'"
    ) from None

__all__ = ["MARKUP_FUNCTIONS", "Environment", "Page", "Templates", "render"]

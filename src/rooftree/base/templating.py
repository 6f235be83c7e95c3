"""The settings of templates."""

from typing import Literal

from rooftree.base.settings import BaseSettings

__all__ = ["TemplateOptions"]


class TemplateOptions(BaseSettings, frozen=True, kw_only=True):
    """Where templates are, and how they are treated.

    Attributes:
        folder: The application's own templates, from the folder of the application.
        cache: The folder that keeps compiled templates; ``""`` keeps none, ``None`` one in the user's cache folder.
        undefined: What a name is that nobody gave a value: ``strict`` an error wherever it is used, ``lenient`` empty
            where it is shown or asked for, ``auto`` strict in development and tests, and lenient in production.
    """

    folder: str = "templates"
    cache: str | None = None
    undefined: Literal["auto", "strict", "lenient"] = "auto"

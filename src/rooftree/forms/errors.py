"""Errors of forms.

StartupError
└── FormError           [F1..]  a form that cannot work, found when its class is made
UsageError
└── FormUsageError      [F2..]  a form used in a way that can only be a mistake
"""

from __future__ import annotations

from rooftree.base import StartupError, UsageError

__all__ = ["FormError", "FormUsageError"]


class FormError(StartupError):
    """A form that cannot work: found when its class is made."""


class FormUsageError(UsageError):
    """A form was used in a way that can only be a mistake."""

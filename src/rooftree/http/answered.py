"""An answer that ends the handling of a request where it stands."""

from __future__ import annotations

from rooftree.http.response import Response

__all__ = ["Answered"]


class Answered(Exception):
    """Raise it to answer at once, from wherever the code is: no error, and nobody's handler of errors is asked.

    Args:
        response: The answer.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response

"""Models as APIs: typed lists, creation, reading, changes, deletion."""

from typing import TypeAlias, TypeVar

from msgspec import UnsetType

from rooftree.resources.errors import ResourceError
from rooftree.resources.filters import Filter, Lookup
from rooftree.resources.listing import Listing, Results
from rooftree.resources.options import ResourceOptions, Verb
from rooftree.resources.resource import Resource

__all__ = ["Filter", "Included", "Listing", "Lookup", "Resource", "ResourceError", "ResourceOptions", "Results", "Verb"]

T = TypeVar("T")
Included: TypeAlias = T | UnsetType
"""`category: Included[CategoryOut] = UNSET` in an output: shown where it was loaded, left out where it was not."""

"""Pictures of the goods, drawn by code: the same name always gives the same drawing."""

from shop.drawings.draw import KINDS, draw

__all__ = ["KINDS", "draw"]

"""Typed expressions: columns, conditions, functions, and queries as plain data."""

__all__ = []

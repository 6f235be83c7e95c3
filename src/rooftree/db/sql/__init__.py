"""From shapes to SQL: SQLAlchemy Core compiles each once, and rows become instances."""

__all__ = []

"""Models: classes whose columns are expressions on the class and values on an instance."""

__all__ = []

"""One module for each verb of queries: a shape and its parameters, run in a database."""

__all__ = []

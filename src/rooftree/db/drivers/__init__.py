"""Drivers: how each database is spoken to. Only this package imports a database's library."""

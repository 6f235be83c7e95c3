"""SQLite through the standard library: reads inline in the event loop, writers in turn."""

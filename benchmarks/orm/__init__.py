"""The data layer alone: Rooftree's models beside other ORMs and the raw driver, in one process each, no server."""

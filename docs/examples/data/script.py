"""A script that reads and writes without a loop of its own."""

from __future__ import annotations

import sys

from rooftree.db import Col, Model, col, connected, create_tables, run_sync, transaction


class Note(Model, table="notes"):
    text: Col[str] = col(max_length=200)


def main(url: str) -> list[str]:
    with connected(url):
        run_sync(lambda: create_tables(Note))
        with transaction():
            Note.create(text="milk").sync()
            Note.create(text="bread").sync()
        return [note.text for note in Note.where().order_by(Note.text).sync()]


if __name__ == "__main__":
    print("\n".join(main(sys.argv[1])))  # noqa: T201 - a command that prints

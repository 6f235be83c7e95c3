"""What the front pages share: the languages, the address of the catalogue, who signs in and what is in the cart."""

import os

LANGUAGES = {"en": "English", "de": "Deutsch"}
CATALOGUES = os.environ.get("BENCH_LOCALES", "locales")  # compiled by seed.py, of the shop's own messages.po
EMAIL = "user3@example.org"
CART = {"3": 2, "11": 1}


def spoken(language, english, german):
    return german if language.startswith("de") else english

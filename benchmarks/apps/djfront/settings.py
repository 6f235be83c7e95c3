"""djapp's settings with what the front page of examples/shop needs: two languages, and templates of its own."""

from djapp.settings import *  # noqa: F403
from djapp.settings import CONTEXT, INSTALLED_APPS, MIDDLEWARE
from front_text import CATALOGUES
from front_text import LANGUAGES as NAMES

INSTALLED_APPS = [*INSTALLED_APPS, "djfront"]
MIDDLEWARE = [*MIDDLEWARE[:2], "django.middleware.locale.LocaleMiddleware", *MIDDLEWARE[2:]]
ROOT_URLCONF = "djfront.urls"
LANGUAGE_CODE = "en"
LANGUAGES = list(NAMES.items())
LOCALE_PATHS = [CATALOGUES]
USE_I18N = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [*CONTEXT, "django.template.context_processors.i18n", "djfront.urls.cart"]},
    }
]

"""startproject's settings for production: DEBUG off, its default middleware (less messages), real sessions."""

import os
from urllib.parse import urlsplit

from common import DB, PG, SECRET, SQLITE, TEMPLATES

DEBUG = False
SECRET_KEY = SECRET
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "djapp"]
if os.environ.get("BENCH_BOLT") == "1":
    INSTALLED_APPS.append("django_bolt")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "djapp.urls"
AUTH_USER_MODEL = "djapp.User"
CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [TEMPLATES],
        "OPTIONS": {"context_processors": CONTEXT},
    }
]
USE_I18N = False
LOGGING_CONFIG = None
default: dict = {"CONN_MAX_AGE": None}  # persistent: one connection for each worker thread
if DB == "sqlite":
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    default |= {"ENGINE": "django.db.backends.sqlite3", "NAME": SQLITE}
    default["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "init_command": pragmas}
else:
    url = urlsplit(PG)
    default |= {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "HOST": url.hostname}
    default |= {"PORT": url.port, "USER": url.username, "PASSWORD": url.password}
DATABASES = {"default": default}

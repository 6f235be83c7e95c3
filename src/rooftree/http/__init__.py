"""Requests, responses and what they are made of."""

from typing import TYPE_CHECKING

from rooftree.base import later
from rooftree.http.accept import accepted_encoding, accepted_language, accepted_type, quality_values
from rooftree.http.answered import Answered
from rooftree.http.connection import ConnectionInfo
from rooftree.http.cookies import SameSite, cookie_line, parse_cookies
from rooftree.http.dates import http_date, parse_http_date
from rooftree.http.events import Event, EventStream, last_event_id
from rooftree.http.form import FormData
from rooftree.http.headers import Fields, Headers, ResponseHeaders, header_pair
from rooftree.http.lazy import LazyResponse
from rooftree.http.multipart import FormLimits, Part
from rooftree.http.problem import problem_document, problem_response, said_in, wants_html
from rooftree.http.proxies import TrustedProxies
from rooftree.http.request import DEFAULT_MAX_BODY, BodySource, Request, request_ids
from rooftree.http.response import SWITCHED, Response, reason_of, start_of
from rooftree.http.streaming import LengthError, Stream
from rooftree.http.uploads import SpoolBudget, Upload, safe_filename
from rooftree.http.urlencoded import parse_urlencoded
from rooftree.http.websocket import WebSocketClosed, WebSocketTransport

if TYPE_CHECKING:
    from rooftree.http.conditions import check_conditions, conditional, content_etag, entity_tag, strong_tags
    from rooftree.http.files import File, content_disposition, safe_join
    from rooftree.http.mediatypes import media_type_of
    from rooftree.http.redirect import Redirect, RedirectRefused, is_local

__all__ = [
    "DEFAULT_MAX_BODY",
    "SWITCHED",
    "Answered",
    "BodySource",
    "ConnectionInfo",
    "Event",
    "EventStream",
    "Fields",
    "File",
    "FormData",
    "FormLimits",
    "Headers",
    "LazyResponse",
    "LengthError",
    "Part",
    "Redirect",
    "RedirectRefused",
    "Request",
    "Response",
    "ResponseHeaders",
    "SameSite",
    "SpoolBudget",
    "Stream",
    "TrustedProxies",
    "Upload",
    "WebSocketClosed",
    "WebSocketTransport",
    "accepted_encoding",
    "accepted_language",
    "accepted_type",
    "check_conditions",
    "conditional",
    "content_disposition",
    "content_etag",
    "cookie_line",
    "entity_tag",
    "header_pair",
    "http_date",
    "is_local",
    "last_event_id",
    "media_type_of",
    "parse_cookies",
    "parse_http_date",
    "parse_urlencoded",
    "problem_document",
    "problem_response",
    "quality_values",
    "reason_of",
    "request_ids",
    "safe_filename",
    "safe_join",
    "said_in",
    "start_of",
    "strong_tags",
    "wants_html",
]

if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "File": "files",
            "Redirect": "redirect",
            "RedirectRefused": "redirect",
            "check_conditions": "conditions",
            "conditional": "conditions",
            "content_disposition": "files",
            "content_etag": "conditions",
            "entity_tag": "conditions",
            "is_local": "redirect",
            "media_type_of": "mediatypes",
            "safe_join": "files",
            "strong_tags": "conditions",
        },
    )

"""Requests, responses and what they are made of."""

from rooftree.http.cookies import SameSite, cookie_line, parse_cookies
from rooftree.http.dates import http_date, parse_http_date
from rooftree.http.form import FormData
from rooftree.http.forwarded import ForwardedHeader, TrustedProxies
from rooftree.http.headers import Headers, ResponseHeaders
from rooftree.http.multipart import FormLimits, Part
from rooftree.http.problem import problem_document, problem_response
from rooftree.http.redirect import Redirect, RedirectRefused, is_local
from rooftree.http.request import BodySource, ConnectionInfo, Request
from rooftree.http.response import SWITCHED, LazyResponse, Response, reason_of, start_of
from rooftree.http.uploads import Upload, safe_filename
from rooftree.http.urlencoded import parse_urlencoded
from rooftree.http.websocket import WebSocketClosed, WebSocketTransport

__all__ = [
    "SWITCHED",
    "BodySource",
    "ConnectionInfo",
    "FormData",
    "FormLimits",
    "ForwardedHeader",
    "Headers",
    "LazyResponse",
    "Part",
    "Redirect",
    "RedirectRefused",
    "Request",
    "Response",
    "ResponseHeaders",
    "SameSite",
    "TrustedProxies",
    "Upload",
    "WebSocketClosed",
    "WebSocketTransport",
    "cookie_line",
    "http_date",
    "is_local",
    "parse_cookies",
    "parse_http_date",
    "parse_urlencoded",
    "problem_document",
    "problem_response",
    "reason_of",
    "safe_filename",
    "start_of",
]

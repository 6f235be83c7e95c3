"""Requests, responses and what they are made of."""

from rooftree.http.headers import Headers, ResponseHeaders
from rooftree.http.request import BodySource, ConnectionInfo, Request
from rooftree.http.response import SWITCHED, Response, reason_of, start_of
from rooftree.http.websocket import WebSocketClosed, WebSocketTransport

__all__ = [
    "SWITCHED",
    "BodySource",
    "ConnectionInfo",
    "Headers",
    "Request",
    "Response",
    "ResponseHeaders",
    "WebSocketClosed",
    "WebSocketTransport",
    "reason_of",
    "start_of",
]

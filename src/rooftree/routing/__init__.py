"""Patterns, groups, the compiled matcher, reverse URLs."""

from typing import TYPE_CHECKING

from rooftree.base import later
from rooftree.routing.conflicts import check_routes, find_conflicts
from rooftree.routing.converters import Converter, CustomConverter
from rooftree.routing.groups import Declared, Group, delete, get, head, options, patch, post, put, route, websocket
from rooftree.routing.hosts import HostPattern
from rooftree.routing.options import CallNext, ErrorHandler, Middleware, RouteOptions, SlashPolicy, Tag
from rooftree.routing.paths import quote_segment, redirect_url
from rooftree.routing.patterns import Parameter, Pattern
from rooftree.routing.places import Place, caller, show
from rooftree.routing.reverse import Reverser
from rooftree.routing.router import WEBSOCKET, Match, Miss, Router
from rooftree.routing.routes import Layer, RouteInfo, flatten, handler_name
from rooftree.routing.signatures import check_signature

if TYPE_CHECKING:
    from rooftree.routing.redirects import RouteRedirect, redirect

__all__ = [
    "WEBSOCKET",
    "CallNext",
    "Converter",
    "CustomConverter",
    "Declared",
    "ErrorHandler",
    "Group",
    "HostPattern",
    "Layer",
    "Match",
    "Middleware",
    "Miss",
    "Parameter",
    "Pattern",
    "Place",
    "Reverser",
    "RouteInfo",
    "RouteOptions",
    "RouteRedirect",
    "Router",
    "SlashPolicy",
    "Tag",
    "caller",
    "check_routes",
    "check_signature",
    "delete",
    "find_conflicts",
    "flatten",
    "get",
    "handler_name",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "quote_segment",
    "redirect",
    "redirect_url",
    "route",
    "show",
    "websocket",
]

if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "RouteRedirect": "redirects",
            "redirect": "redirects",
        },
    )

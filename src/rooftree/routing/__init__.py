"""Patterns, groups, the compiled matcher, reverse URLs."""

from rooftree.routing.converters import Converter, CustomConverter
from rooftree.routing.groups import Group, delete, get, head, options, patch, post, put, route, websocket
from rooftree.routing.options import CallNext, ErrorHandler, Middleware, RouteOptions
from rooftree.routing.paths import redirect_url
from rooftree.routing.patterns import HostPattern, Parameter, Pattern
from rooftree.routing.router import WEBSOCKET, Match, Miss, Router, SlashPolicy
from rooftree.routing.routes import Layer, RouteInfo, flatten, handler_name

__all__ = [
    "WEBSOCKET",
    "CallNext",
    "Converter",
    "CustomConverter",
    "ErrorHandler",
    "Group",
    "HostPattern",
    "Layer",
    "Match",
    "Middleware",
    "Miss",
    "Parameter",
    "Pattern",
    "RouteInfo",
    "RouteOptions",
    "Router",
    "SlashPolicy",
    "delete",
    "flatten",
    "get",
    "handler_name",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "redirect_url",
    "route",
    "websocket",
]

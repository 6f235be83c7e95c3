"""Handlers -> plans: where each parameter comes from, what is called for it, and what becomes of the answer."""

from typing import TYPE_CHECKING

from rooftree.base import later
from rooftree.binding.after import After
from rooftree.binding.answers import Answer
from rooftree.binding.info import (
    REQUIRED,
    BodyInfo,
    DependencyInfo,
    HandlerInfo,
    ParameterInfo,
    Provider,
    Scope,
    Source,
)
from rooftree.binding.inspect import inspect_handler
from rooftree.binding.markers import (
    Body,
    Cookie,
    Dependent,
    Depends,
    Find,
    Form,
    Found,
    Header,
    MadeByType,
    Path,
    Query,
)
from rooftree.binding.plan import Edge, Plan, compile_plan
from rooftree.binding.providers import Providers
from rooftree.binding.requirements import Requirement, requirements_of
from rooftree.binding.returns import prefers_msgpack, to_response
from rooftree.binding.signatures import read_signature
from rooftree.binding.sources import takes_text
from rooftree.binding.threads import ThreadPool
from rooftree.binding.websocket import MessageInvalid, WebSocket

if TYPE_CHECKING:
    from rooftree.binding.described import AnswerInfo, SentInfo, sent_as

__all__ = [
    "REQUIRED",
    "After",
    "Answer",
    "AnswerInfo",
    "Body",
    "BodyInfo",
    "Cookie",
    "DependencyInfo",
    "Dependent",
    "Depends",
    "Edge",
    "Find",
    "Form",
    "Found",
    "HandlerInfo",
    "Header",
    "MadeByType",
    "MessageInvalid",
    "ParameterInfo",
    "Path",
    "Plan",
    "Provider",
    "Providers",
    "Query",
    "Requirement",
    "Scope",
    "SentInfo",
    "Source",
    "ThreadPool",
    "WebSocket",
    "compile_plan",
    "inspect_handler",
    "prefers_msgpack",
    "read_signature",
    "requirements_of",
    "sent_as",
    "takes_text",
    "to_response",
]

if not TYPE_CHECKING:  # for checkers a name that is not there is an error
    __getattr__ = later(
        __name__,
        {
            "AnswerInfo": "described",
            "SentInfo": "described",
            "sent_as": "described",
        },
    )

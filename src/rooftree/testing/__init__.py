"""What tests of an application use: a client that asks it in this process, with and without ``async``."""

from rooftree.testing.answers import ClientResponse
from rooftree.testing.client import Client
from rooftree.testing.databases import assert_queries, database_for_tests, rolled_back
from rooftree.testing.factory import Factory
from rooftree.testing.options import ClientOptions, RequestOptions
from rooftree.testing.sync import SyncClient, SyncSocket
from rooftree.testing.websocket import Refused, TestSocket

__all__ = [
    "Client",
    "ClientOptions",
    "ClientResponse",
    "Factory",
    "Refused",
    "RequestOptions",
    "SyncClient",
    "SyncSocket",
    "TestSocket",
    "assert_queries",
    "database_for_tests",
    "rolled_back",
]

"""What tests of an application use: a client that asks it in this process, with and without ``async``."""

from rooftree.testing.answers import ClientResponse
from rooftree.testing.client import Client
from rooftree.testing.options import ClientOptions, RequestOptions
from rooftree.testing.sync import SyncClient, SyncSocket
from rooftree.testing.websocket import Refused, TestSocket

__all__ = [
    "Client",
    "ClientOptions",
    "ClientResponse",
    "Refused",
    "RequestOptions",
    "SyncClient",
    "SyncSocket",
    "TestSocket",
]

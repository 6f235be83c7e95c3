"""What tests of an application use: a client that asks it in this process, with and without ``async``."""

from rooftree.testing.client import Client, RequestOptions
from rooftree.testing.sync import SyncClient, SyncSocket
from rooftree.testing.transport import ClientResponse
from rooftree.testing.websocket import Refused, TestSocket

__all__ = ["Client", "ClientResponse", "Refused", "RequestOptions", "SyncClient", "SyncSocket", "TestSocket"]

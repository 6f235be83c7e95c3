"""No framework: a bare RSGI application. What granian itself can do."""

import msgspec
from common import TEXT, digest

encode = msgspec.json.encode
HEADERS = [("content-type", "application/json")]


class App:
    async def __rsgi__(self, scope, proto):
        if scope.path == "/json":
            proto.response_bytes(200, HEADERS, encode({"message": "Hello, World!"}))
        elif scope.path == "/upload":
            proto.response_bytes(200, HEADERS, encode(digest(await proto())))
        elif scope.path == "/text":
            proto.response_str(200, [("content-type", "text/plain; charset=utf-8")], TEXT)
        else:
            proto.response_empty(404, [])


app = App()

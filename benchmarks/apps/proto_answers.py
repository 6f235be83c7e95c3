"""Answers of the hand-written limit: bytes, head and all."""

import msgspec

encode = msgspec.json.encode
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
TEXT_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
PLAIN = b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n"


def as_json(obj):
    b = encode(obj)
    return JSON % (len(b), b)


def as_html(text):
    b = text.encode()
    return HTML % (len(b), b)


def as_text(text):
    b = text.encode()
    return TEXT_PLAIN % (len(b), b)


def query(url, name):
    _, _, q = url.partition(b"?")
    for part in q.split(b"&"):
        k, _, v = part.partition(b"=")
        if k == name:
            return v
    return None

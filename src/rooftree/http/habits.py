"""What a request has in other frameworks, and how the same is said here."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from rooftree.base import Habit

__all__ = ["put_habits_on_requests"]

_QUERY = "Name the value as a parameter of the handler, 'q: str = \"\"'; request.query has all, as lists."
_FORM = "Name the fields as parameters, 'form: Form[SignUp]' with a Schema; '(await request.form()).fields' has all."
_JSON = "Name the body as a parameter, 'item: Item' with a Schema; 'await request.json()' reads it without a type."
_FILES = "Name the file as a parameter: 'picture: Upload'."
_PATH = "Name the values as parameters of the handler: 'id: int' for '/items/{id}'."
_WHO = "Write request.client: address and port, behind a trusted proxy the visitor's own."
_FIELDS = "Write request.headers['user-agent'], request.client, request.path."

READ: Final = {
    "args": _QUERY, "GET": _QUERY, "query_params": _QUERY, "values": _QUERY,
    "POST": _FORM,
    "files": _FILES, "FILES": _FILES,
    "get_json": _JSON,
    "data": "Write 'await request.body()', or a parameter 'data: Body[bytes]'.",
    "get_data": "Write 'await request.body()', or a parameter 'data: Body[bytes]'.",
    "path_params": _PATH, "view_args": _PATH, "match_info": _PATH,
    "remote_addr": _WHO,
    "META": _FIELDS, "environ": _FIELDS, "scope": _FIELDS,
    "COOKIES": "Write request.cookies, or a parameter 'theme: Annotated[str, Cookie()]'.",
    "user": "Name the user as a parameter of the handler: 'user: User'.",
    "session": "Name it as a parameter of the handler: 'session: Session'.",
    "build_absolute_uri": "Write request.url for the one of the request, app.url_for(handler) for another's path.",
}  # fmt: skip


def _told(remedy: str, owner: Any, _: object) -> tuple[str, str]:
    return owner.__name__, remedy


def put_habits_on_requests(kind: type) -> None:
    """Let a request say of the names that it has elsewhere what to write."""
    for name, remedy in READ.items():
        made = Habit("U107", partial(_told, remedy))
        made.__set_name__(kind, name)
        setattr(kind, name, made)

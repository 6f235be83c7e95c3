from __future__ import annotations

from rooftree import Accounts, Col, Model, UserMixin, col


class User(UserMixin, Model, table="users"):
    name: Col[str] = col(max_length=80, default="")


accounts = Accounts(User)

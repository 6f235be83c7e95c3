"""Accounts that move money: transactions, savepoints, callbacks, attempts."""

from __future__ import annotations

from rooftree.base import CheckError
from rooftree.db import Check, Col, Constraint, Model, col, on_commit, transaction

sent: list[str] = []


class Account(Model, table="accounts"):
    owner: Col[str] = col(max_length=80, unique=True)
    cents: Col[int] = col(default=0)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Check(cls.cents >= 0, name="cents_not_negative")]


@transaction(isolation="serializable", retries=3)
async def transfer(giver: str, taker: str, cents: int) -> None:
    await Account.where(Account.owner == giver).update(cents=Account.cents - cents)
    await Account.where(Account.owner == taker).update(cents=Account.cents + cents)
    on_commit(lambda: sent.append(f"{taker} got {cents}"))


async def pay_all(giver: str, takers: list[str], cents: int) -> list[str]:
    """Pay whom the account can pay; one that it cannot pay leaves no trace."""
    paid: list[str] = []
    async with transaction():
        for taker in takers:
            try:
                async with transaction():  # a savepoint
                    await Account.where(Account.owner == taker).update(cents=Account.cents + cents)
                    await Account.where(Account.owner == giver).update(cents=Account.cents - cents)
            except CheckError:
                break
            paid.append(taker)
    return paid

from __future__ import annotations

import logging

from shop.payments.models import Payment, State
from shop.payments.provider import Provider

log = logging.getLogger("shop")


async def send_refunds(provider: Provider) -> None:
    """Give back what has to go back; asked again until the provider has taken it, who gives it back only once.

    That it is done is told by the provider's own event. What the provider refuses is left to staff.
    """
    for payment in await Payment.where(Payment.state == State.refunding).limit(100):
        if await provider.refund(payment.reference) == "refused":
            still = Payment.where(Payment.id == payment.id, Payment.state == State.refunding)
            await still.update(state=State.refused)
            log.warning("The provider refuses to give %s back (payment %s).", payment.amount, payment.reference)

from __future__ import annotations

from shop.payments.models import Payment, State
from shop.payments.provider import Provider


async def send_refunds(provider: Provider) -> int:
    """Give back what has to go back; asked again until the provider has taken it, who gives it back only once.

    That it is done is told by the provider's own event.
    """
    due = await Payment.where(Payment.state == State.refunding).limit(100)
    return sum([await provider.refund(payment.reference) for payment in due])

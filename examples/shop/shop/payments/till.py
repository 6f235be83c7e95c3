"""From an order to the provider's page."""

from __future__ import annotations

from rooftree import App, Redirect, Request
from rooftree.sessions import open_session
from shop.orders.models import Order, Status
from shop.payments.models import Payment
from shop.payments.provider import Provider, ProviderAway
from shop.words import language


class Till:
    """Opens payments for a customer who stands at it."""

    def __init__(self, app: App, request: Request, provider: Provider) -> None:
        self._app = app
        self._request = request
        self._provider = provider

    async def pay(self, order: Order) -> Redirect:
        """Open a payment and send the customer to its page; to the order's where there is nothing to pay.

        An order is kept where the provider is away: it can be paid from its page later.
        """
        site = f"{self._request.scheme}://{self._request.host}"
        page = self._app.url_for("orders.show", number=order.number)
        if order.status is not Status.waiting:
            return Redirect(page)
        try:
            opened = await self._provider.open(
                order.number,
                order.total,
                site + page,
                site + self._app.url_for("payments.notify", _language="en"),
                language=language(),
            )
        except ProviderAway as away:
            (await open_session(self._request)).flash(str(away.detail), "warning")
            return Redirect(page)
        await Payment.create(order=order, reference=opened.id, amount=order.total)
        return Redirect(opened.url, allow_external=True)


def till(app: App, request: Request, provider: Provider) -> Till:
    return Till(app, request, provider)

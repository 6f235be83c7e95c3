from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from djapp import urls
from front_text import CART

from .models import Category, Product


def cart(request):
    """The context processor: how many things are in the cart."""
    return {"cart_count": sum(request.session.get("cart", {}).values())}


def index(request):
    in_stock = Product.objects.select_related("category").filter(active=True, stock__gt=0)
    return render(
        request,
        "shop/index.html",
        {
            "categories": Category.objects.order_by("place"),
            "newest": in_stock.order_by("-released", "-id")[:20],
            "origin": request.build_absolute_uri("/")[:-1],
        },
    )


def login(request):
    answer = urls.login(request)
    request.session["cart"] = CART
    return answer


def elsewhere(request, slug=""):
    return HttpResponse()


names = ("products", "staff", "orders", "cart", "language")
urlpatterns = [
    path("json", urls.json),
    path("enter", login),
    *i18n_patterns(
        path("", index, name="index"),
        path("products/<slug:slug>", elsewhere, name="product"),
        *(path(name, elsewhere, name=name) for name in names),
    ),
]

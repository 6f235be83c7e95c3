from common import EXTRA, ROUTES, TEXT, count, digest, ids, randint
from django.contrib.auth import login as auth_login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from items import PItem
from pydantic import ValidationError

from .models import Fortune, Product, User, World


def as_dict(w):
    return {"id": w.id, "randomNumber": w.randomnumber}


@require_GET
def json(request):
    return JsonResponse({"message": "Hello, World!"})


@csrf_exempt
@require_POST
def item(request, id):
    try:
        it = PItem.model_validate_json(request.body)
    except ValidationError as e:
        return JsonResponse({"errors": e.errors(include_url=False, include_input=False)}, status=422)
    if request.GET.get("verbose") == "true":
        return JsonResponse({"id": id, **it.model_dump()})
    return JsonResponse({"id": id, "name": it.name})


@csrf_exempt
@require_POST
def upload(request):
    return JsonResponse(digest(request.body))


@require_GET
def text(request):
    return HttpResponse(TEXT, content_type="text/plain; charset=utf-8")


@require_GET
def route(request, id):
    return JsonResponse({"id": id})


@require_GET
def db(request):
    return JsonResponse(as_dict(World.objects.get(id=randint())))


@require_GET
def queries(request):
    return JsonResponse([as_dict(World.objects.get(id=i)) for i in ids(count(request.GET.get("n")))], safe=False)


@transaction.atomic
def change(n):
    rows = [World.objects.get(id=i) for i in ids(n)]
    for w in rows:
        w.randomnumber = randint()
    World.objects.bulk_update(rows, ["randomnumber"])
    return [as_dict(w) for w in rows]


@require_GET
def updates(request):
    return JsonResponse(change(count(request.GET.get("n"))), safe=False)


def with_extra(rows):
    return sorted([*rows, Fortune(id=0, message=EXTRA)], key=lambda f: f.message)


@require_GET
def fortunes(request):
    return render(request, "fortunes.html", {"fortunes": with_extra(Fortune.objects.all())})


def login(request):
    auth_login(request, User.objects.get(id=int(request.GET["user"])), "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("ok")


@login_required
def page(request):
    if request.method == "POST":
        return redirect("/page")
    products = Product.objects.select_related("category").order_by("id")[:20]
    return render(
        request,
        "page.html",
        {"products": products, "csrf_name": "csrfmiddlewaretoken", "csrf_token": get_token(request)},
    )


urlpatterns = [path(f.__name__, f) for f in (json, upload, text, db, queries, updates, fortunes, login, page)]
urlpatterns.append(path("def", json))
urlpatterns.append(path("items/<int:id>", item))
urlpatterns += [path(f"r{i}/<int:id>", route) for i in range(ROUTES)]

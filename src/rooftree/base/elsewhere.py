"""What people write who know Django, Flask or FastAPI, and how the same is said here: for the errors that meet them.

Read when something was not found, never before. ``docs/coming.md`` has the same as tables.
"""

from __future__ import annotations

import linecache
import re
from types import TracebackType
from typing import Final

__all__ = [
    "ATTRIBUTES", "FILTERS", "IMPORTS", "NAMES", "SLIPS", "TAGS", "import_habit", "slip_of", "template_habit",
]  # fmt: skip

TAGS: Final = {
    "load": "Leave it out: static(), url() and every filter are there without it.",
    "static": "Write {{ static('site.css') }}.",
    "url": "Write {{ url('shop.product', id=7) }}: a function, with the values by name.",
    "csrf_token": "Write {{ csrf }} into the form; {{ form }} and {{ form.open }} bring it.",
    "trans": "Write {{ _('Hello') }}; a message with elements in it is {% trans %}...{% endtrans %}.",
    "translate": "Write {{ _('Hello') }}; a message with elements in it is {% trans %}...{% endtrans %}.",
    "blocktrans": "Write {% trans name=user.name %}Hello, <b>{{ name }}</b>!{% endtrans %}.",
    "blocktranslate": "Write {% trans name=user.name %}Hello, <b>{{ name }}</b>!{% endtrans %}.",
    "comment": "Write {# ... #}.",
    "verbatim": "Write {% raw %}...{% endraw %}.",
    "empty": "Write {% else %}: the {% else %} of a {% for %} is for nothing to loop over.",
    "ifequal": "Write {% if a == b %}.",
    "ifnotequal": "Write {% if a != b %}.",
    "ifchanged": "Write {% if loop.changed(value) %}.",
    "cycle": "Write {{ loop.cycle('odd', 'even') }}.",
    "firstof": "Write {{ a or b }}.",
    "now": "Give a date to render(...) and write {{ today|date }}.",
    "regroup": "Write {% for group in rows|groupby('kind') %}.",
    "spaceless": "Write {%- and -%} where space is to go.",
    "widthratio": "Write {{ (value / most * 100)|round }}.",
    "crispy": "Write {{ form }}; templates/forms/ holds templates of your own for its parts.",
    "bootstrap_form": "Write {{ form }}; templates/forms/ holds templates of your own for its parts.",
    "render_field": "Write {{ form.name }}, or its parts: {{ form.name.label }}, {{ form.name.control }}.",
}  # fmt: skip
"""Tags that there are elsewhere."""

NAMES: Final = {
    "url_for": "Write url('shop.product', id=7); of a static file static('site.css').",
    "get_flashed_messages": "Write {% for message in flashes %}{{ message.text }}{% endfor %}.",
    "messages": "Write {% for message in flashes %}{{ message.text }}{% endfor %}.",
    "csrf_token": "Write {{ csrf }} into the form: it is the whole hidden field.",
    "csrf_input": "Write {{ csrf }} into the form: it is the whole hidden field.",
    "csp_nonce": "Write {{ nonce }}.",
    "g": "Give the value to render(...), or make a name for all templates: @app.templates.name.",
    "flash": "Messages are kept in the handler: session.flash('Saved.', 'success'); templates show flashes.",
    "config": "Give the value to render(...), or make a name for all templates: @app.templates.name.",
    "settings": "Give the value to render(...), or make a name for all templates: @app.templates.name.",
    "current_user": "Write user: it is None where nobody has signed in.",
    "forloop": "Write loop: loop.index, loop.index0, loop.first, loop.last.",
    "block": "Write {{ super() }}.",
    "STATIC_URL": "Write {{ static('site.css') }}.",
    "MEDIA_URL": "Write {{ url('uploads', name=photo) }}.",
    "LANGUAGE_CODE": "Write {{ locale.tag }}.",
    "LANGUAGES": "Write {% for each in languages %}{{ each.tag }}{% endfor %}.",
}  # fmt: skip
"""Names that every template has elsewhere."""

ATTRIBUTES: Final = {
    "as_p": "Write {{ form }}; by parts {{ form.open }}, {{ form.name }}, {{ form.close }}.",
    "as_div": "Write {{ form }}; by parts {{ form.open }}, {{ form.name }}, {{ form.close }}.",
    "as_ul": "Write {{ form }}; by parts {{ form.open }}, {{ form.name }}, {{ form.close }}.",
    "as_table": "Write {{ form }}; by parts {{ form.open }}, {{ form.name }}, {{ form.close }}.",
    "csrf_token": "Leave it out: {{ form }} and {{ form.open }} bring it.",
    "hidden_tag": "Write {{ form.open }}: it brings the hidden fields.",
    "hidden_fields": "Write {{ form.open }}: it brings the hidden fields.",
    "management_form": "Leave it out: rows count themselves.",
    "non_field_errors": "Write {{ form.summary }}.",
    "visible_fields": "Write {% for part in form %}{{ part }}{% endfor %}.",
    "BoundField.label_tag": "Write {{ form.name.label }}.",
    "BoundField.help_text": "Write {{ form.name.help }}.",
    "BoundField.as_widget": "Write {{ form.name.control }}.",
    "get_absolute_url": "Write {{ url('shop.product', id=product.id) }}.",
    "is_authenticated": "user is None where nobody has signed in: {% if user %}.",
    "is_anonymous": "user is None where nobody has signed in: {% if not user %}.",
    "Request.GET": "Give what the handler was given ('q: str') to render(...).",
    "Request.POST": "Give what the handler was given ('q: Form[str]') to render(...).",
    "Request.args": "Give what the handler was given ('q: str') to render(...).",
    "Request.user": "Write user: it is None where nobody has signed in.",
    "Request.session": "Write session.",
}  # fmt: skip
"""Attributes that things in templates have elsewhere; with the class where others could well have that name."""

FILTERS: Final = {
    "linebreaks": "Write {{ text }} in an element with the style white-space: pre-line.",
    "linebreaksbr": "Write {{ text }} in an element with the style white-space: pre-line.",
    "intcomma": "Write |number: as the language does.",
    "floatformat": "Write |number, or |round(2).",
    "naturaltime": "Write |relative.",
    "timesince": "Write |relative.",
    "timeuntil": "Write |relative.",
    "pluralize": "Write {{ ngettext('%(count)s beam', '%(count)s beams', count) }}.",
    "truncatechars": "Write |truncate(80).",
    "truncatewords": "Write |truncate(80), in characters.",
    "add": "Write a + b.",
    "cut": "Write |replace('a', '').",
    "default_if_none": "Write |default('-', true).",
    "divisibleby": "Write {% if n is divisibleby(3) %}.",
    "escapejs": "Write |tojson.",
    "json_script": "Write <script type='application/json' id='data'>{{ data|tojson }}</script>.",
    "length_is": "Write {% if rows|length == 3 %}.",
    "make_list": "Write |list.",
    "slugify": "Make the slug where the row is saved, and show that.",
    "stringformat": "Write |format, or '%.2f' % value.",
    "strftime": "Write |date('medium'), or |date('yyyy-MM-dd').",
    "yesno": "Write {{ 'yes' if value else 'no' }}.",
}  # fmt: skip
"""Filters that there are elsewhere."""

IMPORTS: Final = {
    "Flask": "App",
    "FastAPI": "App",
    "Starlette": "App",
    "Litestar": "App",
    "Sanic": "App",
    "Blueprint": "Group",
    "APIRouter": "Group",
    "render_template": "render('page.html', ...), a page that the handler returns",
    "TemplateResponse": "render('page.html', ...), a page that the handler returns",
    "render_template_string": "render('page.html', ...): templates are files",
    "flash": "session.flash('Saved.', 'success') of a handler's parameter 'session: Session'",
    "messages": "session.flash('Saved.', 'success') of a handler's parameter 'session: Session'",
    "get_flashed_messages": "'flashes' in a template, or session.flashes()",
    "url_for": "app.url_for('shop.product', id=7), in templates url(...)",
    "reverse": "app.url_for('shop.product', id=7), in templates url(...)",
    "request": "a handler's parameter 'request: Request'",
    "session": "a handler's parameter 'session: Session'",
    "g": "a dependency (Depends), or request.state",
    "current_app": "request.app",
    "current_user": "a handler's parameter 'user: User', of your own class",
    "login_required": "@app.get('/orders', requires=signed_in)",
    "jsonify": "return {...}: dicts, lists and Schemas are answered as JSON",
    "JsonResponse": "return {...}: dicts, lists and Schemas are answered as JSON",
    "JSONResponse": "return {...}: dicts, lists and Schemas are answered as JSON",
    "HttpResponse": "Response, or what the handler returns: a str, a Page, a Schema",
    "make_response": "Response, or Answer(value, status=..., headers=...)",
    "HTMLResponse": "Html, or render('page.html')",
    "HttpResponseRedirect": "Redirect('/there'), or redirect(handler, id=7)",
    "RedirectResponse": "Redirect('/there'), or redirect(handler, id=7)",
    "StreamingResponse": "Stream",
    "FileResponse": "File",
    "send_file": "File",
    "send_from_directory": "app.static(), or File for one",
    "abort": "raise HTTPError(404, 'There is no such beam.')",
    "HTTPException": "HTTPError",
    "Http404": "NotFound",
    "get_object_or_404": "a handler's parameter 'product: Found[Product]', or await Product.get_or_404(7)",
    "Markup": "Html",
    "BackgroundTasks": "a handler's parameter 'after: After'",
    "UploadFile": "Upload",
    "BaseModel": "Schema; Pydantic's own BaseModel works too",
    "TestClient": "Client of rooftree.testing",
    "StaticFiles": "app.static()",
    "Jinja2Templates": "render('page.html', ...); templates lie in templates/",
    "path": "@app.get('/products/{id}'): a route stands at its handler",
    "include": "app.include(group)",
    "ModelAdmin": "nothing yet: there is no admin",
    "re_path": "@app.get('/products/{id:int}'): a route stands at its handler",
    "Router": "Group",
    "Field": "a limit beside the type: Annotated[int, Ge(1), Doc('...')]",
    "status": "the number: status=201",
    "models": "class Product(Model), with Col[str] for its columns",
    "settings": "a handler's parameter 'settings: Settings'",
    "View": "@app.route('/path') above a class with get(), post()",
    "Controller": "@app.route('/path') above a class with get(), post()",
    "MethodView": "@app.route('/path') above a class with get(), post()",
    "PlainTextResponse": "the str, returned as it is",
    "WebSocketDisconnect": "WebSocketClosed; 'async for message in ws' ends by itself",
    "Security": "requires=signed_in of the route, or Depends(...)",
    "CORSMiddleware": "App(middleware=[CORS(...)])",
    "GZipMiddleware": "App(middleware=[Compression()])",
    "csrf_exempt": "csrf=False of the route",
    "gettext_lazy": "_: what it marks is translated when it is shown",
    "ngettext_lazy": "ngettext: what it marks is translated when it is shown",
}  # fmt: skip
"""What is imported elsewhere, and what it is here."""

_READ: Final = "Name the body as a parameter, 'item: Item' with a Schema; 'await request.json()' reads it untyped."
_FORM: Final = "Name the fields as parameters, 'form: Form[SignUp]' with a Schema; 'await request.form()' has all."

SLIPS: Final = (
    (r"'method' object is not subscr|'function' object has no attribute 'get'", r"\.json(\[|\.get\b)", _READ),
    (r"'method' object is not subscr|'function' object has no attribute 'get'", r"\.form(\[|\.get\b)", _FORM),
    (r"'coroutine' object (is not subscriptable|has no attribute)", r"\.json\(\)", _READ),
    (r"'coroutine' object (is not subscriptable|has no attribute)", r"\.form\(\)", _FORM),
    (r"'tuple' object has no attribute 'host'", r"\.client\.host\b", "Write request.client[0]."),
    (r"'tuple' object has no attribute 'port'", r"\.client\.port\b", "Write request.client[1]."),
    (
        r"'str' object has no attribute '(path|query|hostname|scheme)'", r"\.url\.(path|query|hostname|scheme)\b",
        "request.url is text; its parts are request.path, request.query, request.host and request.scheme.",
    ),
    (r"keyword argument 'status_code'", r"Error\(|\bstatus_code=", "Write HTTPError(404, 'There is no such beam.')."),
    (r"'dict' object has no attribute", r"\.state\.\w", "request.state is a dict: request.state['name']."),
)  # fmt: skip
"""What Python says of an expression that means something elsewhere, how the line looks, and what to write."""

_SAID: Final = (
    (re.compile(r"unknown tag '(\w+)'"), TAGS),
    (re.compile(r"^'(\w+)' is undefined"), NAMES),
    (re.compile(r"No filter named '(\w+)'"), FILTERS),
)
_ATTRIBUTE: Final = re.compile(r"(\w+)(?: object)?' has no attribute '(\w+)'")
_TRANS_WITHOUT_END: Final = re.compile(r"unclosed translation block|control structures in translatable sections")
_WITH: Final = re.compile(r"expected token 'end of statement block', got 'with'")
_COLON: Final = re.compile(r"expected token 'end of (?:print statement|statement block)', got ':'")


def template_habit(fact: str) -> str | None:
    """Return what to write instead, where an error of a template is about a habit from elsewhere.

    Args:
        fact: What Jinja2 says of the error.
    """
    for pattern, known in _SAID:
        found = pattern.search(fact)
        if found is not None:
            return known.get(found[1])
    if (found := _ATTRIBUTE.search(fact)) is not None:
        return ATTRIBUTES.get(found[2]) or ATTRIBUTES.get(f"{found[1]}.{found[2]}")
    if _COLON.search(fact):
        return "What a filter takes stands in parentheses: |date('short')."
    if _TRANS_WITHOUT_END.search(fact):
        return TAGS["trans"]
    if _WITH.search(fact):
        return "Write {% set title = 'Hello' %} before {% include %}, or a component: <c-card title='Hello'>."
    return None


def import_habit(name: str) -> str | None:
    """Return what is here instead of a name that other frameworks have; ``None`` for a name that none of them has."""
    return IMPORTS.get(name)


def slip_of(error: BaseException) -> str | None:
    """Return what to write instead, where a line has failed that would have done elsewhere.

    Args:
        error: What was raised, with its traceback.
    """
    said = str(error)
    known = [(line, remedy) for fact, line, remedy in SLIPS if re.search(fact, said)]
    if not known or error.__traceback__ is None:
        return None
    written = _line_of(error.__traceback__)
    return next((remedy for line, remedy in known if re.search(line, written)), None)


def _line_of(traceback: TracebackType) -> str:
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return linecache.getline(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)

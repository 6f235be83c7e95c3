"""Whatever a visitor writes stays text, in every place of a template: the browser is the judge, without any policy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rooftree.base import TemplateOptions
from rooftree.templates import Templates
from tests.e2e.browser.conftest import Visitor

RUN = "top.ran=1"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"--!><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<math><mtext></form><form><mglyph><style></math><img src=x onerror={RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f'" onfocus={RUN} autofocus tabindex=1 x="',
    f"' onfocus={RUN} autofocus tabindex=1 x='",
    f'" style=animation-name:x onanimationstart={RUN} x="',
    f"` onfocus={RUN} autofocus `",
    f" onfocus={RUN} autofocus ",
    f"/onfocus={RUN}/autofocus/",
    f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>",
    f'"--><svg/onload={RUN}>',
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f" javascript:{RUN}",
    f"\x01javascript:{RUN}",
    f"java\tscript:{RUN}",
    f"java\nscript:{RUN}",
    f"javascript\r:{RUN}",
    f"javascript&colon;{RUN}",
    f"&#106;avascript:{RUN}",
    f"javascript://%0a{RUN}",
    f"vbscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD50b3AucmFuPTE8L3NjcmlwdD4=",
    f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{RUN}'/>",
    f"x:expression({RUN})",
    f"red;background:url(javascript:{RUN})",
    f"}}</style><script>{RUN}</script>",
    f'";{RUN}//',
    f"';{RUN}//",
    f"`;{RUN}//",
    f"${{{RUN}}}",
    f'\\";{RUN}//',
    f"\u2028{RUN}\u2029",
    f"*/{RUN}/*",
    f"{{{{ {RUN} }}}}",
    "{% raw %}{{ 7 * 7 }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    f"<c-card title=x><script>{RUN}</script></c-card>",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"\ufeff<script>{RUN}</script>",
    f"<a href='javascript:{RUN}' id=x>",
    f"<base href='javascript:{RUN}//'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<iframe srcdoc='<script>{RUN}</script>'>",
    f"<object data='javascript:{RUN}'>",
    f"<form><button formaction=javascript:{RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<template><script>{RUN}</script></template>",
    "\x00<script>top.ran=1</script>",
]
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{ v }}</title><style>p { color: {{ v }} }</style></head>
<body><!-- {{ v }} --><p>{{ v }}</p><p title="{{ v }}">a</p><p title='{{ v }}'>b</p>
<p data-x="{{ v }}" class="{{ v }}">c</p><a href="{{ v }}">d</a><a href='{{ v[:4] }}{{ v[4:] }}'>e</a>
<a href="/x?{{ v }}#{{ v }}">f</a><img src="{{ v }}" alt="{{ v }}">
<form action="{{ v }}"><button formaction="{{ v }}">g</button><input name="{{ v }}" value="{{ v }}">
<textarea>{{ v }}</textarea><select><option value="{{ v }}">{{ v }}</option></select></form>
<iframe src="{{ v }}"></iframe><iframe srcdoc="{{ v }}"></iframe><object data="{{ v }}"></object>
<p style="color: {{ v }}">h</p><svg><a xlink:href="{{ v }}"><text>i</text></a></svg>
<c-card title="{{ v }}" label="x {{ v }}" id="{{ v }}">{{ v }}</c-card>
{% trans v=v %}<b title="{{ v }}">{{ v }}</b>{% endtrans %}
{% set saved %}<i>{{ v }}</i>{% endset %}{{ saved }}{{ "<u>%s</u>"|safe|format(v) }}
{{ v|upper }}{{ v|replace("a", "<") }}
<script id="own">window.value = {{ v|tojson }}; window.list = [{{ v|tojson }}, "it's"]; // {{ v|tojson }}</script>
</body></html>"""
CARD = """{% props title: str, label: str, attrs -%}
<div title='{{ label }}' {{ attrs(class='card') }}>{{ title }}{% slot %}{% endslot %}</div>"""
JUDGE = """async () => {
  await new Promise(done => setTimeout(done, 30));
  const found = [];
  if (window.ran) found.push('a script ran');
  for (const element of document.querySelectorAll('*')) {
    for (const {name} of element.attributes) if (name.startsWith('on')) found.push(`${element.localName} has ${name}`);
    for (const name of ['href', 'src', 'action', 'formAction', 'data']) {
      let url = element[name];
      url = url && url.baseVal !== undefined ? url.baseVal : url;
      if (typeof url !== 'string' || !url) continue;
      const scheme = new URL(url, 'http://here/').protocol;
      if (!['http:', 'https:', 'about:'].includes(scheme)) found.push(`${element.localName}.${name} is ${url}`);
    }
  }
  const own = [...document.querySelectorAll('script')].map(script => script.id);
  if (own.length !== 1 || own[0] !== 'own') found.push(`scripts: ${own.length}`);
  if (document.querySelectorAll('base, meta[http-equiv]').length) found.push('an element of the head');
  return {found, value: window.value, text: document.querySelector('p').textContent};
}"""


UNSAFE = (PAYLOADS[0], f"<img src=x onerror={RUN}>", f"<a href='javascript:{RUN}'>x</a>")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """Both pages with every payload, made before playwright's loop stands in this thread."""
    root: Path = tmp_path_factory.mktemp("pages")
    (root / "templates/components").mkdir(parents=True)
    (root / "templates/safe.html").write_text(PAGE)
    (root / "templates/unsafe.html").write_text(PAGE.replace("<p>{{ v }}</p>", "<p>{{ v|safe }}</p>"))
    (root / "templates/components/card.html").write_text(CARD)
    templates = Templates(root, TemplateOptions(cache=""), development=True)

    async def made() -> dict[tuple[str, str], str]:
        safe = {("safe", text): str(await templates.render("safe.html", v=text)) for text in PAYLOADS}
        unsafe = {("unsafe", text): str(await templates.render("unsafe.html", v=text)) for text in UNSAFE}
        return {**safe, **unsafe}

    return asyncio.run(made())


def judged(visitor: Visitor, html: str) -> dict[str, Any]:
    visitor.page.goto("about:blank")
    visitor.page.set_content(html)
    verdict: dict[str, Any] = visitor.page.evaluate(JUDGE)
    visitor.problems.clear()  # pictures that cannot be loaded
    return verdict


def test_nothing_that_a_visitor_wrote_runs(pages: dict[tuple[str, str], str], visitor: Visitor) -> None:
    wrong: list[str] = []
    for payload in PAYLOADS:
        verdict = judged(visitor, pages["safe", payload])
        wrong += [f"{payload!r}: {found}" for found in verdict["found"]]
        if "\x00" not in payload:  # which markup cannot hold
            assert verdict["value"] == payload
            assert verdict["text"] == payload.replace("\r", "\n")
    assert wrong == []


def test_the_judge_sees_what_does_run(pages: dict[tuple[str, str], str], visitor: Visitor) -> None:
    for payload in UNSAFE:
        assert judged(visitor, pages["unsafe", payload])["found"], payload

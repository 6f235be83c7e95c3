// Tables that are wider than the page can be scrolled by keyboard too (WCAG 2.1.1). The theme wraps them when it starts.
const headings = () => [...document.querySelectorAll("article :is(h1, h2, h3)")];
const before = (heading, table) => heading.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING;

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      const heading = headings().findLast((each) => before(each, target));
      target.tabIndex = 0;
      target.setAttribute("role", "group");
      target.setAttribute("aria-label", heading?.firstChild?.textContent ?? document.title);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    }
  }
});

const watch = () => document.querySelectorAll(".md-typeset__scrollwrap").forEach((each) => sizes.observe(each));
new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
watch();

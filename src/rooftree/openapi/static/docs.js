// Puts Swagger UI in the place of the plain list. Loaded in the head, before anything is painted.
(() => {
  const { dataset: { style }, nonce } = document.currentScript;
  const root = document.documentElement;
  const look = document.getElementById("look");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const shade = () => root.classList.toggle("dark-mode", dark.matches);

  root.classList.add("scripted");
  look.disabled = true;
  document.head.prepend(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style, nonce }));
  dark.addEventListener("change", shade);
  shade();

  // Texts are Markdown, and markup in them is shown as it was written: docstrings say "a <b> c" and mean it. What is
  // code, and links in angle brackets, Markdown itself takes as text.
  const MARKUP = /(`+)[^]*?\1|^(?: {4}|\t).*$|<(?!https?:|mailto:)(?=[a-z/!?])/gim;
  const plain = (text) => text?.replace(MARKUP, (found) => (found === "<" ? "&lt;" : found));
  const texts = ({ React }) => ({
    wrapComponents: {
      Markdown: (Original) => (given) =>
        React.createElement(Original, { ...given, source: plain(given.source) }),
    },
  });

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("swagger-ui");
    if (!window.SwaggerUIBundle) { // the script did not come: the list is better than nothing
      root.classList.remove("scripted");
      look.disabled = false;
      return;
    }
    document.getElementById("plain").remove();
    place.setAttribute("role", "main");
    window.SwaggerUIBundle({
      url: place.dataset.url,
      domNode: place,
      deepLinking: true,
      displayRequestDuration: true,
      filter: true,
      validatorUrl: null, // else every visit is told to a server of Swagger's
      plugins: [texts],
      presets: [window.SwaggerUIBundle.presets.apis],
      layout: "BaseLayout",
    });
  });
})();

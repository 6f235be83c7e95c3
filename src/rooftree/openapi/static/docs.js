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

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("swagger-ui");
    if (!window.SwaggerUIBundle) { // the script did not come: the list is better than nothing
      root.classList.remove("scripted");
      look.disabled = false;
      return;
    }
    document.getElementById("plain").remove();
    window.SwaggerUIBundle({
      url: place.dataset.url,
      domNode: place,
      deepLinking: true,
      displayRequestDuration: true,
      filter: true,
      validatorUrl: null, // else every visit is told to a server of Swagger's
      presets: [window.SwaggerUIBundle.presets.apis],
      layout: "BaseLayout",
    });
  });
})();

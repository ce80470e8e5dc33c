// Draws the API from its document with Swagger UI. It is loaded on that page alone.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

const root = document.documentElement;
const place = document.getElementById("api");

// It knows the dark by a class.
const dye = () => root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
new MutationObserver(dye).observe(root, { attributeFilter: ["data-bs-theme"] });
dye();

// Its controls lack names, and what scrolls cannot be reached by the keyboard.
function mend() {
  for (const control of place.querySelectorAll("[data-param-name] :is(input, select, textarea)")) {
    control.setAttribute("aria-label", control.closest("[data-param-name]").dataset.paramName);
  }
  for (const control of place.querySelectorAll(".body-param__text")) control.setAttribute("aria-label", "Request body");
  for (const control of place.querySelectorAll(".operation-filter-input")) control.setAttribute("aria-label", "Find tables");
  for (const text of place.querySelectorAll("pre.microlight")) text.tabIndex = 0;
}
new MutationObserver(mend).observe(place, { childList: true, subtree: true });

// panel puts its parts into the page, which has a heading and a frame already. The session's cookie is sent by the browser, and is
// nothing to type; a link inside a button is nothing to focus.
function panel({ React }) {
  const draw = React.createElement;
  return {
    components: {
      PanelLayout({ getComponent, specSelectors }) {
        const part = (name, props) => draw(getComponent(name, true), props);
        const status = specSelectors.loadingStatus();
        if (status === "failed") return draw("p", { className: "alert alert-danger", role: "alert" }, "The document could not be read. Reload the page to try again.");
        if (status !== "success") return draw("p", { role: "status" }, "Reading the document…");
        return draw("div", { className: "swagger-ui" }, part("SvgAssets"), part("errors"),
          draw("div", { className: "api-about" }, part("Markdown", { source: specSelectors.info().get("description") || "" })),
          draw("div", { className: "api-tools" }, part("FilterContainer"), part("AuthorizeBtnContainer")),
          part("operations"), part("Models"));
      },
      DeepLink: ({ text }) => draw("span", null, text),
      authorizeOperationBtn: () => null,
    },
    statePlugins: {
      auth: {
        wrapSelectors: {
          definitionsToAuthorize: (known) => (...given) => known(...given)?.filter((schemes) => !schemes.some((scheme) => scheme.get("in") === "cookie")),
        },
      },
    },
  };
}

SwaggerUI({
  domNode: place,
  url: place.dataset.document,
  validatorUrl: null, // nobody else is asked
  plugins: [panel],
  layout: "PanelLayout",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  syntaxHighlight: { theme: "tomorrow-night" },
  displayRequestDuration: true,
});

/* The box in which chosen places are looked up is made by a library that gives it no name: it gets that of its field. */
(() => {
  "use strict";
  const name = () => {
    for (const box of document.querySelectorAll(".mailing .select2-search__field:not([aria-label])")) {
      const label = box.closest(".mailing-box")?.querySelector("label");
      if (label) box.setAttribute("aria-label", label.textContent.trim());
    }
  };
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  name();
})();

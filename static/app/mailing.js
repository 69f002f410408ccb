/* The pages of a mailing. The box in which chosen places are looked up is made by a library that gives it no name: it gets that of its field. */
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

  // The admin's own script writes a chosen file's name into the first text box it finds around it; here that is no box of a file.
  document.addEventListener("change", (event) => { if (event.target.matches(".mailing input[type=file]")) event.stopImmediatePropagation(); }, true);

  // A second click while the first one is under way sends nothing; what was typed is not left behind without a question.
  const typed = new Set(), sent = new WeakSet();
  const own = (form) => Boolean(form?.closest(".mailing"));
  document.addEventListener("input", ({ target }) => { if (target.form?.matches(".mailing [data-keep]")) typed.add(target.form); });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!own(form) || form.method !== "post") return;
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    setTimeout(() => sent.delete(form), 10000); // the server did not answer, or the person stopped waiting
    typed.delete(form);
  });
  addEventListener("pageshow", () => document.querySelectorAll(".mailing form").forEach((form) => sent.delete(form)));
  addEventListener("beforeunload", (event) => { if (typed.size) event.preventDefault(); });
})();

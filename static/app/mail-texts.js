// The page of a mail's text: a click on a variable puts it where the cursor was; the preview comes into view.
(() => {
  "use strict";
  const form = document.querySelector("[data-text-form]");
  if (!form) return;
  const body = form.querySelector("textarea[name=body]");
  const subject = form.querySelector("input[name=subject]");
  let last = body;
  for (const field of [body, subject]) field.addEventListener("focus", () => { last = field; });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const block = "insertBlock" in button.dataset;
    const field = block ? body : last;
    const at = field.selectionStart ?? field.value.length;
    const before = field.value.slice(0, at);
    let words = button.dataset.insert;
    if (block) words = (before && !before.endsWith("\n\n") ? (before.endsWith("\n") ? "\n" : "\n\n") : "") + words + "\n\n";
    field.setRangeText(words, at, field.selectionEnd ?? at, "end");
    field.focus();
  });
  const preview = document.getElementById("preview");
  if (preview) preview.scrollIntoView();
})();

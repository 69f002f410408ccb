/* Copies the text of a field: <… data-copy data-copied="…" data-not-copied="…"><input><button hidden><span role="status"></…>.
   Without this file, or without permission, the field is still there to be selected. */
(function () {
  "use strict";
  for (const box of document.querySelectorAll("[data-copy]")) {
    const [field, button, status] = ["input", "button", "[role=status]"].map((what) => box.querySelector(what));
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        status.textContent = box.dataset.copied;
      } catch {
        status.textContent = box.dataset.notCopied;
      }
    });
  }
})();

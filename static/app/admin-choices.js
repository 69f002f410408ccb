// Names for the admin's choice fields that search while one types (Select2 gives them none): each is read out by its field's label.
// They are made after the page, one by one and again after each choice, hence the observer.
(() => {
  "use strict";

  const labelOf = (select) => {
    const label = select.labels && select.labels[0];
    if (label && !label.id) label.id = `label-${select.id}`;
    return label;
  };

  const set = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };

  const name = (container) => {
    const select = container.previousElementSibling;
    if (!(select instanceof HTMLSelectElement)) return;
    const label = labelOf(select);
    const said = label ? label.textContent.trim() : select.getAttribute("aria-label") || select.title || select.name;
    const box = container.querySelector('[role="combobox"]');
    const shown = box && box.querySelector(".select2-selection__rendered[id]");
    if (shown && shown.getAttribute("role") === "textbox") set(shown, "aria-label", said);
    if (label) {
      set(box, "aria-labelledby", [label.id, shown && shown.id].filter(Boolean).join(" "));
    } else {
      if (box) box.removeAttribute("aria-labelledby");
      set(box, "aria-label", said);
    }
    set(container.querySelector(".select2-search__field"), "aria-label", said);
    // The sign that empties a field of several choices stands loose in their list.
    container.querySelectorAll("ul > .select2-selection__clear").forEach((clear) => {
      const item = document.createElement("li");
      item.style.float = "right";
      clear.replaceWith(item);
      item.append(clear);
    });
  };

  const nameAll = () => document.querySelectorAll(".select2-container").forEach(name);

  document.addEventListener("DOMContentLoaded", () => {
    nameAll();
    new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  });
})();

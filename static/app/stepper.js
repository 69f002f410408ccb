/* Minus and plus buttons around a number field (templates/widgets/stepper.html). The field alone works without this. */
"use strict";

(() => {
  const refresh = (box) => {
    const input = box.querySelector("input");
    const value = Number(input.value || 0);
    box.querySelectorAll("[data-step]").forEach((button) => {
      button.hidden = false;
      const step = Number(button.dataset.step);
      button.disabled = (step < 0 && input.min !== "" && value <= Number(input.min)) || (step > 0 && input.max !== "" && value >= Number(input.max));
    });
  };

  const all = (root) => root.querySelectorAll("[data-stepper]").forEach(refresh);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-stepper] [data-step]");
    if (!button) return;
    const box = button.closest("[data-stepper]");
    const input = box.querySelector("input");
    if (input.value === "") input.value = 0;
    const step = Number(button.dataset.step);
    if (step > 0) input.stepUp(step);
    else input.stepDown(-step);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-stepper]");
    if (box) refresh(box);
  });
  document.addEventListener("reset", () => setTimeout(() => all(document)));
  document.addEventListener("outbox:replaced", (event) => all(event.target));
  all(document);
})();

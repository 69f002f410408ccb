/* The guided count (templates/portal/_count_form.html): one screen after the other without asking the server, so that it
   works in a dead spot. Without this script the server shows the screens one by one. Texts come from data-text-* of the form. */
"use strict";

(() => {
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name]);
  const sections = (form) => [...form.querySelectorAll("[data-count-step]")];
  const figures = (section) => [...section.querySelectorAll("input[type=number]")].map((input) => (input.value === "" || !input.checkValidity() ? null : Number(input.value)));
  const again = (section) => section.querySelector("input[name^=again_]");

  const total = (section) => {
    const box = section.querySelector("[data-count-total]");
    if (!box) return;
    const [empty, full] = figures(section);
    box.hidden = empty === null || full === null;
    box.querySelector("strong").textContent = empty + full;
  };

  const tell = (form, text, level = "info") => {
    const box = form.querySelector("[data-count-note]");
    box.className = `note note-${level} alert`;
    box.textContent = text;
    box.hidden = !text;
  };

  const said = (form, section) => {
    const [empty, full] = figures(section), name = section.dataset.name;
    if (empty === null || full === null) return fill(form.dataset.textSkipped, { name });
    const words = [fill(form.dataset.textCounted, { name, empty, full, total: empty + full })];
    if ("expected" in section.dataset) words.push(fill(form.dataset.textExpected, section.dataset));
    return words.join(" ");
  };

  const show = (form, section) => {
    sections(form).forEach((each) => { each.hidden = each !== section; });
    const list = section.querySelector("[data-count-said]");
    if (list) list.replaceChildren(...sections(form).slice(0, -1).map((each) => Object.assign(document.createElement("li"), { textContent: said(form, each) })));
    total(section);
    section.querySelector("h2").focus();
    window.scrollTo(0, 0);
  };

  const refuse = (form, section) => {
    tell(form, form.dataset.textRequired, "danger");
    const inputs = [...section.querySelectorAll("input[type=number]")];
    inputs.find((input) => input.value === "" || !input.checkValidity())?.focus();
  };

  /** Take one screen's answer: the next screen, or the same again when it is far from what was expected. */
  const next = (form, section) => {
    const [empty, full] = figures(section);
    if (empty === null || full === null) return refuse(form, section);
    const words = `${said(form, section)} ${section.dataset.last}`;
    const far = "expected" in section.dataset && Math.abs(empty + full - Number(section.dataset.expected)) > Number(section.dataset.tolerance);
    if (far && !again(section).value) {
      again(section).value = "on";
      tell(form, `${words} ${form.dataset.textAgain}`, "warning");
      section.querySelector("h2").focus();
      return window.scrollTo(0, 0);
    }
    tell(form, words);
    return show(form, after(form, section));
  };

  const after = (form, section) => sections(form)[sections(form).indexOf(section) + 1];

  const skip = (form, section) => {
    section.querySelectorAll("input[type=number]").forEach((input) => { input.value = ""; input.dispatchEvent(new Event("input", { bubbles: true })); });
    tell(form, said(form, section));
    show(form, after(form, section));
  };

  const back = (form, section) => {
    tell(form, "");
    show(form, sections(form)[Math.max(0, sections(form).indexOf(section) - 1)]);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("form[data-count] button[name=go]");
    if (!button) return;
    const form = button.form, section = button.closest("[data-count-step]");
    const way = button.value.split(":")[0];
    if (way === "send") {
      if (sections(form).some((each) => figures(each).length && !figures(each).includes(null))) return;
      tell(form, form.dataset.textNothing, "danger");
    }
    event.preventDefault();
    ({ next, skip, back })[way]?.(form, section);
  });

  // Enter in a field presses the form's first button, which may belong to another screen: press the shown screen's own.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("form[data-count] input")) return;
    event.preventDefault();
    event.target.closest("[data-count-step]")?.querySelector("button[name=go]")?.click();
  });
  document.addEventListener("input", (event) => {
    const section = event.target.closest("form[data-count] [data-count-step]");
    if (section) total(section);
  });
  document.addEventListener("reset", (event) => {
    const form = event.target;
    if (!form.matches("form[data-count]")) return;
    sections(form).forEach((section) => { if (again(section)) again(section).value = ""; });
    setTimeout(() => { tell(form, ""); show(form, sections(form)[0]); });
  });
  document.querySelectorAll("[data-count-step]").forEach(total);
})();

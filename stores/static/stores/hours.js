/* Opening hours: shows the chosen half, unticks “closed” when hours are typed, copies a day to those below. Works without, too. */
(() => {
  const start = (root) => {
    const parts = root.querySelectorAll("[data-hours-part]");
    const modes = [...root.querySelectorAll("input[type=radio]")];
    const show = () => {
      const chosen = modes.find((mode) => mode.checked);
      parts.forEach((part) => { part.hidden = part.dataset.hoursPart !== chosen.value; });
    };
    modes.forEach((mode) => mode.addEventListener("change", show));
    show();

    const days = [...root.querySelectorAll("[data-hours-day]")];
    const times = (day) => [...day.querySelectorAll("input[type=time]")];
    const settle = (day) => {
      if (times(day).some((box) => box.value)) day.querySelector("[data-hours-shut]").checked = false;
    };
    days.forEach((day, number) => {
      times(day).forEach((box) => box.addEventListener("input", () => settle(day)));
      day.querySelector("[data-hours-shut]").addEventListener("change", (event) => {
        if (event.target.checked) times(day).forEach((box) => { box.value = ""; });
      });
      if (number === days.length - 1) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "hours-copy";
      button.textContent = root.dataset.copy;
      button.setAttribute("aria-label", `${day.querySelector("legend").textContent} : ${root.dataset.copy}`);
      button.addEventListener("click", () => {
        const shut = day.querySelector("[data-hours-shut]").checked;
        days.slice(number + 1).forEach((below) => {
          times(below).forEach((box, place) => { box.value = times(day)[place].value; });
          below.querySelector("[data-hours-shut]").checked = shut;
        });
      });
      day.querySelector(".hours-ticks").append(button);
    });
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-hours]").forEach(start));
})();

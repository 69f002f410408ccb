/* The position of a place on its admin page (templates/stores/admin/position.html): a click on the map, or the button, fills in
   latitude and longitude; nothing is saved before the page is. Needs the map of map-preview.js. */
"use strict";

(() => {
  const field = (name) => document.getElementById(`id_${name}`);

  const setUp = (element) => {
    const said = element.querySelector("[data-found]");
    const canvas = element.querySelector("[data-map-preview]");
    const button = element.querySelector("[data-find]");
    const put = (latitude, longitude) => {
      field("latitude").value = latitude;
      field("longitude").value = longitude;
      for (const name of ["latitude", "longitude"]) field(name).dispatchEvent(new Event("change", { bubbles: true }));
      canvas.dispatchEvent(new CustomEvent("map-move", { detail: { latitude: Number(latitude), longitude: Number(longitude) } }));
    };

    if (!field("latitude")) return;
    canvas.addEventListener("map-pick", ({ detail }) => {
      put(detail.latitude.toFixed(6), detail.longitude.toFixed(6));
      said.textContent = `${detail.latitude.toFixed(6)}, ${detail.longitude.toFixed(6)}`;
    });
    button?.addEventListener("click", async () => {
      const address = ["street", "postcode", "city"].map((name) => field(name)?.value.trim()).filter(Boolean).join(" ");
      button.disabled = true;
      try {
        const answer = await fetch(`${button.dataset.find}?q=${encodeURIComponent(address)}`, { headers: { Accept: "application/json" } });
        const found = await answer.json();
        if (answer.ok) put(found.latitude, found.longitude);
        said.textContent = found.message;
      } catch {
        said.textContent = button.dataset.failed;
      } finally {
        button.disabled = false;
      }
    });
  };

  const start = () => document.querySelectorAll("[data-pick-position]").forEach(setUp);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

/* The map of the compose screen (templates/pickups/admin/compose.html): places as dots, the tour as a numbered line. Needs Leaflet.
   Everything it does, the list beside it does as well: it is for those who see it. `window.composeMap(element, add)` returns
   {draw(stops), load(query)}; `add(id)` is called when a dot is clicked. */
"use strict";

window.composeMap = (element, add) => {
  const { points, basemap, tileUrl, attribution, hubLat, hubLon, hubName, inTour } = element.dataset;
  element.hidden = false;
  const map = L.map(element, { maxZoom: 18, zoomSnap: 0.5 }).setView([46.5, 2.5], 5);
  if (tileUrl) L.tileLayer(tileUrl, { attribution, maxZoom: 18 }).addTo(map);
  else {
    fetch(basemap)
      .then((response) => response.json())
      .then((shape) => L.geoJSON(shape, { className: "compose-ground", interactive: false, attribution: "Natural Earth" }).addTo(map).bringToBack())
      .catch(() => {}); // the dots stand on a plain ground
  }
  const hub = hubLat && hubLon ? [Number(hubLat), Number(hubLon)] : null;
  const dots = new Map();
  const dotsLayer = L.layerGroup().addTo(map);
  const tourLayer = L.layerGroup().addTo(map);
  let stops = [];

  const marker = (text, label, name) =>
    L.marker(name, { icon: L.divIcon({ className: label, html: text, iconSize: [26, 26] }), keyboard: false, interactive: false, alt: "" });

  /** Leaflet takes a text for HTML, and a place may be called anything: an element holds the words. */
  const said = (words) => {
    const text = document.createElement("span");
    text.textContent = words;
    return text;
  };

  const draw = (now) => {
    stops = now;
    tourLayer.clearLayers();
    const chosen = new Set(stops.map((stop) => stop.id));
    dots.forEach((dot, id) => dot.getElement()?.classList.toggle("is-chosen", chosen.has(id)));
    const known = stops.filter((stop) => stop.at);
    const line = [hub, ...known.map((stop) => stop.at), hub].filter(Boolean);
    if (known.length) L.polyline(line, { className: "compose-line", interactive: false }).addTo(tourLayer);
    known.forEach((stop) => marker(String(stop.number), "compose-pin", stop.at).addTo(tourLayer));
    if (hub) marker("H", "compose-pin is-hub", hub).bindTooltip(() => said(hubName)).addTo(tourLayer);
  };

  const load = async (query) => {
    const response = await fetch(`${points}${query}`, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    const found = (await response.json()).points;
    dotsLayer.clearLayers();
    dots.clear();
    found.forEach(([id, lat, lon, name, urgency, words]) => {
      const dot = L.circleMarker([lat, lon], { radius: urgency === "asked" || urgency === "overdue" ? 9 : 7, className: `compose-dot-mark is-${urgency}` });
      const chosen = () => stops.some((stop) => stop.id === String(id));
      dot.bindTooltip(() => said(`${name} – ${chosen() ? inTour : words}`));
      dot.on("click", () => chosen() || add(String(id)));
      dot.addTo(dotsLayer);
      dot.getElement().dataset.dot = id;
      dots.set(String(id), dot);
    });
    draw(stops);
    const all = [...found.map(([, lat, lon]) => [lat, lon]), hub].filter(Boolean);
    if (all.length) map.fitBounds(L.latLngBounds(all).pad(0.05), { maxZoom: 13, animate: false });
  };

  new ResizeObserver(() => map.invalidateSize()).observe(element);
  return { draw, load };
};

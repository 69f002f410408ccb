/* Places on a map, sized and coloured by how urgent they are (templates/pickups/admin/forecast_map.html). Needs Leaflet. */
"use strict";

(() => {
  const RADIUS = { overdue: 10, soon: 8, later: 6, unknown: 5 };
  const ORDER = ["unknown", "later", "soon", "overdue"]; // the most urgent are drawn last, on top

  const ground = async (map, url) => {
    const response = await fetch(url);
    const style = { color: "#8a9a8c", weight: 1, fillColor: "#f7f3ea", fillOpacity: 1 };
    L.geoJSON(await response.json(), { style, interactive: false, attribution: "Natural Earth" }).addTo(map).bringToBack();
  };

  const popup = (point, url) => {
    const box = document.createElement("div");
    const link = document.createElement("a");
    link.href = url.replace("/0/", `/${point.id}/`);
    link.textContent = point.name;
    const line = document.createElement("div");
    line.textContent = `${point.city} · ${point.when}`;
    box.append(link, line);
    return box;
  };

  /** Leaflet takes a text for HTML, and a place may be called anything: an element holds the words. */
  const words = (text) => {
    const box = document.createElement("span");
    box.textContent = text;
    return box;
  };

  const draw = (element) => {
    const { points: id, basemap, storeUrl, tileUrl, attribution = "" } = element.dataset;
    const points = JSON.parse(document.getElementById(id).textContent);
    const map = L.map(element, { maxZoom: 18, zoomControl: false }).setView([46.6, 2.5], 5);
    L.control.zoom({ zoomInTitle: element.dataset.zoomIn, zoomOutTitle: element.dataset.zoomOut }).addTo(map);
    if (tileUrl) L.tileLayer(tileUrl, { attribution, maxZoom: 18 }).addTo(map);
    else ground(map, basemap);
    points.sort((a, b) => ORDER.indexOf(a.urgency) - ORDER.indexOf(b.urgency));
    for (const point of points) {
      const circle = L.circleMarker([point.lat, point.lon], {
        radius: RADIUS[point.urgency] || 5, className: `forecast-dot is-${point.urgency}`, weight: 1, fillOpacity: 0.9, color: null, fillColor: null,
      });
      circle.bindPopup(() => popup(point, storeUrl)).bindTooltip(() => words(`${point.name} · ${point.when}`)).addTo(map);
    }
    if (points.length) map.fitBounds(points.map((point) => [point.lat, point.lon]), { padding: [24, 24], maxZoom: 13 });
    element.dataset.drawn = points.length;
  };

  const start = () => document.querySelectorAll("[data-forecast-map]").forEach(draw);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

/* One marker on a small map (templates/components/map_preview.html). Needs Leaflet. */
"use strict";

(() => {
  const ground = async (map, url) => {
    const response = await fetch(url);
    const style = { color: "#8a9a8c", weight: 1, fillColor: "#f7f3ea", fillOpacity: 1 };
    L.geoJSON(await response.json(), { style, interactive: false, attribution: "Natural Earth" }).addTo(map).bringToBack();
  };

  const preview = (element) => {
    const { lat, lon, label = "", tileUrl, attribution = "", basemap } = element.dataset;
    const point = [Number(lat), Number(lon)];
    if (!lat || !lon || point.some(Number.isNaN)) return;
    element.hidden = false;
    const map = L.map(element, { maxZoom: 18, scrollWheelZoom: false }).setView(point, tileUrl ? 15 : 6);
    if (tileUrl) L.tileLayer(tileUrl, { attribution, maxZoom: 18 }).addTo(map);
    else ground(map, basemap);
    const marker = L.marker(point, { icon: L.divIcon({ className: "map-marker", iconSize: [20, 20] }), title: label, alt: label, keyboard: false }).addTo(map);
    // For pages that let people pick (pick-position.js): a click is told, and the marker goes where it is sent.
    map.on("click", ({ latlng }) =>
      element.dispatchEvent(new CustomEvent("map-pick", { detail: { latitude: latlng.lat, longitude: latlng.wrap().lng } })));
    element.addEventListener("map-move", ({ detail }) => {
      const there = [detail.latitude, detail.longitude];
      marker.setLatLng(there);
      if (!map.getBounds().contains(there)) map.setView(there, Math.max(map.getZoom(), tileUrl ? 15 : 8));
    });
    new ResizeObserver(() => map.invalidateSize()).observe(element); // drawn inside a closed admin tab, its size is 0
  };

  const start = () => document.querySelectorAll("[data-map-preview]").forEach(preview);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

/* The public map (templates/public/map.html) beside its list. The list is the page: without this script, or without Leaflet, nothing is lost.
   What is asked is always in the address: a search, a filter, "near me" and a moved map all end in the same parameters.
   Texts and addresses come from data-* attributes of [data-map]. */
"use strict";

(() => {
  const side = document.querySelector("[data-map]");
  const form = document.querySelector("[data-map-search]");
  if (!side || !form) return;
  const { points, basemap, tileUrl, attribution, label, places, more, eventMore, here, zoomIn, zoomOut } = side.dataset;
  let query = new URLSearchParams(location.search);
  let asked = 0;

  // -- the list

  const results = () => document.querySelector("[data-results]");
  const problem = form.querySelector("[data-near-problem]");
  const status = document.querySelector("[data-status]"); // what a screen reader says of a new list: how many places, not all of them
  const addressOf = (wanted) => `${location.pathname}${wanted.size ? `?${wanted}` : ""}`;

  const refresh = async (wanted) => {
    query = wanted;
    const turn = ++asked;
    const text = await fetch(addressOf(query), { headers: { Accept: "text/html" } })
      .then((response) => (response.ok ? response.text() : null))
      .catch(() => null);
    if (turn !== asked) return;
    const fresh = text && new DOMParser().parseFromString(text, "text/html").querySelector("[data-results]");
    problem.textContent = fresh ? "" : problem.dataset.failed;
    if (!fresh) return;
    results().replaceChildren(...fresh.childNodes);
    status.textContent = results().querySelector("[data-count]")?.textContent ?? "";
    history.replaceState(null, "", addressOf(query));
  };

  const wish = () => {
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    return new URLSearchParams(fields);
  };

  // -- near me

  const near = form.querySelector("[data-near]");
  const setOrigin = (lat, lon) => {
    [["[data-lat]", lat], ["[data-lon]", lon]].forEach(([name, value]) => {
      const field = form.querySelector(name);
      field.disabled = value === null;
      field.value = value === null ? "" : value.toFixed(5);
    });
  };
  if (navigator.geolocation) {
    near.hidden = false;
    near.addEventListener("click", () => {
      problem.textContent = "";
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          setOrigin(coords.latitude, coords.longitude);
          form.querySelector("[name=q]").value = "";
          search();
        },
        () => { problem.textContent = problem.dataset.refused; },
        { maximumAge: 600000, timeout: 10000 },
      );
    });
  }

  let draw = async () => {};
  const search = async () => {
    const wanted = wish();
    await Promise.all([refresh(wanted), draw(wanted)]);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.querySelector("[name=q]").value) setOrigin(null, null);
    search();
  });
  form.querySelectorAll("select, [type=checkbox]").forEach((field) => field.addEventListener("change", search));

  // -- the map: at once where it stands beside the list, on a phone when it is asked for, or when the address tells a part or a place of it

  const button = document.querySelector("[data-show-map]");
  const load = (address) => new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed });
    document.head.append(script);
  });
  const begin = async () => {
    const byKeyboard = document.activeElement === button;
    button.remove();
    side.classList.add("is-on");
    try {
      for (const address of side.dataset.scripts.split(" ")) await load(address);
    } catch {
      side.className = "map-side is-off"; // the list is enough
      return;
    }
    const drawn = openMap();
    if (byKeyboard) side.focus(); // which Leaflet made reachable
    await drawn;
  };
  button.addEventListener("click", begin);

  const openMap = () => {
    side.setAttribute("role", "region");
    side.setAttribute("aria-label", label);
    // Phones are slow: each step leaves them time to answer a finger.
    const pause = () => new Promise((done) => setTimeout(done));
    const map = L.map(side, { maxZoom: 18, zoomControl: false });
    L.control.zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
    const ground = async () => {
      const shape = await fetch(basemap).then((response) => response.json()).catch(() => null);
      if (!shape) return; // the points stand on a plain ground
      const layer = L.geoJSON(null, { className: "map-ground", interactive: false, attribution: "Natural Earth" }).addTo(map);
      for (const feature of shape.features) {
        await pause();
        layer.addData(feature);
      }
      layer.bringToBack();
    };
    if (tileUrl) {
      let missing = false;
      L.tileLayer(tileUrl, { attribution, maxZoom: 19, referrerPolicy: "strict-origin-when-cross-origin" })
        .on("tileerror", () => { if (!missing) { missing = true; ground(); } }).addTo(map);
    }

    const word = (text, name) => {
      const element = document.createElement("span");
      element.className = name;
      element.textContent = text;
      return element;
    };
    const clusterIcon = (cluster) => {
      const box = document.createElement("span");
      box.append(word(String(cluster.getChildCount()), "map-cluster-number"), word(` ${places}`, "visually-hidden"));
      return L.divIcon({ html: box, className: "map-cluster", iconSize: [44, 44] });
    };
    const clusters = L.markerClusterGroup({ showCoverageOnHover: false, iconCreateFunction: clusterIcon, maxClusterRadius: 60, animate: false, chunkedLoading: true, chunkInterval: 30, chunkDelay: 10,
      chunkProgress: (done, all) => { if (done >= all) side.dispatchEvent(new Event("pinned")); } });
    const markers = new Map();
    let position = null;

    const link = (words, address, opensTab) => {
      const found = document.createElement("a");
      Object.assign(found, { href: address, textContent: words, className: "tap" }, opensTab ? { target: "_blank", rel: "noopener" } : {});
      return found;
    };
    const popup = (name, what, ...rest) => {
      const box = document.createElement("div");
      box.append(word(name, "map-popup-name"), word(what, "map-popup-what"), ...rest);
      return box;
    };
    const pin = (lat, lon, name, kind) => {
      const icon = L.divIcon({ html: word(name, "visually-hidden"), className: kind, iconSize: [28, 28] });
      return L.marker([lat, lon], { icon, keyboard: true });
    };
    const framed = query.has("embed"); // in another site's frame, events open a tab of their own

    const lit = (id, on) => {
      results().querySelectorAll(".is-lit").forEach((line) => line.classList.remove("is-lit"));
      const line = id && results().querySelector(`[data-place="${CSS.escape(id)}"]`);
      if (line && on) line.classList.add("is-lit");
      return line;
    };

    // The place whose popup is open is in the address; the list turns to the page that has it.
    const show = async (id) => {
      query.delete("lieu");
      if (id) query.set("lieu", id);
      const line = lit(id, true);
      if (id && !line) {
        const wanted = new URLSearchParams(query);
        wanted.delete("page");
        await refresh(wanted);
      } else history.replaceState(null, "", addressOf(query));
      results().querySelector("[data-place].is-lit")?.scrollIntoView({ block: "nearest" });
    };

    let moving = false; // by ourselves, not by a person
    const fit = (bounds, zoom) => {
      moving = true;
      map.fitBounds(bounds, { maxZoom: zoom, animate: false });
      moving = false;
    };

    let drawing = 0; // whoever asks for something else meanwhile does not wait for the first
    draw = async (wanted, { keep = false } = {}) => {
      const turn = ++drawing;
      const asking = new URLSearchParams(wanted);
      asking.delete("zone");
      asking.delete("page");
      const answer = await fetch(`${points}?${asking}`, { headers: { Accept: "application/json" } })
        .then((response) => (response.ok ? response.json() : null))
        .catch(() => null);
      if (!answer || turn !== drawing) return;
      const found = answer.points;
      const [lat, lon, spot] = asking.has("lat") ? [Number(asking.get("lat")), Number(asking.get("lon")), here] : answer.near ?? [];
      if (position) position.remove();
      position = spot ? L.circleMarker([lat, lon], { radius: 8, className: "map-here", interactive: false }).bindTooltip(word(spot, "")).addTo(map) : null;
      if (!keep) {
        const shown = spot ? found.slice(0, 8) : found;
        const bounds = [...shown.map((point) => [point[1], point[2]]), ...(spot ? [[lat, lon]] : [])];
        if (bounds.length) fit(L.latLngBounds(bounds).pad(0.08), 15);
        else if (!side.dataset.drawn) fit([[42.4, 2], [45, 7.5]], 8);
      }
      await pause();
      if (turn !== drawing) return;
      clusters.remove();
      clusters.clearLayers();
      markers.clear();
      found.forEach(([id, lat, lon, name, what, address, event]) => {
        const marker = pin(lat, lon, name, event ? "map-pin has-event" : "map-pin");
        const told = event ? [word(`${event[0]} · ${event[1]}`, "map-popup-event"), link(eventMore, event[2], framed)] : [];
        marker.bindPopup(() => popup(name, what, link(more, address), ...told));
        marker.on("popupopen", () => show(id));
        marker.on("popupclose", () => show(null));
        markers.set(id, marker);
      });
      const elsewhere = answer.events.map(([lat, lon, title, when, address]) =>
        pin(lat, lon, title, "map-pin is-event").bindPopup(() => popup(title, when, link(eventMore, address, framed))));
      await pause();
      if (turn !== drawing) return;
      const pins = [...markers.values(), ...elsewhere];
      map.addLayer(clusters);
      if (pins.length) {
        const pinned = new Promise((done) => side.addEventListener("pinned", done, { once: true }));
        clusters.addLayers(pins);
        await pinned;
      }
      side.dataset.drawn = String(found.length);
    };

    // The list shows what is in view, once a person has moved the map.
    map.on("moveend", () => {
      if (moving || !side.dataset.drawn) return;
      const bounds = map.getBounds();
      const wanted = wish();
      if (query.get("lieu")) wanted.set("lieu", query.get("lieu"));
      wanted.set("zone", [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((side) => side.toFixed(4)).join(","));
      clearTimeout(map.waiting);
      map.waiting = setTimeout(() => refresh(wanted), 300);
    });

    // A line of the list and its point light up together.
    const light = (event) => {
      const id = event.target.closest?.("[data-place]")?.dataset.place;
      document.querySelectorAll(".map-pin.is-lit, .map-cluster.is-lit").forEach((pin) => pin.classList.remove("is-lit"));
      const marker = id && markers.get(id);
      if (marker) clusters.getVisibleParent(marker)?.getElement()?.classList.add("is-lit");
    };
    document.addEventListener("pointerover", light);
    document.addEventListener("focusin", light);

    new ResizeObserver(() => { moving = true; map.invalidateSize({ animate: false }); moving = false; }).observe(side);
    const start = async () => {
      const zone = (query.get("zone") || "").split(",").map(Number);
      if (zone.length === 4 && zone.every(Number.isFinite)) {
        fit([[zone[1], zone[0]], [zone[3], zone[2]]], 18);
        await draw(query, { keep: true });
      } else await draw(query);
      const marker = markers.get(query.get("lieu"));
      if (marker) clusters.zoomToShowLayer(marker, () => marker.openPopup());
      if (!tileUrl) ground();
    };
    return start();
  };

  if (matchMedia("(min-width: 56rem)").matches || query.has("lieu") || query.has("zone")) begin();
  else button.classList.add("is-on");
})();

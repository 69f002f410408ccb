/* Reads palox labels with the camera and adds their numbers to a field, where the browser has a BarcodeDetector (Chrome on Android).
   Typing always works: the buttons [data-palox-camera="id of the field"] stay hidden elsewhere. Texts: data-* of [data-palox-scan]. */
"use strict";

(() => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const EVERY = 250; // milliseconds between two looks
  const LONGEST = 40; // characters of a number
  let open = null; // the camera in use

  /** The number in a label's address (…/palox/INC-00012), or the text itself. */
  const numberIn = (text) => {
    const found = /^https?:\/\/[^/]+\/palox\/(.+)$/.exec(text.trim());
    try {
      return (found ? decodeURIComponent(found[1]) : text).trim().slice(0, LONGEST);
    } catch {
      return "";
    }
  };

  const listed = (field) => field.value.split(/[\n,;]+/).map((line) => line.trim().toUpperCase()).filter(Boolean);

  const add = ({ say, last }, field, number, texts) => {
    if (!number || /[\n,;]/.test(number) || last.number === number.toUpperCase()) return; // the same label, still in front
    last.number = number.toUpperCase();
    if (listed(field).includes(last.number)) {
      say(texts.textAgain.replace("{n}", number));
      return;
    }
    field.value = [field.value.trim(), number].filter(Boolean).join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    navigator.vibrate?.(80);
    say(texts.textAdded.replace("{n}", number));
  };

  const close = () => {
    if (!open) return;
    clearTimeout(open.timer);
    open.stream?.getTracks().forEach((track) => track.stop());
    open.box.remove();
    open.button.hidden = false;
    open.button.focus();
    open = null;
  };

  const boxFor = (texts) => {
    const box = document.createElement("div");
    box.className = "palox-camera";
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    video.setAttribute("aria-hidden", "true");
    const line = Object.assign(document.createElement("p"), { textContent: texts.textAim });
    line.setAttribute("role", "status");
    const done = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-primary", textContent: texts.textDone });
    done.addEventListener("click", close);
    box.append(video, line, done);
    return { box, video, say: (text) => { if (line.textContent !== text) line.textContent = text; }, done };
  };

  const look = async (mine, field, texts) => {
    if (open !== mine) return;
    try {
      for (const code of await mine.detector.detect(mine.video)) add(mine, field, numberIn(code.rawValue), texts);
    } catch { /* no picture yet */ }
    if (open === mine) mine.timer = setTimeout(() => look(mine, field, texts), EVERY);
  };

  const start = async (button) => {
    close();
    const field = document.getElementById(button.dataset.paloxCamera);
    const texts = button.closest("[data-palox-scan]").dataset;
    const mine = { ...boxFor(texts), button, detector: new window.BarcodeDetector({ formats: ["qr_code"] }), timer: null, stream: null, last: { number: "" } };
    open = mine;
    button.hidden = true;
    button.after(mine.box);
    mine.done.focus();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      if (open !== mine) { stream.getTracks().forEach((track) => track.stop()); return; }
      mine.stream = stream;
      mine.video.srcObject = stream;
      await mine.video.play();
      look(mine, field, texts);
    } catch {
      mine.say(texts.textDenied);
      mine.video.hidden = true;
    }
  };

  const show = () => document.querySelectorAll("[data-palox-camera]").forEach((button) => { button.hidden = Boolean(open && open.button === button); });

  window.BarcodeDetector.getSupportedFormats().then((formats) => {
    if (!formats.includes("qr_code")) return;
    show();
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-palox-camera]");
      if (button) start(button);
    });
    document.addEventListener("outbox:replaced", () => { if (open && !open.box.isConnected) close(); show(); });
    window.addEventListener("pagehide", close);
    document.addEventListener("visibilitychange", () => { if (document.hidden) close(); });
  }).catch(() => {}); // a browser that only pretends to have one
})();

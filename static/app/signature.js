/* A signature drawn with a finger, a pen or a mouse (templates/pickups/_signature.html). It becomes a small PNG in the file input, so that
   the queue of outbox.js and a plain form send it alike. The typed name is the way without drawing. */
"use strict";

(() => {
  const HEIGHT = 160; // CSS pixels
  const LINE = 2.5;

  const holds = (() => { try { return Boolean(new DataTransfer().items); } catch { return false; } })();
  if (!holds) return; // an old browser: a picture may be chosen

  const fileOf = (canvas) => {
    const bytes = atob(canvas.toDataURL("image/png").split(",")[1]);
    const array = Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
    return new File([array], "signature.png", { type: "image/png" });
  };

  const setUp = (box) => {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const input = box.querySelector("input[type=file]");
    const pad = box.querySelector("[data-signature-pad]");
    const canvas = pad.querySelector("canvas");
    const context = canvas.getContext("2d");
    const state = pad.querySelector("[data-signature-state]");
    let strokes = [];
    let kept = null; // a signature drawn before the page gave the form back
    let stroke = null;

    const paper = () => { context.fillStyle = "#fff"; context.fillRect(0, 0, canvas.width, canvas.height); };

    const ink = () => {
      const scale = canvas.width / canvas.clientWidth || 1;
      Object.assign(context, { strokeStyle: "#000", lineWidth: LINE * scale, lineCap: "round", lineJoin: "round" });
      strokes.forEach((points) => {
        context.beginPath();
        points.forEach(([x, y], index) => (index ? context.lineTo(x * scale, y * scale) : context.moveTo(x * scale, y * scale)));
        if (points.length === 1) context.lineTo(points[0][0] * scale + 0.1, points[0][1] * scale);
        context.stroke();
      });
    };

    const draw = () => {
      paper();
      if (kept) context.drawImage(kept, 0, 0, canvas.width, canvas.height);
      ink();
    };

    const fit = () => {
      if (!canvas.clientWidth) return;
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      const width = Math.round(canvas.clientWidth * ratio);
      if (canvas.width === width && canvas.height === HEIGHT * ratio) return;
      canvas.width = width;
      canvas.height = Math.round(HEIGHT * ratio);
      draw();
    };

    const tell = () => {
      const signed = strokes.length > 0 || kept !== null;
      state.textContent = signed ? box.dataset.textSigned : box.dataset.textEmpty;
      const transfer = new DataTransfer();
      if (signed) transfer.items.add(fileOf(canvas));
      input.files = transfer.files;
    };

    const clear = () => { strokes = []; kept = null; draw(); tell(); };

    const point = (event) => {
      const frame = canvas.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };

    canvas.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button > 0) return;
      event.preventDefault();
      fit();
      canvas.setPointerCapture(event.pointerId);
      stroke = [point(event)];
      strokes.push(stroke);
      draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!stroke || !event.isPrimary) return;
      stroke.push(point(event));
      draw();
    });
    ["pointerup", "pointercancel"].forEach((name) => canvas.addEventListener(name, () => { if (stroke) { stroke = null; tell(); } }));
    box.querySelector("[data-signature-clear]").addEventListener("click", clear);
    input.form.addEventListener("reset", () => setTimeout(clear));
    window.addEventListener("resize", fit);
    // Inside a closed <details> it has no size yet.
    new ResizeObserver(fit).observe(canvas);

    box.querySelector("[data-signature-file]").hidden = true;
    pad.hidden = false;
    fit();
    if (input.files.length) {
      createImageBitmap(input.files[0]).then((picture) => { kept = picture; draw(); state.textContent = box.dataset.textSigned; }).catch(() => {});
    }
  };

  const all = () => document.querySelectorAll("[data-signature]").forEach(setUp);
  document.addEventListener("outbox:replaced", all);
  all();
})();

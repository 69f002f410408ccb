/* Photos of a stop: taken or chosen one after the other, made small enough to be queued in a dead spot (templates/pickups/_photos.html).
   The file input keeps them all, so that the queue of outbox.js and a plain form send them alike. Without this script the input works alone.
   Drawing a picture again also drops what the camera wrote into it, its position among them. */
"use strict";

(() => {
  const LONGEST = 1600; // pixels, as the server keeps them
  const QUALITY = 0.8;
  const MOST = 12; // unless the box says otherwise

  const holds = (() => { try { return Boolean(new DataTransfer().items); } catch { return false; } })();
  if (!holds) return; // an old browser: the plain input

  const put = (input, files) => {
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
  };

  /** Return a smaller JPEG of a picture, or the file itself where the browser cannot read it: the server can (HEIC). */
  const smaller = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const context = canvas.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
      return blob ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file;
    }
  };

  const setUp = (box) => {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-photo-list]");
    const state = box.querySelector("[data-photo-state]");
    const form = input.form;
    const most = Number(box.dataset.most) || MOST;
    let kept = [...input.files];
    let preparing = 0;
    let shown = [];

    const say = (text) => { if (state.textContent !== text) state.textContent = text; };
    const count = () => (kept.length === 1 ? box.dataset.textOne : box.dataset.textMany.replace("{n}", kept.length));

    const remove = (index) => {
      kept.splice(index, 1);
      draw();
      (list.querySelector("button") || input).focus();
    };

    const draw = () => {
      put(input, kept);
      shown.forEach((address) => URL.revokeObjectURL(address));
      shown = kept.map((file) => URL.createObjectURL(file));
      list.replaceChildren(...shown.map((address, index) => {
        const item = document.createElement("li");
        item.append(Object.assign(new Image(), { src: address, alt: box.dataset.textPhoto.replace("{n}", index + 1) }));
        const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-danger", textContent: "×" });
        button.ariaLabel = box.dataset.textRemove.replace("{n}", index + 1);
        button.addEventListener("click", () => remove(index));
        item.append(button);
        return item;
      }));
      say(kept.length ? count() : "");
    };

    const busy = (step) => {
      preparing += step;
      form.querySelectorAll("[type=submit]").forEach((button) => { button.disabled = preparing > 0; });
    };

    const add = async (files) => {
      busy(1);
      say(box.dataset.textPreparing);
      for (const file of files) {
        if (kept.length >= most) break;
        kept.push(await smaller(file));
      }
      busy(-1);
      draw();
      if (kept.length >= most) say(box.dataset.textMost);
    };

    input.addEventListener("change", () => { const files = [...input.files]; put(input, kept); add(files); });
    // Newer phones offer their album only, unless the camera is asked for.
    const camera = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
    camera.setAttribute("capture", "environment");
    camera.addEventListener("change", () => { add([...camera.files]); camera.value = ""; });
    const button = box.querySelector("[data-photo-camera]");
    button.hidden = false;
    button.addEventListener("click", () => camera.click());
    form.addEventListener("reset", () => { kept = []; setTimeout(draw); });
    if (kept.length) draw();
  };

  const all = () => document.querySelectorAll("[data-photos]").forEach(setUp);
  document.addEventListener("outbox:replaced", all);
  all();
})();

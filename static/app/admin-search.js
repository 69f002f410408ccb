/* Ctrl + K (or ⌘ K) leads to the search everywhere, from any page of the admin; on its own page, to its box. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const box = document.querySelector("[data-search] input[type=search]");
    const link = document.querySelector('a[href$="/admin/recherche/"]');
    if (!box && !link) return;
    event.preventDefault();
    if (box) {
      box.focus();
      box.select();
    } else {
      link.click();
    }
  });
})();

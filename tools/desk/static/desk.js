// Keys of the list and of a student's page. Everything works without this file.
"use strict";
(() => {
  const typing = (at) => at.closest("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("#students a.row")];

  function move(by) {
    const all = rows();
    if (!all.length) return false;
    const now = all.indexOf(document.activeElement);
    const next = now < 0 ? 0 : Math.min(all.length - 1, Math.max(0, now + by));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.pop[open]").forEach((one) => one.removeAttribute("open"));
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    const search = document.querySelector("#search");
    if (event.key === "/" && search) {
      search.focus();
      search.select();
    } else if (event.key === "j" || event.key === "k") {
      if (!move(event.key === "j" ? 1 : -1)) {
        document.querySelector(event.key === "j" ? "a[rel=next]" : "a[rel=prev]")?.click();
      }
    } else return;
    event.preventDefault();
  });

  // A click on a line number opens the form for a comment below that line.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.ln");
    if (!button) return;
    const form = document.querySelector("#line-form");
    const line = button.closest(".line");
    form.hidden = false;
    form.querySelector("[name=line]").value = button.dataset.line;
    form.querySelector("[name=task]").value = button.dataset.task;
    form.querySelector(".where").textContent = `Line ${button.dataset.line}`;
    line.after(form);
    form.querySelector("textarea").focus();
  });

  // One open pop-up at a time.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.pop[open]")) return;
    document.querySelectorAll("details.pop[open]").forEach((one) => {
      if (one !== event.target) one.removeAttribute("open");
    });
  }, true);
})();

"use strict";
// Sorts, filters, searches and pages the list of students. Text becomes nodes by textContent
// alone, and links come ready from the report: nothing here reads HTML.
(() => {
  const PAGE = 100;
  const CHOICES = ["status", "task", "judged", "mistake"];
  const STATES = {
    r: ["right", "right"], f: ["follow-through", "follow-through"], p: ["partly", "partly right"],
    w: ["wrong", "wrong"], n: ["not-reached", "not reached"], a: ["not-asked", "not asked"],
    u: ["could-not-tell", "could not tell"],
    "-": [null, "no such task"],
  };
  const ORDER = "rfpwnau-";
  const at = (id) => document.getElementById(id);
  const source = at("data");
  if (!source || !at("rows")) return;
  const { tasks, rows } = JSON.parse(source.textContent);
  const compared = rows.some((row) => row.moved !== null);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  for (const row of rows) row.hay = plain([row.name, ...row.flags].join("\n"));
  const view = { key: "name", down: false, page: 0, shown: rows };
  const collator = new Intl.Collator(undefined, { numeric: true });
  rows.sort((a, b) => collator.compare(a.name, b.name));
  rows.forEach((row, i) => { row.place = i; });

  const filters = {
    search: (row, value) => row.hay.includes(plain(value.trim())),
    status: (row, value) => ({
      full: row.final && row.score !== null && row.score === row.max,
      moved: Boolean(row.moved),
    })[value] ?? row.status === value,
    mistake: (row, value) => row.mistakes.includes(Number(value)),
    judged: (row, value) => (at("task").value === ""
      ? row.judged.includes(value) : row.judged[Number(at("task").value)] === value),
  };

  const value = (row, key) => {
    if (key === "name") return row.place;
    if (key.startsWith("judged:")) return ORDER.indexOf(row.judged[Number(key.slice(7))]);
    return row[key];
  };

  const compare = (a, b) => {
    const [x, y] = [value(a, view.key), value(b, view.key)];
    if (x === y) return a.place - b.place;
    if (x === null) return 1; // what is unknown stands last, whichever way
    if (y === null) return -1;
    return view.down ? y - x : x - y;
  };

  const node = (name, text, ...classes) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    made.classList.add(...classes);
    return made;
  };

  const cell = (label, text, ...classes) => {
    const made = node("td", text, ...classes);
    made.setAttribute("role", "cell");
    made.dataset.label = label;
    return made;
  };

  const sign = (letter) => {
    const [slug, words] = STATES[letter];
    if (!slug) return node("span", "–");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", `icon t-${slug}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", words);
    use.setAttribute("href", `#i-${slug}`);
    svg.append(use);
    return svg;
  };

  const number = (x, digits) => (x === null ? "–" : x.toFixed(digits));
  const points = (x) => String(Math.round(100 * x) / 100);
  const moved = (x) => (!x ? "" : (x > 0 ? "+" : "−") + points(Math.abs(x)));

  const draw = (row) => {
    const line = node("tr");
    line.setAttribute("role", "row");
    const head = node("th");
    head.setAttribute("scope", "row");
    head.setAttribute("role", "rowheader");
    const name = node("bdi", row.name);
    if (row.link) {
      const link = node("a");
      link.href = row.link;
      link.append(name);
      head.append(link);
    } else head.append(name);
    if (row.status !== "graded") head.append(" ", node("span", row.status, "badge", "s-could-not-tell"));
    if (row.flags.length) head.append(node("small", row.flags.join("; ")));
    const score = row.score === null ? "–" : (row.final ? "" : "≥ ") + points(row.score);
    line.append(head, cell("Score", score, "number", "score"));
    tasks.forEach((task, i) => {
      const made = cell(task, undefined, "t");
      made.append(sign(row.judged[i] ?? "-"));
      line.append(made);
    });
    line.append(
      cell("Val.", number(row.val, 4), "number"), cell("Test", number(row.test, 4), "number"),
      cell("CPU s", number(row.cpu, 1), "number"), cell("MB", number(row.mem, 0), "number"));
    if (compared) {
      line.append(cell("Change", moved(row.moved), "number", row.moved > 0 ? "t-right" : "t-wrong"));
    }
    return line;
  };

  const show = () => {
    const pages = Math.max(1, Math.ceil(view.shown.length / PAGE));
    view.page = Math.min(Math.max(0, view.page), pages - 1);
    const from = view.page * PAGE;
    at("rows").replaceChildren(...view.shown.slice(from, from + PAGE).map(draw));
    at("back").disabled = view.page === 0;
    at("on").disabled = view.page === pages - 1;
    at("where").textContent = `Page ${view.page + 1} of ${pages}`;
    document.querySelector(".pages").hidden = pages === 1;
  };

  const update = () => {
    const active = Object.keys(filters).filter((id) => at(id) && at(id).value.trim() !== "");
    view.shown = rows.filter((row) => active.every((id) => filters[id](row, at(id).value)));
    view.shown.sort(compare);
    const count = view.shown.length;
    at("found").textContent = count === rows.length
      ? `${count} ${count === 1 ? "student" : "students"}`
      : count ? `${count} of ${rows.length} students` : "Nobody matches. Clear the filters to see everybody.";
    for (const head of document.querySelectorAll("[data-sort]")) {
      if (head.dataset.sort === view.key) {
        head.setAttribute("aria-sort", view.down ? "descending" : "ascending");
      } else head.removeAttribute("aria-sort");
    }
    view.page = 0;
    show();
  };

  for (const head of document.querySelectorAll("[data-sort]")) {
    head.querySelector("button").addEventListener("click", () => {
      view.down = head.dataset.sort === view.key && !view.down;
      view.key = head.dataset.sort;
      update();
    });
  }
  at("search").addEventListener("input", update);
  for (const id of CHOICES) at(id)?.addEventListener("change", update);
  const clear = () => {
    for (const id of ["search", ...CHOICES]) if (at(id)) at(id).value = "";
    update();
  };
  at("reset").addEventListener("click", clear);
  at("back").addEventListener("click", () => { view.page -= 1; show(); });
  at("on").addEventListener("click", () => { view.page += 1; show(); });
  for (const button of document.querySelectorAll(".pick")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      clear();
      at("mistake").value = button.dataset.mistake;
      update();
      at("students").scrollIntoView();
      at("mistake").focus({ preventScroll: true });
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT)$/.test(event.target.tagName)) {
      event.preventDefault();
      at("search").focus();
    }
  });
  document.querySelector(".controls").hidden = false;
  at("frame").hidden = false;
  update();
})();

"use strict";
// The page works without this script but for search, filters, and the tables of changes that are alike.
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);
  const changes = all(".change[data-count]");
  const ROWS_MAX = 500;
  let picked = null;

  // The theme: as the system has it, until somebody chooses.
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });

  // Rows of changes that are alike are made when they are looked at.
  const rowsOf = (change) => {
    const data = change.querySelector("script[type='application/json']");
    return data ? JSON.parse(data.textContent) : null;
  };
  const fill = (change) => {
    const place = change.querySelector(".scroll");
    if (!change.open || !place) return;
    const { columns, rows } = rowsOf(change);
    const query = byId("search").value.trim().toLowerCase();
    const region = byId("region").value;
    const fits = (row) => (!region || row[1] === region);
    let shown = rows.filter(fits);
    const found = query ? shown.filter((row) => row.join(" ").toLowerCase().includes(query)) : [];
    if (found.length) shown = found;
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of shown.slice(0, ROWS_MAX)) {
      const line = body.insertRow();
      for (const text of row) line.insertCell().textContent = text;
    }
    if (shown.length > ROWS_MAX) {
      const cell = body.insertRow().insertCell();
      cell.colSpan = columns.length;
      cell.textContent = `and ${shown.length - ROWS_MAX} more: search for one to see it`;
    }
    place.replaceChildren(table);
  };
  for (const change of changes) change.addEventListener("toggle", () => fill(change));

  // Search and filters.
  const textOf = new Map();
  const text = (change) => {
    if (!textOf.has(change)) textOf.set(change, change.textContent.toLowerCase());
    return textOf.get(change);
  };
  const isPicked = (change) => !picked || Object.entries(picked).every(([key, value]) =>
    key === "region" ? change.dataset.regions.split("|").includes(value) : change.dataset[key] === value);
  const apply = () => {
    const query = byId("search").value.trim().toLowerCase();
    const actions = new Set(all("input[name='action']:checked").map((box) => box.value));
    const type = byId("type").value;
    const region = byId("region").value;
    let shown = 0;
    let objects = 0;
    for (const change of changes) {
      const { dataset } = change;
      const fits = actions.has(dataset.action) && (!type || dataset.type === type)
        && (!region || dataset.regions.split("|").includes(region)) && isPicked(change)
        && (!query || text(change).includes(query));
      change.hidden = !fits;
      if (fits) {
        shown += 1;
        objects += Number(dataset.count);
        fill(change);
      }
    }
    const total = changes.reduce((sum, change) => sum + Number(change.dataset.count), 0);
    byId("found").textContent = `${shown} of ${changes.length} entries, ${objects} of ${total} changes`;
    byId("unpick").hidden = !picked;
  };
  for (const id of ["search", "type", "region"]) byId(id).addEventListener("input", apply);
  for (const box of all("input[name='action']")) box.addEventListener("change", apply);
  byId("open").addEventListener("click", () => {
    const visible = changes.filter((change) => !change.hidden);
    const open = !visible.every((change) => change.open);
    for (const change of visible) change.open = open;
  });

  // The graph: tabs, and a node that is picked is a filter.
  for (const tab of all("input[name='level']")) {
    tab.addEventListener("change", () => {
      for (const box of all(".sheetbox")) box.classList.toggle("chosen", box.id === tab.value);
    });
  }
  const pick = (node) => {
    const isSame = node && node.classList.contains("picked");
    for (const other of all(".node.picked")) other.classList.remove("picked");
    for (const graph of all(".graph")) graph.classList.remove("traced");
    for (const edge of all(".edge.lit")) edge.classList.remove("lit");
    picked = null;
    if (node && !isSame) {
      node.classList.add("picked");
      picked = Object.fromEntries(["outer", "module", "region", "type", "resource"]
        .filter((key) => node.dataset[key] !== undefined).map((key) => [key, node.dataset[key]]));
      const graph = node.closest(".graph");
      graph.classList.add("traced");
      for (const edge of all(".edge", graph)) {
        const ends = [edge.dataset.from, edge.dataset.to];
        edge.classList.toggle("lit", ends.includes(node.dataset.node));
      }
    }
    apply();
  };
  for (const node of all(".node")) {
    node.addEventListener("click", () => pick(node));
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        pick(node);
      }
    });
  }
  byId("unpick").addEventListener("click", () => pick(null));

  // Keys: / searches, j and k go from change to change, Escape leaves a filter.
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "Escape") {
      if (byId("search").value) byId("search").value = "";
      else if (picked) return pick(null);
      return apply();
    }
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (event.key === "/") {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "j" || event.key === "k") {
      const summaries = all(".change:not([hidden]) > summary");
      const at = summaries.indexOf(document.activeElement);
      const next = event.key === "j" ? at + 1 : at < 0 ? summaries.length - 1 : at - 1;
      summaries[Math.max(0, Math.min(summaries.length - 1, next))]?.focus();
    }
    return undefined;
  });
  apply();
})();

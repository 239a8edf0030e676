// Filter, sort, open and close the matches. Without it every match stands on the page in order, and opens by itself.
"use strict";
(() => {
  const controls = document.getElementById("controls");
  const field = (id) => document.getElementById(id);
  const items = [...document.querySelectorAll("[data-rank]")];
  if (!items.length) return;
  controls.hidden = false;

  // "Müller" is found by "muller"; a text is folded once, when it is first searched.
  const fold = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
  const folded = new Map();
  const textOf = (item) => {
    if (!folded.has(item)) folded.set(item, fold(item.textContent));
    return folded.get(item);
  };

  const filter = () => {
    const wanted = fold(field("find").value).split(/\s+/).filter(Boolean);
    const lists = field("lists").value;
    const against = field("against").value;
    const least = Number(field("least").value || 0) / 100;
    let shown = 0;
    for (const item of items) {
      const data = item.dataset;
      const fits =
        (!lists || data.lists === lists) &&
        (!against || data.against === against || (against === "yes" && data.against === "conflict")) &&
        Number(data.probability) >= least &&
        wanted.every((word) => textOf(item).includes(word));
      item.hidden = !fits;
      if (fits) shown += 1;
    }
    field("shown").value = `${shown} of ${items.length} matches on this page shown`;
  };

  const orders = {
    rank: () => 0,
    weight: (a, b) => b.dataset.weight - a.dataset.weight,
    name: (a, b) => a.dataset.name.localeCompare(b.dataset.name),
    lists: (a, b) => a.dataset.lists.localeCompare(b.dataset.lists),
  };
  const sort = () => {
    const order = orders[field("sort").value];
    const sorted = [...items].sort((a, b) => order(a, b) || a.dataset.rank - b.dataset.rank);
    for (const item of sorted) item.parentNode.append(item);
  };

  const openAll = (open) => {
    for (const item of items) if (!item.hidden && item.matches("details")) item.open = open;
  };

  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  };
  for (const id of ["find", "least"]) field(id).addEventListener("input", soon);
  for (const id of ["lists", "against"]) field(id).addEventListener("change", filter);
  field("sort").addEventListener("change", sort);
  field("expand").addEventListener("click", () => openAll(true));
  field("collapse").addEventListener("click", () => openAll(false));
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(() => { filter(); sort(); }));

  // A link to a match (report.html#match-12) opens it.
  const follow = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details")) target.open = true;
  };
  addEventListener("hashchange", follow);
  follow();
  filter();
})();

// Keys for everything a page offers: an element says its key (data-key), the script clicks or focuses it. Without the
// script every page works with links and forms alone.
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Single keys may be switched off: speech input would trigger them (WCAG 2.1.4).
  const toggle = one("#keys-on");
  const OFF = "matching-review-keys-off";
  let on = true;
  try { on = !localStorage.getItem(OFF); } catch { /* storage may be forbidden: keys stay on */ }
  if (toggle) {
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      try { on ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"); } catch { /* for this page only */ }
    });
  }

  const help = one("#help");
  for (const opener of all("[data-opens=help]")) opener.addEventListener("click", () => help.open || help.showModal());

  // A verdict shows its reasons, in a place that is always as high.
  const form = one("#decide");
  const show = () => {
    const verdict = form.elements.verdict.value;
    for (const group of all("[data-reasons]")) {
      const chosen = group.dataset.reasons === verdict;
      group.classList.toggle("chosen", chosen);
      for (const input of group.querySelectorAll("input")) {
        input.disabled = !chosen;
        if (!chosen) input.checked = false;
      }
    }
  };
  if (form) {
    form.addEventListener("change", (event) => event.target.name === "verdict" && show());
    form.addEventListener("submit", () => { one("#send").disabled = true; });
    addEventListener("pageshow", () => { one("#send").disabled = false; show(); });
    show();
  }

  const rows = all(".row-link");
  const move = (step) => {
    const next = rows[Math.max(0, rows.indexOf(document.activeElement) + step)] || rows[rows.length - 1];
    if (next) next.focus();
  };

  const press = (element) => {
    if (element.matches("textarea")) element.focus();
    else if (element.matches("summary")) {
      element.parentElement.open = true;
      const first = element.parentElement.querySelector("select");
      if (first) first.focus();
    } else {
      if (element.matches("input")) element.focus();
      element.click();
    }
  };

  const send = () => form && form.requestSubmit(one("#send"));
  const typing = (target) => target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");

  const inText = (event) => {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && event.ctrlKey && event.target.matches("textarea")) send();
  };

  document.addEventListener("keydown", (event) => {
    if (typing(event.target)) return inText(event);
    if (event.ctrlKey || event.metaKey || event.altKey || (help && help.open)) return;
    if (event.key === "Enter" && form && (event.target === document.body || event.target.matches("input"))) {
      event.preventDefault();
      return send();
    }
    if (!on) return;
    const digit = form && one(`[data-reasons].chosen [data-digit="${CSS.escape(event.key)}"]`);
    const target = digit || one(`[data-key="${CSS.escape(event.key)}"]`);
    if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
    else if (target) press(target);
    else return;
    event.preventDefault();
  });
})();

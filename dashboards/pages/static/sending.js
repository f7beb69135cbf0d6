// Keeps what was filled in on the page until the server has answered: a form sent again with its key is taken once.
// Every form works without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const PATIENCE = 20000; // ms without an answer
  const HIDDEN = ["hidden", "password", "submit"];
  const fields = (form) => [...form.elements].filter((each) => each.name && !HIDDEN.includes(each.type));
  const ticked = (each) => each.type === "checkbox" || each.type === "radio";
  const keep = (name, said) => {
    try { sessionStorage.setItem(name, JSON.stringify(said)); } catch { /* no room: not kept */ }
  };
  const kept = (name) => {
    try { return JSON.parse(sessionStorage.getItem(name)); } catch { return null; }
  };
  const said = (form) => fields(form).map((each) => (ticked(each) ? each.checked : each.value));
  const fill = (form, values) => {
    const open = fields(form);
    if (!values || values.length !== open.length) return;
    open.forEach((each, number) => {
      if (ticked(each)) each.checked = values[number];
      else each.value = values[number];
    });
    for (const each of form.querySelectorAll("details")) if (fields(form).some((one) => each.contains(one) && one.value && one.tagName !== "SELECT")) each.open = true;
  };
  const busy = (form, now) => { for (const each of form.querySelectorAll("button")) each.disabled = now; };
  const show = (element) => {
    element.scrollIntoView({ block: "center" });
    element.focus({ preventScroll: true });
  };

  // -- not sent: said on the form, with what was typed and when ----------------------------------------------------
  const unsent = (form, since) => {
    let box = form.querySelector(".unsent");
    if (!box) {
      box = document.createElement("p");
      box.className = "told bad unsent";
      box.tabIndex = -1;
      box.setAttribute("role", "alert");
      form.prepend(box);
    }
    if (form.closest("details")) form.closest("details").open = true;
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: document.body.dataset.zone, timeStyle: "medium" });
    box.textContent = document.body.dataset.unsent.replace("{time}", clock.format(new Date(since)));
    return box;
  };
  const failed = (form, since) => {
    keep(`unsent:${form.dataset.send}`, { since, once: form.elements.once.value, values: said(form) });
    busy(form, false);
    show(unsent(form, since));
  };
  const send = async (form) => {
    const name = `unsent:${form.dataset.send}`;
    const since = (kept(name) || { since: Date.now() }).since;
    if (form.elements.waited) form.elements.waited.value = Math.floor((Date.now() - since) / 1000);
    const content = new URLSearchParams(new FormData(form));
    busy(form, true);
    let answer, text;
    try {
      answer = await fetch(form.action, { method: "POST", body: content, signal: AbortSignal.timeout(PATIENCE) });
      text = await answer.text();
    } catch {
      failed(form, since);
      return;
    }
    if (answer.status >= 500) {
      failed(form, since);
      return;
    }
    const away = answer.redirected ? new URL(answer.url) : null;
    if (away && away.pathname === "/sign-in") keep(name, { since, once: form.elements.once.value, values: said(form) });
    else sessionStorage.removeItem(name);
    if (away) {
      location.assign(answer.url);
      return;
    }
    const main = new DOMParser().parseFromString(text, "text/html").getElementById("main"); // refused, and why
    if (!main) {
      failed(form, since);
      return;
    }
    byId("main").replaceWith(document.adoptNode(main));
    ready();
    const why = document.querySelector("main [role=alert]");
    if (why) show(Object.assign(why, { tabIndex: -1 }));
  };
  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.send || !("timeout" in AbortSignal)) return;
    event.preventDefault();
    send(event.target);
  });

  // -- what was typed survives a reload; never a password ----------------------------------------------------------
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.dataset.draft) keep(`draft:${form.dataset.draft}`, said(form));
  });
  const ready = () => {
    const done = document.querySelector("[data-done]");
    if (done) sessionStorage.removeItem(`draft:${done.dataset.done}`);
    for (const form of document.querySelectorAll("form[data-draft]")) fill(form, kept(`draft:${form.dataset.draft}`));
    for (const form of document.querySelectorAll("form[data-send]")) {
      const waits = kept(`unsent:${form.dataset.send}`);
      if (!waits) continue;
      fill(form, waits.values);
      form.elements.once.value = waits.once;
      unsent(form, waits.since);
    }
  };
  window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-send]")) busy(form, false); });
  ready();
  const told = byId("told");
  if (told) show(told);
})();

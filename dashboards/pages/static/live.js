// Keeps a page up to date, and says loudly when it cannot. Every page works without it.
"use strict";
(() => {
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const cut = byId("cut");
  const live = byId("live");
  const SILENT = 12000; // ms without a word from the server; it speaks every 4 s
  let offset = Number(body.dataset.now) - Date.now(); // server's clock less ours
  let lag = Number(body.dataset.now) - Number(body.dataset.site); // a recording has a clock of its own
  let heard = Date.now();
  let stamp = body.dataset.id || "";
  let stream = null;
  let cutSince = null;

  // Chromium leaves some words as they were drawn before a font had come; another spacing makes it draw them again
  document.fonts.addEventListener("loadingdone", () => document.documentElement.classList.add("with-font"));

  // -- how long ago ------------------------------------------------------------------------------------------
  const spans = body.dataset.lang === "zh"
    ? [[86400, "天"], [3600, "小时"], [60, "分钟"], [1, "秒"]]
    : [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const lasting = (seconds) => {
    let rest = Math.max(0, Math.floor(seconds));
    const parts = [];
    for (const [size, name] of spans) {
      const number = Math.floor(rest / size);
      rest -= number * size;
      if (number || (size === 1 && !parts.length)) parts.push(`${number} ${name}`);
      if (parts.length === 2 || (parts.length && !number)) break;
    }
    return parts.join(" ");
  };
  const age = () => {
    const now = Date.now() + offset - lag;
    for (const each of document.querySelectorAll("time.ago")) {
      const text = lasting((now - Number(each.dataset.at)) / 1000);
      if (each.textContent !== text) each.textContent = text;
    }
  };

  // -- live, or not ------------------------------------------------------------------------------------------
  const written = new Intl.DateTimeFormat("en-GB", { timeZone: body.dataset.zone, timeStyle: "medium" });
  const clock = (ms) => written.format(new Date(ms + offset));
  const connected = () => {
    heard = Date.now();
    cutSince = null;
    cut.hidden = true;
    document.documentElement.classList.remove("is-cut");
    live.textContent = live.dataset.on;
    live.className = "live on";
  };
  const lost = () => {
    if (cutSince !== null) return;
    cutSince = heard;
    cut.textContent = `${cut.dataset.text} ${clock(heard)}. ${cut.dataset.more}`;
    cut.hidden = false;
    document.documentElement.classList.add("is-cut");
    live.textContent = live.dataset.off;
    live.className = "live off";
  };

  // -- what has changed ----------------------------------------------------------------------------------------
  const element = (html) => {
    const box = document.createElement("template");
    box.innerHTML = html.trim();
    return box.content.firstElementChild;
  };
  const apply = (patch) => {
    offset = patch.now - Date.now();
    lag = patch.now - patch.site;
    const focused = document.activeElement && document.activeElement.id;
    const made = {};
    for (const [id, html] of Object.entries(patch.whole)) {
      const old = byId(id);
      const fresh = element(html);
      if (old) old.replaceWith(fresh);
      else {
        const inside = Object.values(made).find((each) => each.querySelector(`#${id}`));
        if (inside) inside.querySelector(`#${id}`).replaceWith(fresh);
        else made[id] = fresh;
      }
    }
    for (const [id, ids] of Object.entries(patch.lists)) {
      const list = byId(id);
      if (!list) continue;
      ids.forEach((name, place) => {
        const row = byId(name) || made[name];
        if (row && list.children[place] !== row) list.insertBefore(row, list.children[place] || null);
      });
    }
    for (const [id, ids] of Object.entries(patch.lists)) { // only now: a row may have moved to another list
      const list = byId(id);
      if (list) for (const row of [...list.children]) if (!ids.includes(row.id)) row.remove();
    }
    for (const [id, html] of Object.entries(patch.inner)) {
      const old = byId(id);
      if (old) old.innerHTML = html;
    }
    if (focused && !document.activeElement.id && byId(focused)) byId(focused).focus();
    if (patch.said.length) byId("said").textContent = patch.said.join(". ");
    const moved = byId("moved");
    const stage = document.querySelector("[data-stage-now]");
    if (moved && stage && stage.dataset.stageNow !== moved.dataset.stage) moved.hidden = false;
    age();
  };
  const open = () => {
    if (!body.dataset.live || document.hidden || stream) return;
    const query = new URLSearchParams({ screen: body.dataset.live, since: stamp, lang: body.dataset.lang });
    stream = new EventSource(`/live?${query}`);
    stream.addEventListener("patch", (event) => {
      stamp = event.lastEventId;
      apply(JSON.parse(event.data));
      connected();
    });
    stream.addEventListener("again", () => { close(); setTimeout(open, 500); });
    stream.addEventListener("error", () => {
      lost();
      if (stream && stream.readyState === EventSource.CLOSED) close(); // refused: tried again below
    });
  };
  const close = () => {
    if (stream) stream.close();
    stream = null;
  };
  if (body.dataset.live) {
    live.textContent = live.dataset.wait;
    open();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) close();
      else { heard = Math.max(heard, Date.now() - SILENT / 2); open(); }
    });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", open);
    setInterval(() => {
      if (document.hidden) return;
      if (Date.now() - heard > SILENT) lost();
      if (!stream) open();
    }, 2000);
  }
  setInterval(() => { if (!document.hidden && cutSince === null) age(); }, 1000);

  // -- charts are fetched anew now and then -----------------------------------------------------------------------
  const charts = byId("charts");
  if (charts && charts.dataset.src) {
    setInterval(async () => {
      if (document.hidden || cutSince !== null) return;
      try {
        const answer = await fetch(charts.dataset.src);
        if (answer.ok && !answer.redirected) charts.innerHTML = await answer.text();
      } catch { /* the stream says that there is no connection */ }
    }, Number(charts.dataset.every) * 1000);
  }
  const again = document.querySelector("[data-again]");
  if (again) setTimeout(() => location.reload(), Number(again.dataset.again) * 1000);

  age();
})();

"use strict";
// The page of one run. The data stand in the page itself; on the live page more arrive as server-sent events.
const run = JSON.parse(document.getElementById("run").textContent);
const $ = id => document.getElementById(id);
const make = (tag, attributes, ...children) => {
  const svg = ["svg", "path", "line", "text", "rect", "g"].includes(tag);
  const e = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
  e.append(...children);
  return e;
};
const value = v => typeof v === "number" ? v : v === undefined ? 0 : NaN; // absent is 0; "NaN", "+Inf" and "-Inf" are gaps
const finite = Number.isFinite;

function number(v) {
  if (!finite(v)) return "not a number";
  const a = Math.abs(v);
  if (a === 0) return "0";
  if (a >= 1e7 || a < 1e-4) return v.toExponential(2).replace("-", "−").replace("e−", "e-");
  const s = a >= 1000 ? Math.round(a).toLocaleString("en") : String(+a.toPrecision(a >= 100 ? 4 : 3));
  return (v < 0 ? "−" : "") + s;
}
function duration(s) {
  s = Math.round(s || 0);
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${s % 60} s` : `${s} s`;
}
const bytes = b => b >= 2 ** 30 ? (b / 2 ** 30).toFixed(2) + " GiB" : (b / 2 ** 20).toFixed(0) + " MiB";

// Log steps. After a roll-back or a resume the later steps come again: only the newest writing counts.
function add(rows) {
  for (const row of rows) {
    while (run.log.length && run.log[run.log.length - 1].step >= row.step) run.log.pop();
    run.log.push(row);
  }
  if (run.log.length > 24000) run.log = run.log.filter((_, i) => i % 2 || i > 12000);
}

const kinds = [
  { title: "Energy gap", unit: "(mean f(data) − mean f(chains)) / T", lines: [["gap", "gap", "--data"]], zero: true, smooth: true },
  { title: "f of data and of chains", unit: "mean f, unnormalised", lines: [["f_data", "data", "--data"], ["f_chains", "chains", "--chains"]], smooth: true },
  { title: "Gradient norm along the chains", unit: "mean |∇f(z)|", lines: [["grad_norm", "gradient norm", "--data"]], log: true, smooth: true },
  { title: "Displacement of the chains", unit: "from start to end", lines: [["displacement", "displacement", "--chains"]], smooth: true, optional: true },
  { title: "Limited steps", unit: "share with a(z) < 1", lines: [["limited", "limited", "--chains"]], zero: true, optional: true },
  { title: "Acceptance", unit: "share of proposals", lines: [["acceptance", "acceptance", "--chains"]], zero: true, smooth: true, optional: true },
  { title: "Gradient norm of the parameters", unit: "before clipping", lines: [["param_grad_norm", "norm", "--data"]], log: true, smooth: true, optional: true },
  { title: "Learning rate", unit: "", lines: [["rate", "rate", "--machine"]], log: true },
  { title: "Speed", unit: "parameter updates / s", lines: [["iterations_per_second", "updates/s", "--machine"]], zero: true, smooth: true },
  { title: "Ranks", unit: "seconds of an iteration", lines: [["communication_seconds", "communication", "--data"], ["busy_seconds", "chains of the slowest", "--chains"]], zero: true, smooth: true, optional: true },
  { title: "Memory", unit: "resident set, MiB", lines: [["memory", "memory", "--machine"]], zero: true, scale: 2 ** -20 },
];

function ticks(lo, hi, log) {
  const out = [];
  if (log) {
    for (let e = Math.floor(Math.log10(lo)); e <= Math.log10(hi) + 1; e++)
      for (const m of Math.log10(hi / lo) < 2 ? [1, 2, 5] : [1]) {
        const v = m * 10 ** e;
        if (v >= lo && v <= hi) out.push(v);
      }
    return out;
  }
  let step = 10 ** Math.floor(Math.log10((hi - lo) / 3));
  step *= [5, 2].find(m => (hi - lo) / (m * step) >= 3) || 1;
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + step * 1e-9; k++) out.push(k * step);
  return out;
}
function median(y, half) {
  return y.map((_, i) => {
    const w = y.slice(Math.max(0, i - half), i + half + 1).filter(finite).sort((a, b) => a - b);
    return w.length ? w[w.length >> 1] : NaN;
  });
}
// Thins to the least and greatest of each stretch, so that spikes stay.
function thin(x, y, n) {
  if (y.length <= n) return [x, y];
  const stretch = Math.ceil(2 * y.length / n), tx = [], ty = [];
  for (let i = 0; i < y.length; i += stretch) {
    let least = i, most = i;
    for (let k = i; k < Math.min(i + stretch, y.length); k++) {
      if (!(y[k] >= y[least])) least = k;
      if (!(y[k] <= y[most])) most = k;
    }
    for (const k of least < most ? [least, most] : [most, least]) { tx.push(x[k]); ty.push(y[k]); }
  }
  return [tx, ty];
}

class Chart {
  constructor(parent, kind) {
    this.kind = kind;
    this.read = make("span", { class: "read" });
    this.name = make("span", { class: "name" }, make("b", {}, kind.title));
    if (kind.lines.length > 1) for (const [, label, color] of kind.lines) {
      const key = make("span", { class: "key" });
      key.style.background = `var(${color})`;
      this.name.append(key, label);
    }
    this.svg = make("svg", { role: "img" });
    this.figure = make("figure", {}, make("figcaption", {}, this.name, this.read), this.svg);
    parent.append(this.figure);
    this.svg.addEventListener("pointermove", e => this.hover(e));
    this.svg.addEventListener("pointerleave", () => { this.cursor && this.cursor.setAttribute("visibility", "hidden"); this.latest(); });
  }
  draw(x, columns) {
    const k = this.kind, w = this.svg.clientWidth || 420, h = 210, left = 52, right = 8, top = 8, bottom = 24;
    this.x = x; this.columns = columns;
    const all = columns.flat().filter(finite).sort((a, b) => a - b);
    this.figure.hidden = k.optional && !all.some(v => v !== 0);
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    if (!all.length || this.figure.hidden) return;
    let lo = all[0], hi = all[all.length - 1];
    const log = k.log && lo > 0 && hi > 10 * lo;
    const low = all[Math.floor(all.length / 40)], high = all[all.length - 1 - Math.floor(all.length / 40)];
    const cut = !log && all.length >= 40 && hi - lo > 4 * (high - low);
    if (cut) { const pad = 0.3 * (high - low) + 1e-12; lo = low - pad; hi = high + pad; }
    if (log) { lo /= 1.1; hi *= 1.1; }
    else { const pad = (hi - lo) * 0.05 || Math.abs(hi) * 0.1 || 1; lo -= cut ? 0 : pad; hi += cut ? 0 : pad; }
    if (k.zero) {
      lo = all[0] >= 0 ? 0 : Math.min(lo, 0);
      hi = Math.max(hi, 0);
      if (all[0] >= 0) hi *= 1.05;
    }
    const x0 = Math.min(0, x[0]), x1 = Math.max(x[x.length - 1], x0 + 1);
    const px = this.px = v => left + (v - x0) / (x1 - x0) * (w - left - right);
    const f = log ? Math.log : v => v;
    const py = v => Math.min(Math.max(top + (f(hi) - f(v)) / (f(hi) - f(lo)) * (h - top - bottom), top - 3), h - bottom + 3);
    for (const v of ticks(lo, hi, log)) this.svg.append(
      make("line", { class: v === 0 && k.zero ? "zero" : "axis", x1: left, x2: w - right, y1: py(v), y2: py(v) }),
      make("text", { x: left - 6, y: py(v) + 4, "text-anchor": "end" }, number(v)));
    for (const v of ticks(x0, x1)) if (Number.isInteger(v)) this.svg.append(
      make("text", { x: Math.min(px(v), w - 3.3 * number(v).length), y: h - 8, "text-anchor": "middle" }, number(v)));
    for (const n of run.notes) if (n.kind === "rollback" && !k.lags && n.step >= x0 && n.step <= x1)
      this.svg.append(make("line", { class: "mark", x1: px(n.step), x2: px(n.step), y1: top, y2: h - bottom }, make("title", {}, n.message || n.kind)));
    const path = (xs, ys) => {
      let d = "", pen = "M";
      const [tx, ty] = thin(xs, ys, 2 * w);
      tx.forEach((v, i) => {
        if (!finite(ty[i])) { pen = "M"; return; }
        d += `${pen}${px(v).toFixed(1)} ${py(ty[i]).toFixed(1)}`; pen = "L";
      });
      return d;
    };
    columns.forEach((y, i) => {
      const style = `stroke: var(${k.lines[i][2]})`, smooth = k.smooth && y.length >= 40;
      this.svg.append(make("path", { d: path(x, y), style, class: smooth ? "raw" : "" }));
      if (smooth) {
        const [tx, ty] = [x, y].map(a => a.length > 4000 ? a.filter((_, j) => j % Math.ceil(a.length / 4000) === 0) : a);
        this.svg.append(make("path", { d: path(tx, median(ty, Math.floor(ty.length / 40))), style }));
      }
    });
    this.cut = cut;
    this.cursor = make("line", { class: "cursor", x1: 0, x2: 0, y1: top, y2: h - bottom, visibility: "hidden" });
    this.svg.append(this.cursor);
    this.latest();
  }
  latest() {
    if (this.x && this.x.length) this.say(this.x.length - 1, "");
  }
  say(i, at) {
    const values = this.columns.map(c => number(c[i])).join(" · ");
    this.read.textContent = `${at}${values}${at ? "" : (this.kind.unit ? " — " + this.kind.unit : "") + (this.cut ? " (extremes cut off)" : "")}`;
    this.svg.setAttribute("aria-label", `${this.kind.title}: ${values} at ${this.kind.lags ? "lag" : "step"} ${this.x[i]}`);
  }
  hover(e) {
    if (!this.x || !this.x.length || !this.cursor) return;
    const box = this.svg.getBoundingClientRect(), at = (e.clientX - box.left) * (this.svg.viewBox.baseVal.width / box.width);
    let best = 0;
    this.x.forEach((v, i) => { if (Math.abs(this.px(v) - at) < Math.abs(this.px(this.x[best]) - at)) best = i; });
    this.cursor.setAttribute("x1", this.px(this.x[best]));
    this.cursor.setAttribute("x2", this.px(this.x[best]));
    this.cursor.setAttribute("visibility", "visible");
    this.say(best, `${this.kind.lags ? "lag" : "step"} ${number(this.x[best])}: `);
  }
}

const extraNames = { kl: "KL(truth ‖ model), nats" };
const charts = new Map();
function drawCharts() {
  const x = run.log.map(r => r.step);
  const all = [...run.log, ...run.notes].filter(r => r.extra).sort((a, b) => a.step - b.step); // the KL comes with checkpoints
  const extra = new Set(all.flatMap(r => Object.keys(r.extra)));
  for (const name of extra) if (!charts.has("extra " + name))
    charts.set("extra " + name, new Chart($("charts"), { title: extraNames[name] || name, unit: "", lines: [[name, name, "--data"]], extra: true }));
  for (const c of charts.values()) {
    const k = c.kind;
    if (k.extra) { // such values are not taken at every step
      const rows = all.filter(r => k.lines[0][0] in r.extra);
      c.draw(rows.map(r => r.step), [rows.map(r => value(r.extra[k.lines[0][0]]))]);
    } else c.draw(x, k.lines.map(([field]) => run.log.map(r => value(r[field]) * (k.scale || 1))));
  }
}

// Diagnostics of ebm-anatomy: the gap should waver around 0 without memory of itself.
function correlation(a, b, lag) {
  const n = a.length - lag, mean = v => v.reduce((s, x) => s + x, 0) / v.length;
  const ma = mean(a), mb = mean(b), sd = (v, m) => Math.sqrt(mean(v.map(x => (x - m) ** 2)));
  let s = 0;
  for (let i = 0; i < n; i++) s += (a[i] - ma) * (b[i + lag] - mb);
  return s / a.length / (sd(a, ma) * sd(b, mb));
}
const lags = [...Array(16).keys()];
let diagnosis;
function drawDiagnostics() {
  const rows = run.log.slice(-2000).filter(r => finite(value(r.gap)) && finite(value(r.grad_norm)));
  $("diagnostics").hidden = rows.length < 40;
  if (rows.length < 40) return;
  diagnosis = diagnosis || new Chart($("lags"), {
    title: "Correlation over the last log steps", unit: "at lag 15", zero: true, lags: true,
    lines: [["gap", "gap", "--data"], ["gradient", "gradient norm", "--chains"], ["cross", "gap → gradient norm", "--machine"]],
  });
  const gap = rows.map(r => value(r.gap)), g = rows.map(r => value(r.grad_norm));
  diagnosis.draw(lags, [[gap, gap], [g, g], [gap, g]].map(([a, b]) => lags.map(l => correlation(a, b, l))));
  const stats = v => {
    const s = [...v].sort((a, b) => a - b);
    return [s[0], s[s.length >> 2], s[s.length >> 1], s[3 * s.length >> 2], s[s.length - 1]].map(number);
  };
  const row = (name, v) => make("tr", {}, make("th", {}, name), ...stats(v).map(t => make("td", {}, t)));
  $("quantiles").replaceChildren(
    make("tr", {}, ...["last " + rows.length + " log steps", "least", "quarter", "median", "three quarters", "greatest"].map(t => make("th", {}, t))),
    row("energy gap", gap), row("gradient norm", g),
    row("displacement", rows.map(r => value(r.displacement))), row("limited steps", rows.map(r => value(r.limited))));
}

function drawTiles() {
  const last = run.log[run.log.length - 1] || {}, s = run.state || {};
  const status = s.status || (run.live ? "running" : "unfinished");
  $("status").textContent = status;
  $("status").className = "pill " + status;
  const step = Math.max(s.iteration || 0, last.step || 0), total = s.iterations || 0;
  $("progress").style.width = total ? Math.min(100 * step / total, 100) + "%" : "0";
  const tiles = [
    [number(step), total ? "of " + number(total) + " updates" : "updates"],
    [duration(Math.max(last.seconds || 0, s.seconds || 0)), "training time"],
    [number(value(last.gap)), "energy gap"], [number(value(last.grad_norm)), "gradient norm"],
    [number(value(last.rate)), "learning rate"], [number(value(last.iterations_per_second)), "updates / s"],
    [last.memory ? bytes(last.memory) : "–", "memory"], [number(s.rollbacks || 0), "roll-backs"],
  ];
  if (last.slowest) tiles.push([number(value(last.communication_seconds)), "s of communication"], [last.slowest, "slowest"]);
  if (finite(s.kl)) tiles.push([number(s.kl), "KL, nats"]);
  $("tiles").replaceChildren(...tiles.map(([v, name]) => make("div", { class: "tile" }, make("b", {}, v), make("span", {}, name))));
}

function drawNotes() {
  const rows = run.notes.slice(-300).reverse().map(n => make("tr", { class: /rollback|diverged|failed|warning/.test(n.kind) ? "bad" : "" },
    make("td", {}, duration(n.seconds)), make("td", {}, number(n.step)), make("td", {}, n.kind), make("td", {}, n.message || "")));
  $("notes").replaceChildren(make("tr", {}, ...["time", "step", "what", ""].map(t => make("th", {}, t))), ...rows);
}

// Samples over time: the slider stays at the newest picture until the reader moves it.
let follow = true, playing = 0;
function showPicture() {
  const slider = $("slider"), n = run.pictures.length;
  $("samples").hidden = !n;
  if (!n) return;
  slider.max = n - 1;
  if (follow) slider.value = n - 1;
  const p = run.pictures[slider.value];
  if ($("picture").getAttribute("src") !== p.src) $("picture").src = p.src;
  $("picture").alt = `samples after ${p.step} parameter updates`;
  $("which").textContent = `after ${number(p.step)} parameter updates (${+slider.value + 1} of ${n})`;
}
$("slider").addEventListener("input", () => { follow = +$("slider").value === run.pictures.length - 1; showPicture(); });
$("play").addEventListener("click", () => {
  if (playing) { clearInterval(playing); playing = 0; $("play").textContent = "play"; return; }
  $("play").textContent = "stop";
  playing = setInterval(() => {
    follow = false;
    $("slider").value = (+$("slider").value + 1) % run.pictures.length;
    showPicture();
  }, 400);
});

function draw() { drawTiles(); drawCharts(); drawDiagnostics(); drawNotes(); showPicture(); }
const rows = run.log;
run.log = [];
add(rows);
for (const k of kinds) charts.set(k.title, new Chart($("charts"), k));
$("config").textContent = run.config || "no config.toml in this run";
for (const p of run.plots || []) $("plots").append(make("figure", {}, make("figcaption", {}, p.name), make("img", { src: p.src, alt: p.name, style: "max-width: 100%" })));
$("plots").hidden = !(run.plots || []).length;
draw();
addEventListener("resize", drawCharts);

if (run.live) {
  const source = new EventSource("events?after=" + run.seq);
  let waiting = false;
  source.onmessage = e => {
    const m = JSON.parse(e.data);
    if (m.reset) { location.reload(); return; }
    add(m.log || []);
    run.notes.push(...m.notes || []);
    for (const p of m.pictures || []) {
      run.pictures = run.pictures.filter(q => q.step < p.step);
      run.pictures.push(p);
    }
    if (m.state) run.state = m.state;
    if (m.config) { run.config = m.config; $("config").textContent = m.config; }
    if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; draw(); }); }
  };
  source.onopen = () => { $("connection").textContent = "live"; $("connection").className = "pill running"; };
  source.onerror = () => {
    const ended = run.state && run.state.status && run.state.status !== "running";
    $("connection").textContent = ended ? "the server has ended with the run" : "connection lost, trying again";
    $("connection").className = ended ? "pill" : "pill lost";
  };
}

// SPDX-License-Identifier: Apache-2.0
// Front and side projection on plain canvases, with axes in mm; the wheel zooms, dragging moves.
'use strict';

class Projection {
  /** `axes` names the columns that run right and up; `equal` keeps circles round. */
  constructor(id, axes, equal) {
    this.canvas = document.getElementById(id);
    this.axes = axes;
    this.equal = equal;
    this.waiting = false;
    // Painted by the processor: thousands of thin paths are what graphics cards, and their stand-ins, are slow at.
    this.ink = this.canvas.getContext('2d', {willReadFrequently: true});
    this.fit();
    new ResizeObserver(() => this.draw()).observe(this.canvas.parentElement);
    this.canvas.addEventListener('wheel', (event) => this.onWheel(event), {passive: false});
    this.canvas.addEventListener('pointerdown', (event) => { this.drag = [event.offsetX, event.offsetY]; });
    this.canvas.addEventListener('pointermove', (event) => this.onMove(event));
    for (const end of ['pointerup', 'pointerleave']) this.canvas.addEventListener(end, () => { this.drag = null; });
  }

  /** Shows all hits of the frame, or with `whole` the set-up. */
  fit() {
    const {low, high} = boxOf(State.frame(), State.chains), d = Data.detector, p = Data.phantom;
    const half = {x: d ? d.half_width : 0, y: d ? d.half_height : 0};
    this.range = this.axes.map((axis) => {
      const k = 'xyz'.indexOf(axis);
      let from = low[k], to = high[k];
      if (State.whole && half[axis]) [from, to] = [-half[axis], half[axis]];
      if (State.whole && axis === 'z') {
        if (p) from = Math.min(from, p.z - p.half[2]);
        if (d) to = Math.max(to, d.planes[d.planes.length - 1]);
      }
      const margin = 0.05 * (to - from);
      return [from - margin, to + margin];
    });
    this.draw();
  }

  measure() {
    const {clientWidth: w, clientHeight: h} = this.canvas.parentElement;
    const inner = {left: 44, top: 10, right: w - 10, bottom: h - 32};
    let [[x0, x1], [y0, y1]] = this.range;
    if (this.equal) {
      const scale = Math.max((x1 - x0) / (inner.right - inner.left), (y1 - y0) / (inner.bottom - inner.top));
      const mx = 0.5 * (x0 + x1), my = 0.5 * (y0 + y1);
      [x0, x1] = [mx - 0.5 * scale * (inner.right - inner.left), mx + 0.5 * scale * (inner.right - inner.left)];
      [y0, y1] = [my - 0.5 * scale * (inner.bottom - inner.top), my + 0.5 * scale * (inner.bottom - inner.top)];
    }
    const sx = (inner.right - inner.left) / (x1 - x0), sy = (inner.bottom - inner.top) / (y1 - y0);
    return {w, h, inner, x: [x0, x1], y: [y0, y1], sx, sy,
            px: (v) => inner.left + (v - x0) * sx, py: (v) => inner.bottom - (v - y0) * sy};
  }

  onWheel(event) {
    event.preventDefault();
    const m = this.measure(), factor = Math.exp(0.0012 * event.deltaY);
    const at = [m.x[0] + (event.offsetX - m.inner.left) / m.sx, m.y[0] + (m.inner.bottom - event.offsetY) / m.sy];
    this.range = [m.x, m.y].map(([a, b], k) => [at[k] + factor * (a - at[k]), at[k] + factor * (b - at[k])]);
    this.draw();
  }

  onMove(event) {
    if (!this.drag || event.buttons !== 1) return;
    const m = this.measure(), dx = (event.offsetX - this.drag[0]) / m.sx, dy = (event.offsetY - this.drag[1]) / m.sy;
    this.range = [m.x.map((v) => v - dx), m.y.map((v) => v + dy)];
    this.drag = [event.offsetX, event.offsetY];
    this.draw();
  }

  project(hit) {
    const m = this.measure(), c = Data.columns;
    return [m.px(c[this.axes[0]][hit]), m.py(c[this.axes[1]][hit])];
  }
  /** The same for many hits, measured once. */
  projector() {
    const m = this.measure(), a = Data.columns[this.axes[0]], b = Data.columns[this.axes[1]];
    return (hit) => [m.px(a[hit]), m.py(b[hit])];
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    this.waiting = false;
    const m = this.measure(), ratio = window.devicePixelRatio, ink = this.ink;
    if (m.w === 0 || m.h === 0) return;
    [this.canvas.width, this.canvas.height] = [m.w * ratio, m.h * ratio];
    ink.scale(ratio, ratio);
    ink.fillStyle = Colours.named('bg');
    ink.fillRect(0, 0, m.w, m.h);
    this.drawAxes(ink, m);
    ink.save();
    ink.beginPath();
    ink.rect(m.inner.left, m.inner.top, m.inner.right - m.inner.left, m.inner.bottom - m.inner.top);
    ink.clip();
    this.drawSetUp(ink, m);
    this.drawChains(ink, m);
    ink.restore();
  }

  drawAxes(ink, m) {
    ink.font = '11px system-ui,sans-serif';
    ink.strokeStyle = Colours.named('grid');
    ink.fillStyle = Colours.named('soft');
    ink.lineWidth = 1;
    ink.beginPath();
    ink.textAlign = 'center';
    for (const v of roundTicks(...m.x, (m.inner.right - m.inner.left) / 70)) {
      ink.moveTo(m.px(v), m.inner.top);
      ink.lineTo(m.px(v), m.inner.bottom);
      ink.fillText(String(v), m.px(v), m.inner.bottom + 13);
    }
    ink.textAlign = 'right';
    for (const v of roundTicks(...m.y, (m.inner.bottom - m.inner.top) / 40)) {
      ink.moveTo(m.inner.left, m.py(v));
      ink.lineTo(m.inner.right, m.py(v));
      ink.fillText(String(v), m.inner.left - 5, m.py(v) + 4);
    }
    ink.stroke();
    ink.textAlign = 'center';
    ink.fillText(`${this.axes[0]} [mm]`, 0.5 * (m.inner.left + m.inner.right), m.h - 6);
    ink.save();
    ink.translate(11, 0.5 * (m.inner.top + m.inner.bottom));
    ink.rotate(-Math.PI / 2);
    ink.fillText(`${this.axes[1]} [mm]`, 0, 0);
    ink.restore();
  }

  drawSetUp(ink, m) {
    const d = Data.detector, p = Data.phantom, up = this.axes[1];
    const half = d ? {x: d.half_width, y: d.half_height} : {};
    if (this.axes[0] === 'z') {
      if (p) {
        const k = up === 'x' ? 0 : 1;
        ink.globalAlpha = 0.15;
        ink.fillStyle = Colours.named('phantom');
        ink.fillRect(m.px(p.z - p.half[2]), m.py(p.half[k]), 2 * p.half[2] * m.sx, 2 * p.half[k] * m.sy);
        ink.globalAlpha = 1;
      }
      if (d) d.planes.forEach((z, layer) => {
        ink.strokeStyle = Colours.named(layer < d.trackers ? 'tracker' : 'plane');
        ink.globalAlpha = layer < d.trackers ? 0.9 : 0.45;
        ink.beginPath();
        ink.moveTo(m.px(z), m.py(half[up] || 1e5));
        ink.lineTo(m.px(z), m.py(-half[up] || -1e5));
        ink.stroke();
      });
      ink.globalAlpha = 1;
    } else if (d && d.half_width) {
      ink.strokeStyle = Colours.named('plane');
      ink.strokeRect(m.px(-d.half_width), m.py(d.half_height), 2 * d.half_width * m.sx, 2 * d.half_height * m.sy);
    }
  }

  drawChains(ink, m) {
    const at = this.projector(), {edep} = Data.columns, frame = State.frame();
    const path = (hits) => {
      ink.beginPath();
      hits.forEach((hit, i) => i === 0 ? ink.moveTo(...at(hit)) : ink.lineTo(...at(hit)));
      ink.stroke();
    };
    const [begin, end] = frame.hits;
    ink.globalAlpha = State.picked ? 0.25 : 1;  // what is picked stands out
    ink.fillStyle = Colours.named('left');
    for (let h = begin; State.filter.leftover && h < end; ++h)
      if (!State.taken[h - begin]) dot(ink, at(h), edep[h]);
    ink.fillStyle = Colours.named('hit');
    for (let h = begin; h < end; ++h)
      if (State.on[h - begin]) dot(ink, at(h), edep[h]);
    ink.lineWidth = 1.2;  // over the dots, which would hide them seen along the beam
    for (const chain of State.shown) {
      ink.strokeStyle = Colours.css(Colours.ofChain(chain));
      ink.setLineDash(chain.kind === kMissed ? [5, 4] : []);
      path(hitsOf(chain));
    }
    ink.setLineDash([]);
    ink.globalAlpha = 1;
    if (!State.picked) return;
    const {shallow, deep} = Data.columns;
    ink.strokeStyle = Colours.named('soft');
    ink.lineWidth = 1;
    for (const {row, own} of segmentsOf(frame, State.picked)) if (!own) path([shallow[row], deep[row]]);
    ink.strokeStyle = Colours.named('pick');
    ink.lineWidth = 3;
    path(hitsOf(State.picked));
    for (const hit of hitsOf(State.picked)) dot(ink, at(hit), edep[hit]);
  }
}

/** A hit; its area grows with the deposit [MeV]. */
function dot(ink, [px, py], edep) {
  const size = Math.max(1, Math.min(6, 10 * Math.sqrt(edep)));
  ink.fillRect(px - 0.5 * size, py - 0.5 * size, size, size);
}

/** Round values in [low, high], about `n` of them. */
function roundTicks(low, high, n) {
  const rough = (high - low) / Math.max(1, n), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) || 10 * power, out = [];
  for (let i = Math.ceil(low / step); i * step <= high; ++i) out.push(Number((i * step).toPrecision(10)));
  return out;
}

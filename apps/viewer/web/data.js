// SPDX-License-Identifier: Apache-2.0
// The event as read from the page: columns as typed arrays, frames as ranges of their rows.
'use strict';

const Data = (() => {
  const page = JSON.parse(document.getElementById('event-data').textContent);
  const arrays = {Float32Array, Float64Array, Uint32Array, Uint16Array, Uint8Array};

  const decode = (column) => {
    const text = atob(column.data), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
    return new arrays[column.type](bytes.buffer);
  };

  const columns = {};
  for (const [name, column] of Object.entries(page.columns)) columns[name] = decode(column);
  const detector = page.detector;
  if (detector) for (const name of ['kink', 'deposit', 'energy']) detector[name] = decode(detector[name]);
  return {header: page.header, frames: page.frames, columns, detector, phantom: page.phantom};
})();

const kUnknown = 0, kRight = 1, kWrong = 2, kMissed = 3;
const kKinds = ['reconstructed', 'right', 'wrong', 'missed'];

/** Rows of hits of a chain {kind, row}: a track, or a proton that was missed. */
function hitsOf(chain) {
  const c = Data.columns, missed = chain.kind === kMissed;
  const begin = missed ? c.missed_begin : c.track_begin, hits = missed ? c.missed_hits : c.track_hits;
  return hits.subarray(begin[chain.row], begin[chain.row + 1]);
}

/** All chains of a frame: its tracks, then what was missed. */
function chainsOf(frame) {
  const c = Data.columns, out = [];
  for (let row = frame.tracks[0]; row < frame.tracks[1]; ++row)
    out.push({kind: c.verdict[row], row, score: c.score[row], purity: Data.header.truth ? c.purity[row] : 1});
  for (let row = frame.missed[0]; row < frame.missed[1]; ++row) out.push({kind: kMissed, row, score: 0, purity: 1});
  for (const chain of out) chain.length = hitsOf(chain).length;
  return out;
}

/** What physics expects in plane `layer` of a proton that stops behind plane `last`: {kink, deposit, energy} or null. */
function expectedIn(layer, last) {
  const d = Data.detector;
  if (!d || last >= d.planes.length || d.kink.length === 0) return null;
  const at = last * (last + 1) / 2 + layer;
  return {kink: d.kink[at], deposit: d.deposit[at], energy: d.energy[at]};
}

/** One byte per hit of a frame, counted from its first: 1 where it lies on one of the chains. */
function marksOf(frame, chains) {
  const marks = new Uint8Array(frame.hits[1] - frame.hits[0]);
  for (const chain of chains) for (const hit of hitsOf(chain)) marks[hit - frame.hits[0]] = 1;
  return marks;
}

/** Segments of a frame that share a hit with a chain, by layer and cost: [{row, own}]; `own`: it lies on the chain. */
function segmentsOf(frame, chain) {
  const c = Data.columns, place = new Map(), out = [];
  hitsOf(chain).forEach((hit, i) => place.set(hit, i));
  for (let s = frame.segments[0]; s < frame.segments[1]; ++s) {
    const [a, b] = [place.get(c.shallow[s]), place.get(c.deep[s])];
    if (a !== undefined || b !== undefined) out.push({row: s, own: a !== undefined && b === a + 1});
  }
  return out.sort((a, b) => c.layer[c.shallow[a.row]] - c.layer[c.shallow[b.row]] || c.cost[a.row] - c.cost[b.row]);
}

/** Angle [rad] between the segments a → b and b → c of hits. */
function kinkAt(a, b, c) {
  const {x, y, z} = Data.columns;
  const u = [x[b] - x[a], y[b] - y[a], z[b] - z[a]], v = [x[c] - x[b], y[c] - y[b], z[c] - z[b]];
  const cross = Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]);
  return Math.atan2(cross, u[0] * v[0] + u[1] * v[1] + u[2] * v[2]);
}

/** Box around chains, or all hits of a frame without any: {low: [x, y, z], high: [x, y, z]}, a centimetre at least. */
function boxOf(frame, chains) {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  const marks = marksOf(frame, chains);
  [Data.columns.x, Data.columns.y, Data.columns.z].forEach((column, k) => {
    for (let h = frame.hits[0]; h < frame.hits[1]; ++h) {
      if (chains.length > 0 && !marks[h - frame.hits[0]]) continue;
      low[k] = Math.min(low[k], column[h]);
      high[k] = Math.max(high[k], column[h]);
    }
  });
  for (let k = 0; k < 3; ++k) {
    if (!(low[k] <= high[k])) [low[k], high[k]] = [-50, 50];
    const middle = 0.5 * (low[k] + high[k]), half = Math.max(5, 0.5 * (high[k] - low[k]));
    [low[k], high[k]] = [middle - half, middle + half];
  }
  return {low, high};
}

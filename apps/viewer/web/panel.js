// SPDX-License-Identifier: Apache-2.0
// What is told about the frame and about the picked track.
'use strict';

const Panel = (() => {
  const element = (id) => document.getElementById(id);
  const number = (value, digits) => Number.isFinite(value) ? value.toFixed(digits) : '–';
  const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

  const summary = () => {
    const frame = State.frame(), counts = [0, 0, 0, 0];
    for (const chain of State.chains) ++counts[chain.kind];
    const tracks = frame.tracks[1] - frame.tracks[0], hits = frame.hits[1] - frame.hits[0];
    const parts = [plural(tracks, 'track', 'tracks'), plural(hits, 'hit', 'hits')];
    if (frame.events > 0) parts.push(plural(frame.events, 'primary', 'primaries'));
    let text = `Frame ${frame.frame}: ${parts.join(', ')}.`;
    if (Data.header.truth) text += ` ${counts[kRight]} right, ${counts[kWrong]} wrong, ${counts[kMissed]} missed.`;
    text += ` ${State.shown.length} of ${State.chains.length} shown.`;
    if (Data.frames.length < Data.header.frames_in_file)
      text += ` The page holds ${Data.frames.length} of the file's ${Data.header.frames_in_file} frames.`;
    element('summary').textContent = text;
  };

  /** One row per hit: {hit, layer, kink, expected}, kinks in rad and NaN at the ends and behind a gap. */
  const rowsOf = (chain) => {
    const {layer} = Data.columns, hits = hitsOf(chain), last = layer[hits[hits.length - 1]];
    return Array.from(hits, (hit, i) => {
      const before = hits[i - 1], behind = hits[i + 1];
      const whole = before !== undefined && behind !== undefined && layer[hit] === layer[before] + 1 &&
          layer[behind] === layer[hit] + 1;
      return {hit, layer: layer[hit], kink: whole ? kinkAt(before, hit, behind) : NaN, expected: expectedIn(layer[hit], last)};
    });
  };

  const facts = (chain, rows) => {
    const c = Data.columns, list = [];
    const add = (name, value) => list.push(`<dt>${name}</dt><dd>${value}</dd>`);
    add('verdict', chain.kind === kUnknown ? 'no truth' : kKinds[chain.kind]);
    add('hits', `${rows.length}, layers ${rows[0].layer} to ${rows[rows.length - 1].layer}`);
    if (chain.kind !== kMissed) add('score', number(chain.score, 4));
    if (chain.kind === kRight || chain.kind === kWrong) {
      const events = new Map();
      for (const row of rows) events.set(c.hit_event[row.hit], (events.get(c.hit_event[row.hit]) || 0) + 1);
      const told = [...events].sort((a, b) => b[1] - a[1]).map(([event, n]) => `${event < 0 ? 'noise' : event} (${n})`);
      add('purity', `${number(100 * chain.purity, 1)} %`);
      add('events', told.join(', '));
      const own = rows.filter((row) => c.hit_primary[row.hit] !== 0).length;
      add('left by', own === rows.length ? 'the primary itself' : `primaries: ${own} hits, secondaries: ${rows.length - own}`);
    }
    if (chain.kind === kMissed) add('event', c.missed_event[chain.row]);
    const kinks = rows.filter((row) => Number.isFinite(row.kink) && row.expected);
    const inside = kinks.filter((row) => row.kink <= row.expected.kink).length;
    if (kinks.length > 0) add('kinks', `${inside} of ${kinks.length} within the expected 68 % width`);
    if (rows[0].expected) add('energy', `${number(rows[0].expected.energy, 1)} MeV in its first layer, if it stopped behind its last hit`);
    return `<dl class="facts">${list.join('')}</dl>`;
  };

  const hitTable = (chain, rows) => {
    const c = Data.columns, truth = Data.header.truth, main = chain.kind === kMissed ? null : c.track_event[chain.row];
    let out = '<table><tr><th>layer</th><th>x</th><th>y</th><th>keV</th><th>expected</th><th>pixels</th><th>mrad</th>' +
        `<th>expected</th>${truth ? '<th>event</th>' : ''}</tr>`;
    for (const {hit, layer, kink, expected} of rows) {
      const second = c.hit_second.length > 0 && c.hit_second[hit] >= 0 ? c.hit_second[hit] : null;
      const off = truth && main !== null && second !== main && (c.hit_event[hit] !== main || c.hit_primary[hit] === 0);
      out += `<tr${off ? ' class="off"' : ''}><td>${layer}</td><td>${number(c.x[hit], 2)}</td><td>${number(c.y[hit], 2)}</td>` +
          `<td>${number(1e3 * c.edep[hit], 1)}</td><td>${expected ? number(1e3 * expected.deposit, 1) : '–'}</td>` +
          `<td>${c.size[hit]}</td><td>${number(1e3 * kink, 1)}</td>` +
          `<td>${expected && layer > 0 ? number(1e3 * expected.kink, 1) : '–'}</td>`;
      if (truth) out += `<td>${c.hit_event[hit] < 0 ? 'noise' : c.hit_event[hit]}${c.hit_primary[hit] ? '' : ' sec.'}` +
          `${second === null ? '' : `, ${second}`}</td>`;
      out += '</tr>';
    }
    return out + '</table>';
  };

  const segmentTable = (chain) => {
    if (!Data.header.graph)
      return '<p class="soft">Competing segments are known with <code>reconstruct --write-graph</code>.</p>';
    const c = Data.columns, labels = c.label.length > 0;
    const note = Data.header.model || Data.header.method === 'network' ? '' :
        '<p class="soft">The method has no network: the costs carry no meaning.</p>';
    let out = note + `<table><tr><th>layers</th><th>from hit</th><th>to hit</th><th>cost</th><th>chosen</th>${
        labels ? '<th>true</th>' : ''}</tr>`;
    for (const {row, own} of segmentsOf(State.frame(), chain)) {
      const [a, b] = [c.shallow[row], c.deep[row]];
      out += `<tr${own ? ' class="chosen"' : ''}><td>${c.layer[a]}–${c.layer[b]}</td><td>${c.hit_id[a]}</td><td>${c.hit_id[b]}</td>` +
          `<td>${number(c.cost[row], 4)}</td><td>${own ? 'here' : c.assigned[row] ? 'elsewhere' : '–'}</td>` +
          `${labels ? `<td>${c.label[row] ? 'yes' : 'no'}</td>` : ''}</tr>`;
    }
    return out + '</table><p class="soft">Cost 1 − p. Of those that were not chosen, the four cheapest of every hit towards either side.</p>';
  };

  const details = () => {
    const chain = State.picked;
    if (!chain) {
      element('details').innerHTML = '<p class="soft">Click a track, or go through them with ↑ and ↓.</p>';
      return;
    }
    const rows = rowsOf(chain), c = Data.columns;
    const kinks = rows.filter((row) => Number.isFinite(row.kink)).map((row) => ({
      layer: row.layer, value: 1e3 * row.kink, expected: row.expected ? 1e3 * row.expected.kink : null,
    }));
    const deposits = rows.map((row) => ({
      layer: row.layer, value: 1e3 * c.edep[row.hit], expected: row.expected ? 1e3 * row.expected.deposit : null,
    }));
    const name = chain.kind === kMissed ? `Missed proton, event ${c.missed_event[chain.row]}` :
                                          `Track ${c.track_number[chain.row]}`;
    element('details').innerHTML = `<div><h2>${name}</h2>${facts(chain, rows)}</div>` +
        `<div><h2>Kinks</h2>${layerChart(kinks, 'kink', 'mrad', true)}` +
        '<p class="soft">68 % should lie in the shaded part.</p></div>' +
        `<div><h2>Deposits and the Bragg curve</h2>${layerChart(deposits, 'deposit', 'keV', false)}` +
        '<p class="soft">Line: mean of a proton that stops half-way behind the last hit.</p></div>' +
        `<div><h2>Hits</h2>${hitTable(chain, rows)}</div>` +
        (chain.kind === kMissed ? '' : `<div><h2>Competing segments</h2>${segmentTable(chain)}</div>`);
  };

  return {summary, details};
})();

// SPDX-License-Identifier: Apache-2.0
// Small charts of the picked track: a value per layer, and what physics expects.
'use strict';

/**
 * An SVG of measured values over the layer. `points` are {layer, value, expected} with expected null where nothing is
 * known; with `band` everything below the expectation is shaded (for kinks: 68 % should lie there), else it is a curve.
 */
function layerChart(points, label, unit, band) {
  const width = 360, height = 150, left = 40, bottom = 24, top = 8, right = 6;
  if (points.length === 0) return '';
  const layers = points.map((p) => p.layer), values = points.flatMap((p) => [p.value, p.expected ?? 0]);
  const first = Math.min(...layers) - 0.5, last = Math.max(...layers) + 0.5, most = 1.08 * Math.max(...values, 1e-9);
  const px = (layer) => left + (layer - first) / (last - first) * (width - left - right);
  const py = (value) => height - bottom - value / most * (height - bottom - top);
  const f = (v) => v.toFixed(1);
  let out = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label} per layer">`;
  for (const v of roundTicks(0, most, 4))
    out += `<path class="grid" d="M${left} ${f(py(v))}H${width - right}"/>` +
        `<text x="${left - 4}" y="${f(py(v) + 3)}" text-anchor="end">${v}</text>`;
  for (const v of roundTicks(first, last, 8).filter(Number.isInteger))
    out += `<text x="${f(px(v))}" y="${height - 10}" text-anchor="middle">${v}</text>`;
  out += `<text x="${width - right}" y="${height - 1}" text-anchor="end">layer</text>` +
      `<text x="${left}" y="${height - 1}">${label} [${unit}]</text>`;
  const known = points.filter((p) => p.expected !== null);
  const curve = known.map((p, i) => `${i === 0 ? 'M' : 'L'}${f(px(p.layer))} ${f(py(p.expected))}`).join('');
  if (known.length > 1 && band)
    out += `<path class="band" d="${curve}L${f(px(known[known.length - 1].layer))} ${f(py(0))}` +
        `L${f(px(known[0].layer))} ${f(py(0))}Z"/>`;
  if (known.length > 1) out += `<path class="expected" d="${curve}"/>`;
  for (const p of points)
    out += `<path class="stem" d="M${f(px(p.layer))} ${f(py(0))}V${f(py(p.value))}"/>` +
        `<circle class="measured" cx="${f(px(p.layer))}" cy="${f(py(p.value))}" r="2.4"/>`;
  return out + '</svg>';
}

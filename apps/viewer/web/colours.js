// SPDX-License-Identifier: Apache-2.0
// Colours come from the style sheet, so that light, dark and paper are decided in one place.
'use strict';

const Colours = (() => {
  const cache = new Map(), numbers = new Map();
  const named = (name) => {
    if (!cache.has(name)) cache.set(name, getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim());
    return cache.get(name);
  };
  const rgb = (name) => {
    if (!numbers.has(name)) {
      const text = named(name), wide = text.length === 4;
      const part = (i) => parseInt(wide ? text[1 + i].repeat(2) : text.substr(1 + 2 * i, 2), 16) / 255;
      numbers.set(name, [part(0), part(1), part(2)]);
    }
    return numbers.get(name);
  };
  const forget = () => {
    cache.clear();
    numbers.clear();
  };
  const mix = (a, b, t) => a.map((value, i) => value + t * (b[i] - value));
  /** Of a confidence in [0, 1]: low, middle, high. */
  const ofScore = (score) => score < 0.5 ? mix(rgb('low'), rgb('middle'), 2 * score) :
                                          mix(rgb('middle'), rgb('high'), 2 * score - 1);
  const ofChain = (chain) => {
    if (chain.kind === kMissed) return rgb('missed');
    if (State.colouring === 'score' || chain.kind === kUnknown) return ofScore(chain.score);
    return rgb(chain.kind === kRight ? 'right' : 'wrong');
  };
  const css = (colour) => `rgb(${colour.map((v) => Math.round(255 * v)).join(',')})`;
  return {named, rgb, ofScore, ofChain, css, forget};
})();

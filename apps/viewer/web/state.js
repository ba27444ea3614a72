// SPDX-License-Identifier: Apache-2.0
// What is shown: one frame, filters, one picked chain. Views listen and draw.
'use strict';

const State = (() => {
  const listeners = [];
  const state = {
    at: 0, whole: false, sideAxis: 'y', colouring: Data.header.truth ? 'truth' : 'score', picked: null,
    filter: {}, chains: [], shown: [],
    taken: null, on: null,  // marks of the frame's hits: those on any track, those on a shown chain
  };

  const noFilter = () => ({
    purity: 0, score: 0, shortest: 0, longest: Infinity, kinds: [true, true, true, true], leftover: true,
  });

  const passes = (chain) => {
    const f = state.filter;
    return f.kinds[chain.kind] && chain.length >= f.shortest && chain.length <= f.longest &&
        (chain.kind === kMissed || (chain.purity >= f.purity && chain.score >= f.score));
  };

  /** Tells all listeners; `what` is 'frame', 'filter', 'pick', 'colour' or 'view'. */
  const changed = (what) => {
    if (what === 'frame') {
      state.chains = chainsOf(state.frame());
      state.taken = marksOf(state.frame(), state.chains.filter((chain) => chain.kind !== kMissed));
    }
    if (what === 'frame' || what === 'filter') {
      state.shown = state.chains.filter(passes);
      state.on = marksOf(state.frame(), state.shown);
    }
    for (const listener of listeners) listener(what);
  };

  state.frame = () => Data.frames[state.at];
  state.listen = (listener) => listeners.push(listener);
  state.changed = changed;
  state.step = (by) => state.goTo(state.at + by);
  state.goTo = (at) => {
    state.at = Math.max(0, Math.min(Data.frames.length - 1, at));
    state.picked = null;
    changed('frame');
  };
  state.setFilter = (change) => {
    Object.assign(state.filter, change);
    changed('filter');
  };
  state.resetFilter = () => state.setFilter(noFilter());
  state.pick = (chain) => {
    state.picked = chain;
    changed('pick');
  };
  /** The next (or previous) shown chain. */
  state.pickNext = (by) => {
    const n = state.shown.length, at = state.shown.indexOf(state.picked);
    if (n > 0) state.pick(state.shown[at < 0 ? (by > 0 ? 0 : n - 1) : (at + by + n) % n]);
  };
  state.filter = noFilter();
  return state;
})();

/**
 * The shown chain that passes nearest to a pixel, within `tolerance` pixels; null for none. `project` takes a row of hits
 * to [x, y] in pixels, or to null behind the camera.
 */
function nearestChain(project, px, py, tolerance) {
  let best = null, least = tolerance * tolerance;
  for (const chain of State.shown) {
    let before = null;
    for (const hit of hitsOf(chain)) {
      const at = project(hit);
      if (at && before) {
        const dx = at[0] - before[0], dy = at[1] - before[1], length = dx * dx + dy * dy;
        const along = length > 0 ? ((px - before[0]) * dx + (py - before[1]) * dy) / length : 0;
        const t = Math.max(0, Math.min(1, along));
        const distance = (before[0] + t * dx - px) ** 2 + (before[1] + t * dy - py) ** 2;
        if (distance < least) [best, least] = [chain, distance];
      }
      before = at;
    }
  }
  return best;
}

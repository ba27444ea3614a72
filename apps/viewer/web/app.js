// SPDX-License-Identifier: Apache-2.0
// Puts views, filters and keys together.
'use strict';

(() => {
  const element = (id) => document.getElementById(id);
  const front = new Projection('front', ['x', 'y'], true), side = new Projection('side', ['z', 'y'], false);
  const kPickPixels = 9;

  const projectorOf = {
    space: () => Space.project, front: () => front.projector(), side: () => side.projector(),
  };

  const redraw = (what) => {
    if (what === 'frame' || what === 'view') {
      Space.drawFixed();
      front.fit();
      side.fit();
    }
    Space.drawFrame();
    if (what !== 'pick') Panel.summary();
    if (what !== 'filter') Panel.details();
    front.draw();
    side.draw();
  };

  const legend = () => {
    const line = (name, text, dashed) =>
        `<span><i class="${dashed ? 'dashed' : ''}" style="border-color:var(--${name})"></i>${text}</span>`;
    const dot = (name, text) => `<span><i class="dot" style="background:var(--${name})"></i>${text}</span>`;
    const truth = Data.header.truth;
    let out = State.colouring === 'truth' ? line('right', 'right: all hits of one primary') + line('wrong', 'wrong') :
        line('low', 'confidence 0') + line('middle', '0.5') + line('high', '1');
    if (truth) out += line('missed', 'missed primary', true);
    element('legend').innerHTML = out + dot('hit', 'hit on a track, size by deposit') + dot('left', 'hit left over');
  };

  const filters = () => {
    const truth = Data.header.truth, f = State.filter;
    const names = truth ? [[kRight, 'right'], [kWrong, 'wrong'], [kMissed, 'missed']] : [[kUnknown, 'tracks']];
    element('kinds').innerHTML = names.map(([kind, name]) =>
        `<label><input type="checkbox" id="kind-${name}" data-kind="${kind}"> ${name}</label>`).join('') +
        '<label><input type="checkbox" id="leftover"> hits left over</label>';
    for (const box of element('kinds').querySelectorAll('[data-kind]'))
      box.addEventListener('change', () => {
        f.kinds[box.dataset.kind] = box.checked;
        State.changed('filter');
      });
    element('leftover').addEventListener('change', (event) => State.setFilter({leftover: event.target.checked}));
    for (const id of ['purity', 'score', 'shortest', 'longest'])
      element(id).addEventListener('input', (event) => {
        const value = Number(event.target.value);
        State.setFilter({[id]: id === 'longest' && value === Number(event.target.max) ? Infinity : value});
      });
    element('purity-row').hidden = !truth;
    element('all').addEventListener('click', State.resetFilter);
    element('colouring').innerHTML = (truth ? '<option value="truth">truth</option>' : '') + '<option value="score">confidence</option>';
    element('colouring').addEventListener('change', (event) => setColouring(event.target.value));
  };

  /** Shows the state of the filters in their controls. */
  const showFilters = () => {
    const f = State.filter, most = Math.max(1, ...State.chains.map((chain) => chain.length));
    for (const box of element('kinds').querySelectorAll('[data-kind]')) box.checked = f.kinds[box.dataset.kind];
    element('leftover').checked = f.leftover;
    for (const id of ['shortest', 'longest']) element(id).max = most;
    for (const id of ['purity', 'score', 'shortest', 'longest']) {
      element(id).value = Math.min(f[id], id === 'purity' || id === 'score' ? 1 : most);
      document.querySelector(`output[for=${id}]`).textContent = element(id).value;
    }
  };

  const setColouring = (colouring) => {
    State.colouring = colouring;
    element('colouring').value = colouring;
    legend();
    State.changed('colour');
  };

  const setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    Colours.forget();
    State.changed('view');
  };
  const isDark = () => getComputedStyle(document.documentElement).getPropertyValue('--bg').trim() !== '#fff';
  const switchTheme = () => setTheme(isDark() ? 'light' : 'dark');

  /** On paper it is light; the canvases are drawn before the browser takes them. */
  const printing = () => {
    let before = null;
    window.addEventListener('beforeprint', () => {
      before = document.documentElement.dataset.theme || '';
      setTheme('light');
      Space.resize();
      Space.drawNow();
      front.drawNow();
      side.drawNow();
    });
    window.addEventListener('afterprint', () => {
      if (before) setTheme(before);
      else {
        delete document.documentElement.dataset.theme;
        Colours.forget();
        State.changed('view');
      }
    });
  };

  const setWhole = (whole) => {
    State.whole = whole;
    element('whole').setAttribute('aria-pressed', whole);
    State.changed('view');
    Space.look('oblique');
  };

  const switchSide = () => {
    State.sideAxis = State.sideAxis === 'y' ? 'x' : 'y';
    side.axes[1] = element('side-axis').textContent = State.sideAxis;
    side.fit();
  };

  const toggleKind = (kind) => {
    if (!Data.header.truth && kind !== kUnknown) return;
    State.filter.kinds[kind] = !State.filter.kinds[kind];
    State.changed('filter');
  };

  const kTurn = 0.12;
  const keys = {
    ArrowLeft: () => State.step(-1), ArrowRight: () => State.step(1), ArrowUp: () => State.pickNext(-1),
    ArrowDown: () => State.pickNext(1), Escape: () => State.pick(null), '+': () => Space.turn(0, 0, 1.15),
    '-': () => Space.turn(0, 0, 1 / 1.15), o: () => Space.look('oblique'), f: () => Space.look('front'),
    s: () => Space.look('side'), t: () => Space.look('top'), w: () => setWhole(!State.whole), x: switchSide,
    1: () => toggleKind(Data.header.truth ? kRight : kUnknown), 2: () => toggleKind(kWrong),
    3: () => toggleKind(kMissed), 4: () => State.setFilter({leftover: !State.filter.leftover}),
    c: () => setColouring(State.colouring === 'score' && Data.header.truth ? 'truth' : 'score'),
    a: () => State.resetFilter(), l: switchTheme, p: () => window.print(), '?': () => element('keys').showModal(),
  };
  const turns = {
    ArrowLeft: [-kTurn, 0], ArrowRight: [kTurn, 0], ArrowUp: [0, kTurn], ArrowDown: [0, -kTurn],
  };
  const onKey = (event) => {
    const typing = event.target.closest('input,select,dialog,button') && /^(Arrow|Escape|Enter| )/.test(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || typing || element('keys').open) return;
    const turn = event.shiftKey && turns[event.key], action = turn ? () => Space.turn(...turn, 1) : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  /** A click picks, a drag does not. */
  const picking = (name, canvas) => {
    let down = null;
    canvas.addEventListener('pointerdown', (event) => { down = [event.clientX, event.clientY]; });
    canvas.addEventListener('click', (event) => {
      if (down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 3) return;
      const box = canvas.getBoundingClientRect();
      const at = [event.clientX - box.left, event.clientY - box.top];
      State.pick(nearestChain(projectorOf[name](), ...at, kPickPixels));
    });
  };

  const wire = () => {
    element('title').textContent = `${Data.header.file} · ${Data.header.method} · ${Data.header.detector}`;
    element('frame').innerHTML = Data.frames.map((frame, i) => `<option value="${i}">${frame.frame}</option>`).join('');
    element('frame').addEventListener('change', (event) => State.goTo(Number(event.target.value)));
    element('previous').addEventListener('click', () => State.step(-1));
    element('next').addEventListener('click', () => State.step(1));
    for (const button of document.querySelectorAll('[data-view]'))
      button.addEventListener('click', () => Space.look(button.dataset.view));
    element('whole').addEventListener('click', () => setWhole(!State.whole));
    element('side-axis').addEventListener('click', switchSide);
    element('theme').addEventListener('click', switchTheme);
    element('print').addEventListener('click', () => window.print());
    element('help').addEventListener('click', () => element('keys').showModal());
    document.addEventListener('keydown', onKey);
    matchMedia('(prefers-color-scheme:dark)').addEventListener('change', () => {
      Colours.forget();
      State.changed('view');
    });
    if (Space.works) picking('space', Space.canvas);
    picking('front', front.canvas);
    picking('side', side.canvas);
    printing();
  };

  filters();
  legend();
  wire();
  State.listen(redraw);
  State.listen((what) => {
    if (what !== 'pick') showFilters();
    if (what === 'frame') element('frame').value = State.at;
  });
  State.goTo(0);
  Space.resize();
  Space.look('oblique');
  // For tests and for the curious: the same that clicks and keys do.
  window.difftrack = {Data, State, Space, front, side, projectorOf, hitsOf, segmentsOf, nearestChain};
})();

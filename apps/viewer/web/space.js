// SPDX-License-Identifier: Apache-2.0
// The tracks in space, drawn by three.js. The beam runs along z, to the right; y is up.
'use strict';

const Space = (() => {
  const canvas = document.getElementById('space');
  const kManyLines = 5000;  // more are drawn one pixel wide, and fewer of them while the view moves if that is too slow
  const kFluid = 60, kRest = 250;  // [ms] for a picture of a moving view; until a view that stopped is drawn whole
  const kSizes = 6;  // classes of hits by deposit, each a cloud of points of one size
  let renderer = null, camera, controls, scene, fixed, moving, chosen, round = null, waiting = false;
  let share = 1, drawn = 1;  // of the lines and hits: what a moving view can draw in time; what is drawn now
  let resting = 0;           // timer, while the view moves
  const fat = [];  // materials of lines whose width is in pixels, which need the size of the canvas

  const start = () => {
    try {
      renderer = new THREE.WebGLRenderer({canvas, antialias: true, preserveDrawingBuffer: true});
    } catch (error) {
      document.getElementById('no-webgl').hidden = false;
      return false;
    }
    camera = new THREE.PerspectiveCamera(28, 1, 1, 20000);
    controls = new THREE.OrbitControls(camera, canvas);
    controls.enableKeys = false;  // app.js has all keys
    controls.addEventListener('change', draw);
    controls.addEventListener('start', move);
    controls.addEventListener('end', move);
    scene = new THREE.Scene();
    [fixed, moving, chosen] = [new THREE.Group(), new THREE.Group(), new THREE.Group()];
    scene.add(fixed, moving, chosen);
    new ResizeObserver(resize).observe(canvas.parentElement);
    return true;
  };

  const draw = () => {
    if (!renderer) return;
    camera.updateMatrixWorld();  // picking asks where hits are, drawn or not
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(drawNow);
  };
  const drawNow = () => {
    waiting = false;
    const begin = performance.now();
    renderer.render(scene, camera);
    if (resting === 0 || !moving.userData.many) return;
    const gl = renderer.getContext();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));  // waits until it is drawn
    const took = performance.now() - begin;
    share = Math.max(0.02, Math.min(1, drawn * kFluid / took));
    showShare(share);
    rest();
  };

  /** Draws the first part of the tracks alone; they are in such an order that it is spread over all of them. */
  const showShare = (part) => {
    drawn = part;
    for (const {geometry, userData} of moving.children) {
      const n = Math.ceil(part * userData.count);
      if (geometry.isInstancedBufferGeometry) geometry.maxInstancedCount = n;
      else geometry.setDrawRange(0, userData.perItem * n);
    }
  };

  /** When the view has rested from now on, all is drawn. */
  const rest = () => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      resting = 0;
      if (drawn === 1) return;
      showShare(1);
      drawNow();
    }, kRest);
  };

  const move = () => {
    if (!moving.userData.many) return;
    rest();
    showShare(share);
  };

  const resize = () => {
    const {clientWidth: w, clientHeight: h} = canvas.parentElement;
    if (!renderer || w === 0 || h === 0) return;
    renderer.setPixelRatio(window.devicePixelRatio);
    renderer.setSize(w, h, false);
    camera.aspect = w / h;
    camera.updateProjectionMatrix();
    for (const material of fat) material.resolution.set(w, h);
    drawNow();
  };

  const clear = (group) => {
    for (const child of [...group.children]) {
      group.remove(child);
      if (child.geometry) child.geometry.dispose();
      if (child.material) {
        const at = fat.indexOf(child.material);
        if (at >= 0) fat.splice(at, 1);
        child.material.dispose();
      }
    }
  };

  const colourOf = (name) => new THREE.Color(...Colours.rgb(name));

  /** Lines of a width in pixels: `positions` has six numbers per line, `colours` too. */
  const lines = (positions, colours, style) => {
    const geometry = new THREE.LineSegmentsGeometry();
    geometry.setPositions(positions);
    geometry.setColors(colours);
    const material = new THREE.LineMaterial({vertexColors: THREE.VertexColors, linewidth: style.width, dashed: style.dashed});
    if (style.dashed) {
      Object.assign(material.defines, {USE_DASH: ''});
      Object.assign(material, {dashSize: 2.5, gapSize: 2});
    }
    // Drawn after all that is opaque, in the order of renderOrder.
    Object.assign(material, {transparent: style.opacity < 1 || style.above, depthTest: !style.above});
    material.uniforms.opacity.value = style.opacity;
    material.resolution.set(canvas.clientWidth || 1, canvas.clientHeight || 1);
    fat.push(material);
    const object = new THREE.LineSegments2(geometry, material);
    if (style.dashed) object.computeLineDistances();
    object.frustumCulled = false;
    object.renderOrder = style.above ? 1 : 0;
    return object;
  };

  /** The same, one pixel wide. */
  const thinLines = (positions, colours, style) => {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
    geometry.setAttribute('color', new THREE.Float32BufferAttribute(colours, 3));
    const options = {vertexColors: THREE.VertexColors, transparent: style.opacity < 1, opacity: style.opacity};
    const material = style.dashed ? new THREE.LineDashedMaterial({...options, dashSize: 2.5, gapSize: 2}) :
                                    new THREE.LineBasicMaterial(options);
    const object = new THREE.LineSegments(geometry, material);
    if (style.dashed) object.computeLineDistances();
    object.frustumCulled = false;
    return object;
  };

  /** A list in an order of which every first part is spread over the whole. */
  const spread = (list) => {
    const n = list.length, common = (a, b) => b === 0 ? a : common(b, a % b);
    let step = Math.max(1, Math.round(0.618 * n));
    while (common(step, n) > 1) ++step;
    return Array.from({length: n}, (_, i) => list[i * step % n]);
  };

  /** Adds the lines through rows of hits, [{hits, colour}], as one object; returns how many lines. */
  const addLines = (group, paths, style) => {
    const {x, y, z} = Data.columns, count = paths.reduce((sum, {hits}) => sum + Math.max(0, hits.length - 1), 0);
    if (count === 0) return 0;
    const positions = new Float32Array(6 * count), colours = new Float32Array(6 * count);
    let at = 0;
    for (const {hits, colour} of spread(paths))
      for (let i = 1; i < hits.length; ++i)
        for (const hit of [hits[i - 1], hits[i]]) {
          positions[at] = x[hit], positions[at + 1] = y[hit], positions[at + 2] = z[hit];
          colours.set(colour, at);
          at += 3;
        }
    const draws = count > kManyLines ? thinLines : lines;
    const object = draws(positions, colours, {dashed: false, opacity: 1, above: false, ...style});
    object.userData = {count, perItem: 2};
    group.add(object);
    return count;
  };

  /** Class of a deposit [MeV]: 5 keV and less … 160 keV and more, in factors of two. */
  const sizeClass = (edep) => Math.max(0, Math.min(kSizes - 1, Math.floor(Math.log2(edep / 0.005))));

  /** A disc, so that points are round. */
  const disc = () => {
    const picture = document.createElement('canvas'), ink = picture.getContext('2d');
    picture.width = picture.height = 32;
    ink.fillStyle = '#fff';
    ink.arc(16, 16, 15, 0, 2 * Math.PI);
    ink.fill();
    return new THREE.CanvasTexture(picture);
  };

  /** Adds hits as points; `colourOfHit` of a row. */
  const addHits = (group, hits, colourOfHit, style) => {
    const {x, y, z, edep} = Data.columns, clouds = Array.from({length: kSizes}, () => []);
    for (const hit of spread(hits)) clouds[sizeClass(edep[hit])].push(hit);
    round = round || disc();
    clouds.forEach((cloud, size) => {
      if (cloud.length === 0) return;
      const geometry = new THREE.BufferGeometry();
      const at = new Float32Array(3 * cloud.length), colours = new Float32Array(3 * cloud.length);
      cloud.forEach((hit, i) => {
        at[3 * i] = x[hit], at[3 * i + 1] = y[hit], at[3 * i + 2] = z[hit];
        colours.set(colourOfHit(hit), 3 * i);
      });
      geometry.setAttribute('position', new THREE.BufferAttribute(at, 3));
      geometry.setAttribute('color', new THREE.BufferAttribute(colours, 3));
      const material = new THREE.PointsMaterial({
        vertexColors: THREE.VertexColors, size: (2 + size) * window.devicePixelRatio, sizeAttenuation: false, map: round,
        alphaTest: style.opacity < 1 ? 0 : 0.5, transparent: style.opacity < 1 || style.above, opacity: style.opacity, depthTest: !style.above,
      });
      const points = new THREE.Points(geometry, material);
      points.frustumCulled = false;
      points.renderOrder = style.above ? 2 : 0;
      points.userData = {count: cloud.length, perItem: 1};
      group.add(points);
    });
  };

  const drawFrame = () => {
    if (!renderer) return;
    clear(moving);
    const frame = State.frame(), opacity = State.picked ? 0.25 : 1;  // what is picked stands out
    const paths = (chains) => chains.map((chain) => ({hits: hitsOf(chain), colour: Colours.ofChain(chain)}));
    const count = addLines(moving, paths(State.shown.filter((chain) => chain.kind !== kMissed)), {width: 1.6, opacity}) +
        addLines(moving, paths(State.shown.filter((chain) => chain.kind === kMissed)), {width: 1.6, dashed: true, opacity});
    const {on, taken} = State, first = frame.hits[0], hits = [];
    for (let hit = first; hit < frame.hits[1]; ++hit)
      if (on[hit - first] || (State.filter.leftover && !taken[hit - first])) hits.push(hit);
    const [dark, pale] = [Colours.rgb('hit'), Colours.rgb('left')];
    addHits(moving, hits, (hit) => on[hit - first] ? dark : pale, {opacity, above: false});
    moving.userData.many = count + hits.length > 2 * kManyLines;
    drawPick();
  };

  /** The picked chain above all others, and thinly the segments that competed with its own. */
  const drawPick = () => {
    clear(chosen);
    if (State.picked) {
      const {shallow, deep} = Data.columns, hits = hitsOf(State.picked);
      const rivals = segmentsOf(State.frame(), State.picked).filter((segment) => !segment.own);
      addLines(chosen, rivals.map(({row}) => ({hits: [shallow[row], deep[row]], colour: Colours.rgb('soft')})),
               {width: 1, above: true});
      addLines(chosen, [{hits, colour: Colours.rgb('pick')}], {width: 4, above: true});
      addHits(chosen, hits, () => Colours.rgb('hit'), {opacity: 1, above: true});
    }
    draw();
  };

  const outline = (geometry, name, opacity) => {
    const edges = new THREE.LineSegments(new THREE.EdgesGeometry(geometry, 30), new THREE.LineBasicMaterial({
      color: colourOf(name), transparent: true, opacity,
    }));
    geometry.dispose();
    return edges;
  };

  const drawFixed = () => {
    if (!renderer) return;
    scene.background = colourOf('bg');
    clear(fixed);
    const d = Data.detector, p = Data.phantom;
    const box = boxOf(State.frame(), State.chains);
    const half = State.whole && d ? [d.half_width || 50, d.half_height || 50] :
        [0, 1].map((k) => 1.06 * Math.max(Math.abs(box.low[k]), Math.abs(box.high[k])));
    if (d) d.planes.forEach((z, layer) => {
      const plane = outline(new THREE.PlaneGeometry(2 * half[0], 2 * half[1]),
                            layer < d.trackers ? 'tracker' : 'plane', layer < d.trackers ? 0.9 : 0.35);
      plane.position.z = z;
      fixed.add(plane);
    });
    if (p) {
      const cut = State.whole ? p.half : [Math.min(p.half[0], 1.5 * half[0]), Math.min(p.half[1], 1.5 * half[1]), p.half[2]];
      const solid = p.cylinder ? new THREE.CylinderGeometry(p.half[0], p.half[0], 2 * p.half[1], 48) :
                                 new THREE.BoxGeometry(2 * cut[0], 2 * cut[1], 2 * cut[2]);
      const body = new THREE.Mesh(solid, new THREE.MeshBasicMaterial({
        color: colourOf('phantom'), transparent: true, opacity: 0.13, depthWrite: false, side: THREE.DoubleSide,
      }));
      const frame = outline(solid.clone(), 'phantom', 0.8);
      for (const object of [body, frame]) {
        object.position.z = p.z;
        object.rotation.y = p.rotation;
        fixed.add(object);
      }
    }
    draw();
  };

  /** What the camera looks at: the hits, or all that is described. */
  const target = () => {
    const box = boxOf(State.frame(), State.chains);
    if (State.whole) {
      const d = Data.detector, p = Data.phantom;
      if (d) {
        [box.low[0], box.low[1]] = [-d.half_width, -d.half_height];
        [box.high[0], box.high[1]] = [d.half_width, d.half_height];
        box.high[2] = Math.max(box.high[2], d.planes[d.planes.length - 1]);
      }
      if (p) box.low[2] = Math.min(box.low[2], p.z - p.half[2]);
    }
    return box;
  };

  const kDirections = {oblique: [-0.82, 0.42, -0.45], front: [0, 0, -1], side: [-1, 0, 0], top: [-0.0001, 1, 0]};

  /** Looks from one of the named directions so that all hits are seen. */
  const look = (name) => {
    if (!renderer) return;
    const {low, high} = target(), direction = new THREE.Vector3(...kDirections[name]).normalize();
    const middle = new THREE.Vector3(...low.map((v, k) => 0.5 * (v + high[k])));
    camera.up.set(0, 1, 0);
    camera.position.copy(middle).add(direction);
    camera.lookAt(middle);
    camera.updateMatrixWorld();
    // The distance at which every corner of the box lies inside the field of view.
    const tangent = Math.tan(camera.fov * Math.PI / 360), corner = new THREE.Vector3();
    const inverse = new THREE.Matrix4().getInverse(camera.matrixWorld);
    let distance = 0;
    for (let i = 0; i < 8; ++i) {
      corner.set(...[0, 1, 2].map((k) => (i >> k & 1 ? high : low)[k])).applyMatrix4(inverse);
      const across = Math.max(Math.abs(corner.y) / tangent, Math.abs(corner.x) / (tangent * camera.aspect));
      distance = Math.max(distance, across + corner.z);
    }
    camera.position.copy(middle).addScaledVector(direction, 1.06 * (distance + 1));
    controls.target.copy(middle);
    controls.update();
    draw();
  };

  /** Turns about the target by angles [rad], and moves nearer by a factor. */
  const turn = (across, up, nearer) => {
    if (!renderer) return;
    const at = new THREE.Spherical().setFromVector3(camera.position.clone().sub(controls.target));
    at.theta += across;
    at.phi = Math.max(0.01, Math.min(Math.PI - 0.01, at.phi - up));
    at.radius /= nearer;
    camera.position.setFromSpherical(at).add(controls.target);
    move();
    controls.update();
    draw();
  };

  const place = new THREE.Vector3();

  /** Pixels [x, y] within the canvas of a row of hits; null behind the camera. */
  const project = (hit) => {
    const {x, y, z} = Data.columns, at = place.set(x[hit], y[hit], z[hit]).project(camera);
    return at.z > 1 ? null : [0.5 * (at.x + 1) * canvas.clientWidth, 0.5 * (1 - at.y) * canvas.clientHeight];
  };

  const works = start();
  const drawnShare = () => drawn, objects = () => moving.children.length;  // for tests
  return {canvas, works, drawnShare, objects, look, turn, project, draw, drawNow, drawFrame, drawFixed, resize};
})();

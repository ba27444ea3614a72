#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The event display in a real browser: it draws, turns, picks, filters and steps, prints, and complains of nothing.

  tests/tools/event_display_test.py PROGRAM_FOLDER SCREENSHOT_FOLDER
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import browser  # noqa: E402

PROGRAMS, SHOTS = (os.path.abspath(argument) for argument in sys.argv[1:3])

# Pixels of a canvas whose colour is nearer than a tenth to that of a variable of the style sheet.
COUNT_PIXELS = """
const [id, name] = arguments, canvas = document.getElementById(id), copy = document.createElement('canvas');
[copy.width, copy.height] = [canvas.width, canvas.height];
const ink = copy.getContext('2d');
ink.drawImage(canvas, 0, 0);
const text = getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const want = [1, 3, 5].map((i) => parseInt(text.substr(i, 2), 16));
const data = ink.getImageData(0, 0, copy.width, copy.height).data;
let n = 0;
for (let i = 0; i < data.length; i += 4) n += want.every((v, k) => Math.abs(v - data[i + k]) < 26);
return n;
"""
# Where to click, in pixels of the window, so that a shown track lies alone: [x, y, index among the shown ones].
ALONE = """
const view = arguments[0], {State, projectorOf, hitsOf} = window.difftrack, project = projectorOf[view]();
const box = document.getElementById(view).getBoundingClientRect(), paths = State.shown.map((c) => Array.from(hitsOf(c), project));
const distance = (p, path) => Math.min(...path.slice(1).map((b, i) => {
  const a = path[i], d = [b[0] - a[0], b[1] - a[1]], l = d[0] ** 2 + d[1] ** 2;
  const t = l > 0 ? Math.max(0, Math.min(1, ((p[0] - a[0]) * d[0] + (p[1] - a[1]) * d[1]) / l)) : 0;
  return Math.hypot(a[0] + t * d[0] - p[0], a[1] + t * d[1] - p[1]);
}));
let best = null, most = -1;
paths.forEach((path, index) => State.shown[index].kind === 3 || path.forEach((p) => {
  if (p[0] < 5 || p[1] < 5 || p[0] > box.width - 5 || p[1] > box.height - 5) return;
  const free = Math.min(...paths.filter((_, other) => other !== index).map((other) => distance(p, other)));
  if (free > most) [best, most] = [[box.left + p[0], box.top + p[1], index], free];
}));
return best;
"""
SHOWN = "return window.difftrack.State.shown.length"
PICKED = "const {State} = window.difftrack; return State.picked ? State.shown.indexOf(State.picked) : -1"
SLIDE = """
const [id, value] = arguments, slider = document.getElementById(id);
slider.value = value;
slider.dispatchEvent(new Event('input'));
"""


def run(*words, folder):
    subprocess.run([os.path.join(PROGRAMS, words[0]), *words[1:]], cwd=folder, check=True, capture_output=True)


def without_truth(tracks_csv, path):
    """The hits of a CSV of tracks as a file of hits that tells neither particle nor parent."""
    lines = tracks_csv.read_text().splitlines()
    at = [lines[0].split(",").index(name) for name in ("event", "x_mm", "y_mm", "z_mm", "edep_MeV")]
    rows = sorted(([line.split(",")[i] for i in at] for line in lines[1:]), key=lambda row: int(row[0]))
    path.write_text("eventID,posX,posY,posZ,edep\n" + "".join(",".join(row) + "\n" for row in rows))


class EventDisplay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        run("difftrack", "simulate", "--phantom", "water:100", "--primaries", "300", "--seed", "4", "-q", "-o", "steps.npz",
            folder=cls.folder)
        # By the network: the joint decision leaves nothing impure among so few, and the filter of purity nothing to do.
        run("difftrack", "reconstruct", "steps.npz", "--per-frame", "60", "--method", "network", "--write-graph", "-q", "-o", "tracks",
            folder=cls.folder)
        run("difftrack", "show", "tracks.npz", "-o", "event.html", "--phoenix", "event.json", folder=cls.folder)
        cls.browser = browser.Browser()
        cls.browser.open(cls.folder / "event.html")
        cls.browser.wait_for_drawing()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.temporary.cleanup()

    def setUp(self):
        self.browser.run("const {State} = window.difftrack; State.resetFilter(); State.goTo(0);"
                         "window.difftrack.Space.look('oblique')")
        self.browser.wait_for_drawing()

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])

    def pixels(self, canvas, colour):
        self.browser.wait_for_drawing()
        return self.browser.run(COUNT_PIXELS, canvas, colour)

    def test_needs_nothing_from_elsewhere(self):
        self.assertEqual(self.browser.run("return performance.getEntriesByType('resource').length"), 0)

    def test_draws_tracks_hits_planes_in_all_views(self):
        for canvas in ("space", "front", "side"):
            for colour in ("right", "wrong", "hit"):
                self.assertGreater(self.pixels(canvas, colour), 5, f"{colour} in {canvas}")
        self.browser.screenshot(os.path.join(SHOTS, "event-light.png"))

    def test_counts_are_those_of_evaluate(self):
        run("difftrack", "evaluate", "tracks.npz", "--json", "metrics.json", folder=self.folder)
        metrics = json.loads((self.folder / "metrics.json").read_text())[0]
        counts = self.browser.run("""
            const n = [0, 0, 0, 0], {Data, State} = window.difftrack;
            for (let i = 0; i < Data.frames.length; ++i) { State.goTo(i); for (const c of State.chains) ++n[c.kind]; }
            return n;""")
        self.assertEqual(counts[1] + counts[2], metrics["tracks"])
        self.assertAlmostEqual(counts[1] / (counts[1] + counts[2]), metrics["strict_purity"]["value"], 6)
        self.assertAlmostEqual(1 - counts[3] / metrics["reconstructable"], metrics["strict_efficiency"]["value"], 6)

    def test_a_click_picks_the_track_under_it_in_every_view(self):
        for view in ("space", "front", "side"):
            self.browser.run("window.difftrack.State.pick(null)")
            x, y, index = self.browser.run(ALONE, view)
            self.browser.click(x, y)
            self.assertEqual(self.browser.run(PICKED), index, view)
            self.assertGreater(self.pixels("space", "pick"), 20)
        details = self.browser.run("return document.getElementById('details').textContent")
        for part in ("score", "Kinks", "Bragg", "Hits"):
            self.assertIn(part, details)

    def test_a_picked_track_shows_hits_expectations_and_competitors(self):
        numbers = self.browser.run("""
            const {State, Data, hitsOf, segmentsOf} = window.difftrack, c = Data.columns;
            State.pick(State.shown.find((chain) => chain.kind === 1));
            const segments = segmentsOf(State.frame(), State.picked);
            return {hits: hitsOf(State.picked).length, own: segments.filter((s) => s.own).length,
                    others: segments.filter((s) => !s.own).length,
                    costs: segments.every((s) => c.cost[s.row] >= 0 && c.cost[s.row] <= 1),
                    tables: [...document.querySelectorAll('#details table')].map((t) => t.rows.length),
                    circles: [...document.querySelectorAll('#details svg')].map((s) => s.querySelectorAll('circle').length),
                    curves: document.querySelectorAll('#details .expected').length};""")
        self.assertEqual(numbers["own"], numbers["hits"] - 1)
        self.assertGreater(numbers["others"], 0)
        self.assertTrue(numbers["costs"])
        self.assertEqual(numbers["tables"], [numbers["hits"] + 1, numbers["own"] + numbers["others"] + 1])
        self.assertEqual(numbers["circles"], [numbers["hits"] - 2, numbers["hits"]])
        self.assertEqual(numbers["curves"], 2)
        self.browser.screenshot(os.path.join(SHOTS, "event-picked.png"))

    def test_filters_by_purity_length_confidence_and_verdict(self):
        for slider, value, passes in (("purity", 1, "c.kind === 3 || c.purity >= 1"), ("score", 0.9, "c.kind === 3 || c.score >= 0.9"),
                                      ("shortest", 20, "c.length >= 20"), ("longest", 19, "c.length <= 19")):
            self.browser.run("window.difftrack.State.resetFilter()")
            # A frame in which some pass and some do not.
            wanted = self.browser.run(f"""
                const {{State, Data}} = window.difftrack;
                for (let i = 0; i < Data.frames.length; ++i) {{
                  State.goTo(i);
                  const n = State.chains.filter((c) => {passes}).length;
                  if (0 < n && n < State.chains.length) return n;
                }}
                return 0;""")
            self.assertGreater(wanted, 0, slider)
            self.browser.run(SLIDE, slider, value)
            self.assertEqual(self.browser.run(SHOWN), wanted, slider)
        self.browser.run("const {State} = window.difftrack; State.resetFilter(); State.goTo(0)")
        everything = self.browser.run(SHOWN)
        self.browser.run("document.getElementById('kind-right').click()")
        self.assertEqual(self.pixels("side", "right"), 0)
        self.assertGreater(self.pixels("side", "wrong"), 20)
        self.browser.run("document.getElementById('all').click()")
        self.assertEqual(self.browser.run(SHOWN), everything)

    def test_keys_step_pick_turn_and_switch(self):
        frame = "return window.difftrack.State.at"
        self.browser.press("right")
        self.browser.press("right")
        self.browser.press("left")
        self.assertEqual(self.browser.run(frame), 1)
        self.browser.press("down")
        self.browser.press("down")
        self.assertEqual(self.browser.run(PICKED), 1)
        self.browser.press("up")
        self.assertEqual(self.browser.run(PICKED), 0)
        self.browser.press("escape")
        self.assertEqual(self.browser.run(PICKED), -1)
        hit = "return window.difftrack.Space.project(window.difftrack.State.frame().hits[0])"
        before = self.browser.run(hit)
        self.browser.press("right", shift=True)
        self.assertNotEqual(self.browser.run(hit), before)
        self.assertEqual(self.browser.run(frame), 1)
        before = self.browser.run(hit)
        self.browser.press("+")
        self.assertNotEqual(self.browser.run(hit), before)
        shown = self.browser.run(SHOWN)
        self.browser.press("1")
        self.assertLess(self.browser.run(SHOWN), shown)
        self.browser.press("a")
        self.assertEqual(self.browser.run(SHOWN), shown)

    def test_mouse_turns_and_zooms(self):
        hit = "return window.difftrack.Space.project(window.difftrack.State.frame().hits[0])"
        for view, act in (("space", "drag"), ("space", "wheel"), ("side", "drag"), ("side", "wheel")):
            project = hit if view == "space" else hit.replace("Space", "side")
            x, y = self.browser.run("const b = document.getElementById(arguments[0]).getBoundingClientRect();"
                                    "return [b.left + b.width / 2, b.top + b.height / 2]", view)
            before = self.browser.run(project)
            self.browser.drag(x, y, 60, 20) if act == "drag" else self.browser.wheel(x, y, -200)
            self.browser.wait_for_drawing()
            self.assertNotEqual(self.browser.run(project), before, f"{act} in {view}")

    def test_whole_set_up_shows_the_phantom(self):
        self.assertEqual(self.browser.run("return window.difftrack.Data.phantom.name"), "water:100")
        self.assertEqual(self.browser.run("return window.difftrack.Data.phantom.half[2]"), 50)
        self.browser.run("document.getElementById('whole').click()")
        self.browser.screenshot(os.path.join(SHOTS, "event-whole.png"))
        self.browser.run("document.getElementById('whole').click()")

    def test_dark_by_the_system_and_by_a_key(self):
        background = "return getComputedStyle(document.body).backgroundColor"
        light = self.browser.run(background)
        self.browser.prefer("dark")
        dark = self.browser.run(background)
        self.assertNotEqual(dark, light)
        self.assertGreater(self.pixels("space", "right"), 20)
        self.browser.run("window.difftrack.State.pickNext(1)")
        self.browser.screenshot(os.path.join(SHOTS, "event-dark.png"))
        self.browser.press("l")
        self.assertEqual(self.browser.run(background), light)
        self.browser.prefer("light")

    def test_prints(self):
        self.browser.run("window.difftrack.State.pickNext(1)")
        pdf = self.browser.pdf()
        pathlib.Path(SHOTS, "event.pdf").write_bytes(pdf)
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertGreater(len(pdf), 20000)  # the pictures are in it

    def test_phoenix_follows_the_rules_of_the_format(self):
        events = json.loads((self.folder / "event.json").read_text())
        self.assertEqual(len(events), 5)
        tracks = hits = 0
        for event in events.values():
            self.assertIsInstance(event["event number"], int)
            self.assertIsInstance(event["run number"], int)
            self.assertEqual(set(event) - {"event number", "run number"}, {"Tracks", "Hits"})
            for name, collection in event["Tracks"].items():
                for track in collection:
                    self.assertGreaterEqual(len(track["pos"]), 3, "shorter ones are extrapolated by Phoenix")
                    self.assertTrue(all(len(p) == 3 for p in track["pos"]))
                    self.assertRegex(track["color"], "^0x[0-9a-f]{6}$")
                tracks += len(collection) * (name != "Missed")
            for collection in event["Hits"].values():
                self.assertEqual({(h["type"], h["color"], h["size"]) for h in collection}.__len__(), 1,
                                 "Phoenix takes them from the first hit of a collection")
                self.assertTrue(all(len(h["pos"]) == 3 for h in collection))
                hits += len(collection)
        self.assertEqual(tracks, self.browser.run("return window.difftrack.Data.columns.score.length"))
        self.assertEqual(hits, self.browser.run("return window.difftrack.Data.columns.x.length"))


class WithoutTruth(unittest.TestCase):
    def test_colours_by_confidence(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            run("difftrack", "simulate", "--primaries", "100", "--seed", "4", "-q", "-o", "steps.npz", folder=folder)
            run("difftrack", "reconstruct", "steps.npz", "--method", "follower", "-q", "-o", "truth", folder=folder)
            without_truth(folder / "truth.csv", folder / "hits.csv")
            run("difftrack", "reconstruct", "hits.csv", "--method", "follower", "-q", "-o", "tracks", folder=folder)
            run("difftrack", "show", "tracks.npz", "-o", "event.html", folder=folder)
            with browser.Browser() as window:
                window.open(folder / "event.html")
                window.wait_for_drawing()
                self.assertGreater(window.run(SHOWN), 10)
                self.assertFalse(window.run("return window.difftrack.Data.header.truth"))
                self.assertTrue(window.run("return getComputedStyle(document.getElementById('purity-row')).display === 'none'"))
                self.assertIn("confidence", window.run("return document.getElementById('legend').textContent"))
                window.press("down")
                self.assertEqual(window.run(PICKED), 0)
                self.assertIn("no truth", window.run("return document.getElementById('details').textContent"))
                window.screenshot(os.path.join(SHOTS, "event-no-truth.png"))
                self.assertEqual(window.complaints(), [])


class ThousandsOfTracks(unittest.TestCase):
    def test_stay_fluid(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            run("difftrack", "simulate", "--phantom", "water:100", "--primaries", "3000", "--sigma", "40", "--seed", "4", "-q",
                "-o", "steps.npz", folder=folder)
            run("difftrack", "reconstruct", "steps.npz", "--per-frame", "3000", "--method", "oracle", "-q", "-o", "tracks",
                folder=folder)
            run("difftrack", "show", "tracks.npz", "-o", "event.html", folder=folder)
            with browser.Browser() as window:
                window.open(folder / "event.html")
                window.wait_for_drawing()
                self.assertGreater(window.run(SHOWN), 2000)
                # One object per kind of line and per size of hit, not one per track.
                objects = "return window.difftrack.Space.objects()"
                self.assertLess(window.run(objects), 10)
                # A software renderer is too slow for the whole: a moving view draws a part, a resting one everything.
                part = window.run_async("""
                    const {Space} = window.difftrack;
                    let turns = 0;
                    const turn = () => {
                      if (++turns > 5) return done(Space.drawnShare());
                      Space.turn(0.02, 0, 1);
                      requestAnimationFrame(turn);
                    };
                    turn();""")
                self.assertLess(part, 1)
                window.wait_until("return window.difftrack.Space.drawnShare() === 1")
                print(f"a moving view draws {100 * part:.0f} %", end=" ", flush=True)
                for change, call in (("filter", "setFilter({shortest: 10})"), ("pick", "pickNext(1)")):
                    times = [window.run(f"const begin = performance.now(); window.difftrack.State.{call};"
                                        "return performance.now() - begin") for _ in range(3)]
                    print(f"{min(times):.0f} ms to {change}", end=" ", flush=True)
                    self.assertLess(min(times), 2000, change)
                window.screenshot(os.path.join(SHOTS, "event-dense.png"))
                self.assertEqual(window.complaints(), [])


if __name__ == "__main__":
    if not browser.available():
        print("chromedriver is not installed")
        sys.exit(0)
    os.makedirs(SHOTS, exist_ok=True)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)

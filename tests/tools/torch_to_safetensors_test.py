#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/torch_to_safetensors.py, run as a user runs it.

    torch_to_safetensors_test.py ROOT DIFFTRACK           # .npz and .safetensors: needs neither NumPy nor PyTorch
    torch_to_safetensors_test.py ROOT DIFFTRACK --torch   # .pt: skipped where PyTorch is not installed
"""
import importlib.util
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT, DIFFTRACK = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
TOOL = ROOT / "tools" / "torch_to_safetensors.py"
GOLDEN = ROOT / "tests" / "data" / "golden" / "weights_trained.npz"

spec = importlib.util.spec_from_file_location("tool", TOOL)
tool = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(tool)


def run(*arguments):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, check=False)


def random_network(kind, hidden):
    """Tensors of a network that difftrack accepts: any numbers, variances positive."""
    numbers = random.Random(hidden)
    tensors = {}
    for name, shape in tool.layout(kind, hidden).items():
        size = tool.math.prod(shape)
        tensors[name] = tool.Tensor(shape, (numbers.uniform(0.1, 0.9) for _ in range(size)))
    return tensors


def as_npz(path, tensors):
    with open(path, "wb") as file:
        tool.write_npz(file, tensors, {})


class Conversion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="difftrack_torch_to_safetensors_")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def convert(self, source, target):
        result = run(sys.executable, TOOL, source, target)
        self.assertEqual(result.returncode, 0, result.stderr)
        return target

    def expect_refused(self, source, target, *words):
        result = run(sys.executable, TOOL, source, target)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse(pathlib.Path(target).exists())
        self.assertEqual([path for path in self.folder.iterdir() if path.suffix == ".tmp"], [])

    def expect_same(self, first, second):
        one, other = (tool.by_ending(str(path), tool.READERS)(str(path)) for path in (first, second))
        one = {name: tensor for name, tensor in one.items() if not name.endswith("num_batches_tracked")}
        self.assertEqual(sorted(one), sorted(name for name in other if not name.endswith("num_batches_tracked")))
        for name, tensor in one.items():
            self.assertEqual((tensor.shape, tensor.bytes()), (other[name].shape, other[name].bytes()), name)

    def expect_reconstructs(self, model):
        """difftrack reads the model: it reconstructs a small simulated file with it."""
        steps, tracks = self.folder / "steps.npz", self.folder / "tracks"
        simulated = run(DIFFTRACK, "simulate", "--primaries", 40, "--seed", 3, "-o", steps)
        self.assertEqual(simulated.returncode, 0, simulated.stderr)
        result = run(DIFFTRACK, "reconstruct", steps, "--model", model, "--per-frame", 20, "-o", tracks)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(tracks.with_suffix(".npz").exists())


class WithoutPyTorch(Conversion):
    def test_other_networks_are_refused(self):
        source = self.folder / "own.safetensors"
        with open(source, "wb") as file:
            tool.write_safetensors(file, random_network("line_graph", 16),
                                   {"description": 'network = "line_graph"\naggregation = "sum"\n'})
        self.expect_refused(source, self.folder / "own.npz", "aggregation", "sum", "only the published networks convert")

    def test_npz_there_and_back_is_identical(self):
        model = self.convert(GOLDEN, self.folder / "model.safetensors")
        self.expect_same(GOLDEN, model)
        back = self.convert(model, self.folder / "back.npz")
        self.expect_same(GOLDEN, back)
        again = self.convert(back, self.folder / "again.safetensors")
        self.assertEqual(model.read_bytes(), again.read_bytes())

    def test_difftrack_reads_both_networks(self):
        for kind, hidden in (("line_graph", 16), ("hit_graph", 64)):
            as_npz(self.folder / f"{kind}.npz", random_network(kind, hidden))
            self.expect_reconstructs(self.convert(self.folder / f"{kind}.npz", self.folder / f"{kind}.safetensors"))

    def test_models_that_ship_come_back_byte_for_byte(self):
        for shipped in sorted((ROOT / "models").glob("*.safetensors")):
            archive = self.convert(shipped, self.folder / (shipped.stem + ".npz"))
            self.expect_same(shipped, self.convert(archive, self.folder / shipped.name))

    def test_prefixes_are_cut(self):
        tensors = random_network("line_graph", 4)
        as_npz(self.folder / "plain.npz", tensors)
        as_npz(self.folder / "prefixed.npz", {"module.network." + name: tensor for name, tensor in tensors.items()})
        plain = self.convert(self.folder / "plain.npz", self.folder / "plain.safetensors")
        prefixed = self.convert(self.folder / "prefixed.npz", self.folder / "prefixed.safetensors")
        self.assertEqual(plain.read_bytes(), prefixed.read_bytes())

    def test_double_precision_and_fortran_order(self):
        tensors = random_network("line_graph", 3)
        as_npz(self.folder / "plain.npz", tensors)
        with zipfile.ZipFile(self.folder / "other.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, tensor in tensors.items():
                values = list(tensor.values)
                if len(tensor.shape) == 2:
                    rows, columns = tensor.shape
                    values = [values[row * columns + column] for column in range(columns) for row in range(rows)]
                header = repr({"descr": "<f8", "fortran_order": True, "shape": tensor.shape}).encode() + b"\n"
                begin = b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little")
                archive.writestr(name + ".npy", begin + header + tool.struct.pack(f"<{len(values)}d", *values))
        self.expect_same(self.folder / "plain.npz", self.convert(self.folder / "other.npz", self.folder / "out.npz"))

    def test_bad_networks_are_refused(self):
        good = random_network("line_graph", 4)
        source, target = self.folder / "bad.npz", self.folder / "out.safetensors"

        def refuse(change, *words):
            tensors = dict(good)
            change(tensors)
            as_npz(source, tensors)
            self.expect_refused(source, target, str(source), *words)

        def with_first(value):
            return lambda t: t.update({"R2.layers.0.running_var": tool.Tensor((4,), [value, 1, 1, 1])})

        refuse(lambda t: t.pop("O.layers.4.bias"), "O.layers.4.bias: is missing")
        refuse(lambda t: t.pop("R1.layers.0.weight"), "R1.layers.0.weight: is missing")
        refuse(lambda t: t.update({"encoder.weight": good["R1.layers.0.weight"]}), "encoder.weight: is no tensor")
        refuse(lambda t: t.update({"R2.layers.9.weight": good["R2.layers.0.weight"]}), "is no tensor of this network")
        refuse(lambda t: t.update({"second.O.layers.4.bias": good["O.layers.4.bias"]}), "is a second O.layers.4.bias")
        refuse(lambda t: t.update({"R2.layers.4.weight": tool.Tensor((2, 8), [0.0] * 16)}), "(2, 8)", "(4, 4)")
        refuse(lambda t: t.update({"R1.layers.0.weight": tool.Tensor((7,), [0.0] * 7)}), "has 7 columns")
        refuse(with_first(float("nan")), "R2.layers.0.running_var", "holds nan")
        refuse(with_first(-1.0), "R2.layers.0.running_var", "not negative")

    def test_bad_files_are_refused(self):
        target = self.folder / "out.safetensors"
        model = self.convert(GOLDEN, self.folder / "model.safetensors").read_bytes()
        cut = {
            "cut.npz": GOLDEN.read_bytes()[:-100],
            "empty.npz": b"",
            "cut.safetensors": model[:-4],
            "header.safetensors": model[:40],
            "text.safetensors": b"not a model, but long enough to hold a header",
        }
        for name, content in cut.items():
            (self.folder / name).write_bytes(content)
            self.expect_refused(self.folder / name, target, name, "cut short")
        with zipfile.ZipFile(self.folder / "text.npz", "w") as archive:
            archive.writestr("R1.layers.0.weight.npy", b"\x93NUMPY\x01\x00\x00\x00")
        self.expect_refused(self.folder / "text.npz", target, "R1.layers.0.weight", "no NumPy array")
        self.expect_refused(self.folder / "absent.npz", target, "absent.npz", "no such file")
        self.expect_refused(GOLDEN, self.folder / "out.onnx", "'.onnx'")
        nowhere = self.folder / "absent" / "out.safetensors"
        self.expect_refused(GOLDEN, nowhere, f"error: {nowhere}: no such file")

    def test_existing_model_outlives_a_refusal(self):
        target = self.convert(GOLDEN, self.folder / "model.safetensors")
        before = target.read_bytes()
        (self.folder / "bad.npz").write_bytes(b"bad")
        self.assertEqual(run(sys.executable, TOOL, self.folder / "bad.npz", target).returncode, 2)
        self.assertEqual(target.read_bytes(), before)


class WithPyTorch(Conversion):
    def state_dict(self, kind, hidden):
        """A state_dict as a PyTorch module of these layers has it, num_batches_tracked included."""
        state = {}
        for name, tensor in random_network(kind, hidden).items():
            state[name] = torch.tensor(list(tensor.values)).reshape(tensor.shape)
            if name.endswith("running_var"):
                state[name.replace("running_var", "num_batches_tracked")] = torch.tensor(12)
        return state

    def saved(self, content, name="model.pt"):
        torch.save(content, self.folder / name)
        return self.folder / name

    def test_state_dicts_of_both_networks_there_and_back(self):
        for kind, hidden in (("line_graph", 16), ("hit_graph", 64)):
            state = self.state_dict(kind, hidden)
            model = self.convert(self.saved(state), self.folder / "model.safetensors")
            self.expect_reconstructs(model)
            back = torch.load(self.convert(model, self.folder / "back.pt"))
            self.assertEqual(sorted(back), sorted(state))
            for name, tensor in back.items():
                if not name.endswith("num_batches_tracked"):
                    self.assertTrue(torch.equal(tensor, state[name]), name)

    def test_checkpoints_as_people_save_them(self):
        state = self.state_dict("line_graph", 16)
        plain = self.convert(self.saved(state), self.folder / "plain.safetensors").read_bytes()
        parallel = {"module." + name: tensor for name, tensor in state.items()}
        parameters = [torch.nn.Parameter(tensor.clone()) for tensor in state.values() if tensor.is_floating_point()]
        optimiser = torch.optim.RMSprop(parameters)
        optimiser.zero_grad()
        sum(parameter.sum() for parameter in parameters).backward()
        optimiser.step()
        ways = {
            "parallel": parallel,
            "state_dict": {"state_dict": parallel, "epoch": 3, "loss": 0.1},
            "training": {"model_state_dict": state, "optimizer_state_dict": optimiser.state_dict()},
            "nested": {"run": {"model": state}, "args": {"lr": 1e-3, "name": "ptt"}},
            "parameters": {name: torch.nn.Parameter(tensor, requires_grad=False) for name, tensor in state.items()},
            "double": {name: tensor.double() for name, tensor in state.items()},
        }
        for name, content in ways.items():
            with self.subTest(name):
                model = self.convert(self.saved(content, name + ".pth"), self.folder / (name + ".safetensors"))
                self.assertEqual(model.read_bytes(), plain)

    def test_a_module_takes_back_what_it_gave(self):
        def perceptron(inputs, hidden, outputs, last):
            nn = torch.nn
            layers = [nn.BatchNorm1d(inputs), nn.Linear(inputs, hidden), nn.LeakyReLU()]
            layers += [nn.BatchNorm1d(hidden), nn.Linear(hidden, hidden), nn.LeakyReLU()]
            layers += [nn.BatchNorm1d(hidden), nn.Linear(hidden, outputs)] + last
            module = nn.Module()
            module.layers = nn.ModuleList(layers)
            return module

        network = torch.nn.Module()
        network.R1 = perceptron(144, 16, 16, [])
        network.O = perceptron(24, 16, 16, [torch.nn.LeakyReLU(), torch.nn.BatchNorm1d(16)])
        network.R2 = perceptron(16, 16, 1, [])
        model = self.convert(self.saved(network.state_dict()), self.folder / "model.safetensors")
        self.expect_reconstructs(model)
        network.load_state_dict(torch.load(self.convert(model, self.folder / "back.pt")))

    def test_bad_files_are_refused(self):
        target = self.folder / "out.safetensors"
        state = self.state_dict("line_graph", 4)
        (self.folder / "text.pt").write_text("no model")
        self.expect_refused(self.folder / "text.pt", target, "text.pt", "no PyTorch file")
        self.expect_refused(self.folder / "absent.pt", target, "absent.pt", "no such file")
        self.expect_refused(self.saved([1, 2]), target, "holds no state_dict")
        self.expect_refused(self.saved({"a": state, "b": state}), target, "several networks (a and b)")
        self.expect_refused(self.saved({**state, "O.layers.4.bias": "text"}), target, "O.layers.4.bias", "type str")
        self.expect_refused(self.saved(torch.nn.Linear(2, 3)), target, "save model.state_dict()")


if __name__ == "__main__":
    chosen = WithoutPyTorch
    if "--torch" in sys.argv:
        chosen = WithPyTorch
        try:
            import torch
        except ImportError:
            print("SKIPPED: PyTorch is not installed for", sys.executable)
            sys.exit(0)
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(chosen)
    sys.exit(not unittest.TextTestRunner(verbosity=2).run(tests).wasSuccessful())

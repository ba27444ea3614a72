#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Converts the weights of a line-graph or hit-graph network between PyTorch, NumPy and difftrack.

    tools/torch_to_safetensors.py model.pt model.safetensors
    tools/torch_to_safetensors.py model.safetensors model.pt

Formats go by the ending: .pt, .pth or .ckpt (PyTorch's torch.save of a state_dict, alone or inside a checkpoint such as
{"state_dict": ..., "epoch": ...}), .npz (one array per key) and .safetensors (float32). Only PyTorch's own files need PyTorch;
nothing needs NumPy.

Keys end in R1.layers.K.weight, O.layers.K.bias, R2.layers.K.running_mean and so on; what stands before ("module.") is cut.
num_batches_tracked is dropped; in a .pt it comes back as 0. Numbers become float32. In PyTorch:
model.load_state_dict(torch.load("model.pt")).

Bad input is one sentence with file, tensor and shape, and exit code 2; nothing is written then.
"""
import argparse
import array
import ast
import json
import math
import os
import pathlib
import re
import struct
import sys
import warnings
import zipfile
import zlib

NAME = re.compile(r"(?:^|\.)((?:R1|O|R2)\.layers\.\d+\.(?:weight|bias|running_mean|running_var|num_batches_tracked))$")
PYTORCH = (".pt", ".pth", ".ckpt")
COLUMNS = {"line_graph": 8 + 8 + 128, "hit_graph": 4 + 4 + 3}  # inputs of R1
# What the description in a model's metadata says of them, beside the widths (difftrack/network/description.hpp).
PUBLISHED = {"line_graph": {"features": '"edep,position"', "frequencies": "64", "encoding_scale": "0.001", "message_steps": "1",
                            "aggregation": '"max"'},
             "hit_graph": {"features": '"cluster_size,position,layer"', "frequencies": "0", "encoding_scale": "0.001",
                           "message_steps": "1", "aggregation": '"max"'}}
TYPE_CODES = {"f2": "e", "f4": "f", "f8": "d"}


class InputError(Exception):
    """One sentence "FILE: FIELD: problem" for the user."""

    def __init__(self, *parts):
        super().__init__(": ".join(str(part) for part in parts))


class Tensor:
    """Shape and float32 values in row-major order."""

    def __init__(self, shape, values):
        self.shape, self.values = tuple(shape), array.array("f", values)

    def bytes(self):
        values = array.array("f", self.values)
        if sys.byteorder == "big":
            values.byteswap()
        return values.tobytes()


def layout(kind, hidden):
    """Name and shape of every tensor, as difftrack/network/parameter_layout.cpp has them."""
    node = {"line_graph": 8, "hit_graph": 4}[kind]
    read_out = {"line_graph": hidden, "hit_graph": 3 * hidden}[kind]
    shapes = {}

    def norm(path, width):
        for name in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{path}.{name}"] = (width,)

    for module, inputs, outputs in (("R1", COLUMNS[kind], hidden), ("O", node + hidden, hidden), ("R2", read_out, 1)):
        widths = (inputs, hidden, hidden, outputs)
        for k in range(3):
            norm(f"{module}.layers.{3 * k}", widths[k])
            shapes[f"{module}.layers.{3 * k + 1}.weight"] = (widths[k + 1], widths[k])
            shapes[f"{module}.layers.{3 * k + 1}.bias"] = (widths[k + 1],)
    norm("O.layers.9", hidden)
    return shapes


def our_network(path, state):
    """Tensors by difftrack's names, and the metadata, of a state_dict; checks that they make one of our networks."""
    tensors = {}
    for key, tensor in state.items():
        match = NAME.search(key)
        if not match:
            raise InputError(path, key, "is no tensor of a difftrack network; expected R1|O|R2.layers.K.NAME")
        name = match[1]
        if name.endswith("num_batches_tracked"):
            continue
        if name in tensors:
            raise InputError(path, key, f"is a second {name}; one file holds one network")
        tensors[name] = tensor
    for name in ("R1.layers.0.weight", "R1.layers.1.bias"):
        if name not in tensors:
            raise InputError(path, name, "is missing from the model")
    columns, hidden = (len(tensors[name].values) for name in ("R1.layers.0.weight", "R1.layers.1.bias"))
    kind = next((kind for kind, wanted in COLUMNS.items() if wanted == columns), None)
    if kind is None:
        raise InputError(path, "R1.layers.0.weight", f"has {columns} columns; expected 144 (line graph) or 11 (hit graph)")
    expected = layout(kind, hidden)
    for name in expected:
        if name not in tensors:
            raise InputError(path, name, "is missing from the model")
    for name, tensor in tensors.items():
        if name not in expected:
            raise InputError(path, name, "is no tensor of this network")
        if tensor.shape != expected[name]:
            raise InputError(path, name, f"has the shape {tensor.shape}; expected {expected[name]}")
        for value in tensor.values:
            if not math.isfinite(value):
                raise InputError(path, name, f"holds {value}; every number must be finite")
            if name.endswith("running_var") and value < 0:
                raise InputError(path, name, f"holds {value}; a variance is not negative")
    return {name: tensors[name] for name in expected}, {"kind": kind, "hidden": str(hidden)}


def state_dict_in(path, content):
    """The one mapping of network tensors in what torch.load gave: itself, or one of its entries at any depth."""
    found = []

    def search(value, where):
        if not hasattr(value, "items"):
            return
        if any(isinstance(key, str) and NAME.search(key) for key in value):
            found.append((where, value))
            return
        for key, inner in value.items():
            search(inner, [*where, str(key)])

    search(content, [])
    if len(found) > 1:
        names = " and ".join("/".join(where) for where, _ in found)
        raise InputError(path, f"holds several networks ({names}); save the state_dict of one alone")
    if not found:
        raise InputError(path, "holds no state_dict of a difftrack network; save model.state_dict() with torch.save")
    return found[0][1]


def import_torch(path):
    warnings.filterwarnings("ignore")  # PyTorch warns where NumPy is absent, which nothing here needs
    try:
        import torch
    except ImportError:
        raise InputError(path, "needs PyTorch, which this Python has not; install it (pip install torch) or use .npz") from None
    return torch


def read_torch(path):
    torch = import_torch(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # from RuntimeError to KeyError; PyTorch's own text speaks of its options, not of the file
        raise InputError(path, "holds more than tensors or is no PyTorch file; save model.state_dict() with torch.save") from None
    state = {}
    for key, value in state_dict_in(path, content).items():
        if not torch.is_tensor(value):
            raise InputError(path, key, f"is of type {type(value).__name__}; expected a tensor")
        state[key] = Tensor(value.shape, value.detach().to(torch.float32).flatten().tolist())
    return state


def read_npy(path, name, content):
    """One array of an .npz: NumPy's format 1 to 3, floating or integer numbers, C or Fortran order."""
    try:
        if content[:6] != b"\x93NUMPY":
            raise ValueError
        size, begin = (2, 10) if content[6] == 1 else (4, 12)
        end = begin + int.from_bytes(content[8 : 8 + size], "little")
        header = ast.literal_eval(content[begin:end].decode())
        order, code, shape = header["descr"][0], header["descr"][1:], tuple(header["shape"])
        integers = {1: "b", 2: "h", 4: "i", 8: "q"}
        letter = TYPE_CODES.get(code) or integers[int(code[1:])] if code[0] in "fi" else None
        if letter is None or order not in "<>=|":
            raise InputError(path, name, f"has the type {header['descr']}; expected numbers")
        count = math.prod(shape)
        values = struct.unpack_from(("<" if order in "=|" else order) + f"{count}{letter}", content, end)
        if header["fortran_order"] and len(shape) == 2:
            values = [values[column * shape[0] + row] for row in range(shape[0]) for column in range(shape[1])]
        return Tensor(shape, values)
    except (ValueError, KeyError, TypeError, IndexError, SyntaxError, struct.error, OverflowError):
        raise InputError(path, name, "is no NumPy array of numbers") from None


def read_npz(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy"): read_npy(path, name, archive.read(name)) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise InputError(path, "is no .npz file, or is cut short") from None


def refuse_other_networks(path, description):
    """A state_dict says nothing of a network but its shapes, so only the published ones survive the way there and back."""
    said = dict(line.split(" = ", 1) for line in description.splitlines() if " = " in line)
    for option, value in PUBLISHED.get(said.get("network", "").strip('"'), {}).items():
        if said.get(option, value) != value:
            raise InputError(path, option, f"is {said[option]}; only the published networks convert, which have {value}")


def read_safetensors(path):
    content = pathlib.Path(path).read_bytes()
    try:
        begin = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:begin].decode())
        refuse_other_networks(path, header.pop("__metadata__", {}).get("description", ""))
        tensors = {}
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            if entry["dtype"] != "F32":
                raise InputError(path, name, f"has the type {entry['dtype']}; expected F32")
            if last - first != 4 * math.prod(entry["shape"]) or not 0 <= first <= last <= len(content) - begin:
                raise ValueError
            tensors[name] = Tensor(entry["shape"], struct.unpack_from(f"<{(last - first) // 4}f", content, begin + first))
        return tensors
    except (ValueError, KeyError, TypeError, AttributeError, struct.error):
        raise InputError(path, "is no safetensors file, or is cut short") from None


def write_safetensors(file, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name in sorted(tensors):
        end = offset + 4 * len(tensors[name].values)
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for name in sorted(tensors):
        file.write(tensors[name].bytes())


def write_npz(file, tensors, _):
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(tensors):
            text = repr({"descr": "<f4", "fortran_order": False, "shape": tensors[name].shape}).encode()
            text += b" " * (-(len(text) + 11) % 64) + b"\n"
            header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
            # A date of its own keeps the bytes equal from run to run.
            archive.writestr(zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0)), header + tensors[name].bytes())


def write_torch(file, tensors, _):
    torch = import_torch(file.name)
    state = {}
    for name, tensor in tensors.items():
        state[name] = torch.tensor(tensor.values.tolist(), dtype=torch.float32).reshape(tensor.shape)
        if name.endswith("running_var"):
            state[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0)
    torch.save(state, file)


READERS = {".npz": read_npz, ".safetensors": read_safetensors, **dict.fromkeys(PYTORCH, read_torch)}
WRITERS = {".npz": write_npz, ".safetensors": write_safetensors, **dict.fromkeys(PYTORCH, write_torch)}


def by_ending(path, functions):
    ending = os.path.splitext(path)[1]
    if ending not in functions:
        raise InputError(path, f"has the ending '{ending}'; expected one of {' '.join(functions)}")
    return functions[ending]


def convert(source, target):
    read, write = by_ending(source, READERS), by_ending(target, WRITERS)
    tensors, metadata = our_network(source, read(source))
    if write is write_torch:
        import_torch(target)
    unfinished = f"{target}.{os.getpid()}.tmp"  # renamed when complete: a reader never sees half a model
    try:
        with open(unfinished, "wb") as file:
            write(file, tensors, metadata)
        os.replace(unfinished, target)
    except OSError as error:
        raise InputError(target, (error.strerror or str(error)).lower()) from None
    finally:
        if os.path.exists(unfinished):
            os.remove(unfinished)
    print(f"{target}: {metadata['kind']} network, hidden {metadata['hidden']}, {len(tensors)} tensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="file to read")
    parser.add_argument("target", help="file to write")
    arguments = parser.parse_args()
    try:
        convert(arguments.source, arguments.target)
    except InputError as error:
        print(f"torch_to_safetensors: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"torch_to_safetensors: error: {error.filename}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

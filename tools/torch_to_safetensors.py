#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Converts a PyTorch state_dict of a line-graph or hit-graph network to the safetensors that difftrack reads, and back.

    tools/torch_to_safetensors.py model.pt model.safetensors      # also .npz with one array per key (needs numpy only)
    tools/torch_to_safetensors.py model.safetensors model.pt

Keys must end in R1.layers.K.weight, O.layers.K.bias, R2.layers.K.running_mean ...; prefixes such as "module." are cut,
num_batches_tracked is dropped (and comes back as 0). Back in PyTorch: model.load_state_dict(torch.load("model.pt")).
"""
import json
import re
import struct
import sys

import numpy

NAME = re.compile(r"(?:^|\.)((?:R1|O|R2)\.layers\.\d+\.(?:weight|bias|running_mean|running_var))$")


def read(path):
    if path.endswith(".npz"):
        return dict(numpy.load(path))
    if path.endswith(".safetensors"):
        return read_safetensors(path)
    import torch  # only for PyTorch's own files

    content = torch.load(path, map_location="cpu")
    content = content.get("state_dict", content)
    return {key: value.detach().numpy() for key, value in content.items()}


def our_names(state):
    named = {}
    for key, value in state.items():
        if key.endswith("num_batches_tracked"):
            continue
        match = NAME.search(key)
        if not match:
            sys.exit(f"{key}: is no tensor of a difftrack network; expected R1|O|R2.layers.K.NAME")
        named[match.group(1)] = numpy.ascontiguousarray(value, dtype="<f4")
    columns = named["R1.layers.0.weight"].size
    kind = {144: "line_graph", 11: "hit_graph"}.get(columns)
    if kind is None:
        sys.exit(f"R1.layers.0.weight: has {columns} columns; expected 144 (line graph) or 11 (hit graph)")
    return named, {"kind": kind, "hidden": str(named["R1.layers.1.bias"].size)}


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name in sorted(tensors):
        end = offset + tensors[name].nbytes
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(tensors[name].tobytes())


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    begin = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:begin])
    header.pop("__metadata__", None)
    return {
        name: numpy.frombuffer(content[begin + entry["data_offsets"][0] : begin + entry["data_offsets"][1]], "<f4")
        .reshape(entry["shape"])
        .copy()
        for name, entry in header.items()
    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    tensors, metadata = our_names(read(source))
    if target.endswith(".safetensors"):
        write_safetensors(target, tensors, metadata)
        return
    import torch

    state = {name: torch.from_numpy(value) for name, value in tensors.items()}
    for name in list(state):
        if name.endswith("running_mean"):
            state[name.replace("running_mean", "num_batches_tracked")] = torch.tensor(0)
    torch.save(state, target)


if __name__ == "__main__":
    main()

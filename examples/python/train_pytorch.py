# SPDX-License-Identifier: Apache-2.0
"""A network of PyTorch, trained for right assignments on our frames: gradients flow through the assignment."""
# [snippet train_pytorch]
import numpy as np
import torch

import difftrack
import difftrack.torch


def features(frame, graph):
    """Of each segment: its slope, the deposits at its ends, and the straightest kink that it makes (none: 0.3 rad)."""
    seen = difftrack.segment_features(frame, graph)
    deeper, shallower, angle = difftrack.kinks(graph)
    straightest = np.full((2, len(graph)), 0.3, np.float32)
    for side, segment in zip(straightest, (deeper, shallower)):
        np.minimum.at(side, segment, angle)
    slope = np.hypot(graph.ux, graph.uy)
    return torch.tensor(np.stack([10 * slope, *(10 * straightest), *np.log(seen[:, :2]).T], axis=1))


def train(frames, steps, seed=1):
    """A network of a segment's own features; its scores are in [0, 1]."""
    torch.manual_seed(seed)
    network = torch.nn.Sequential(torch.nn.Linear(5, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1), torch.nn.Sigmoid())
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    graphs = [difftrack.hit_graph(frame) for frame in frames]
    data = [(graph, features(frame, graph), torch.tensor(difftrack.segment_labels(frame, graph)))
            for frame, graph in zip(frames, graphs)]
    for step in range(steps):
        graph, seen, labels = data[step % len(data)]
        chosen = difftrack.torch.assign(network(seen)[:, 0], graph, estimator="blackbox", convention="scale_free",
                                        **{"lambda": 1.0})
        loss = (chosen - labels).abs().sum() / labels.sum()  # wrong segments, Hamming
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return lambda frame, graph: network(features(frame, graph))[:, 0].detach()
# [end]


def main():
    train_frames, test_frames = (difftrack.frames(difftrack.simulate(primaries=2000, seed=seed), per_frame=50) for seed in (1, 2))
    for steps in (0, 120):
        tracks = difftrack.reconstruct(test_frames, method=train(train_frames, steps))
        print(f"{steps:4} steps: {difftrack.evaluate(tracks)[0]}")


if __name__ == "__main__":
    main()

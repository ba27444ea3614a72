# SPDX-License-Identifier: Apache-2.0
"""A network of PyTorch, trained for right assignments on our frames: gradients flow through the assignment."""
# [snippet train_pytorch]
import torch

import difftrack
import difftrack.torch


def features(frame, graph):
    """Of each segment: its slope, the deposits at its ends, and the straightest kink that it makes (none: 0.3 rad)."""
    seen = difftrack.segment_features(frame, graph)
    deeper, shallower, angle = difftrack.kinks(graph)
    straightest = torch.full((2, len(graph)), 0.3)
    for side, segment in enumerate((deeper, shallower)):
        straightest[side].scatter_reduce_(0, torch.tensor(segment).long(), torch.tensor(angle), "amin")
    slope = torch.tensor(graph.uz).acos().sub(torch.pi).abs().clamp(max=0.5)
    return torch.stack([10 * slope, *(10 * straightest), *torch.tensor(seen[:, :2]).log().T], dim=1)


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

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Predictions of scikit-learn's Gaussian process on data of our own, for tests/tune: writes tune_scikit.json beside itself."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern

random = np.random.default_rng(5)
points = random.random((25, 2))
values = np.sin(5 * points[:, 0]) + points[:, 1] ** 2
noises = 1e-3 * (1 + random.random(25))
places = random.random((10, 2))
cases = []
for name, shape, signal, lengths in (
    ("matern-5/2", lambda l: Matern(l, nu=2.5), 1.3, [0.4, 0.8]),
    ("matern-3/2", lambda l: Matern(l, nu=1.5), 0.7, [0.3, 1.1]),
    ("squared-exponential", RBF, 2.1, [0.5, 0.6]),
):
    process = GaussianProcessRegressor(ConstantKernel(signal) * shape(lengths), alpha=noises, optimizer=None).fit(points, values)
    means, deviations = process.predict(places, return_std=True)
    cases.append({"kernel": name, "signal": signal, "lengths": lengths, "log_evidence": process.log_marginal_likelihood_value_,
                  "means": means.tolist(), "deviations": deviations.tolist()})
(pathlib.Path(__file__).parent / "tune_scikit.json").write_text(json.dumps(
    {"scikit-learn": sklearn.__version__, "points": points.ravel().tolist(), "values": values.tolist(), "noises": noises.tolist(),
     "places": places.ravel().tolist(), "cases": cases}) + "\n")

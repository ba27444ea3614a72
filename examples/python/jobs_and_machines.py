# SPDX-License-Identifier: Apache-2.0
"""An assignment that has nothing to do with tracking: jobs to machines, the same cost as SciPy's, with a proof."""
# [snippet jobs_and_machines]
import numpy as np
from scipy.optimize import linear_sum_assignment

import difftrack

hours = np.random.default_rng(1).exponential(8.0, (200, 240))  # of job i on machine j
hours[np.random.default_rng(2).random(hours.shape) < 0.5] = np.inf  # machines that cannot do a job

all_jobs = difftrack.assign(hours)
jobs, machines = linear_sum_assignment(hours)
print(f"{len(all_jobs)} jobs, {all_jobs.cost:.3f} hours; SciPy {hours[jobs, machines].sum():.3f}; {all_jobs.certificate()}")

# A job may be given away, a machine may stand still, for 0.2 hours each.
worth_it = difftrack.assign(hours, mode="free", unassigned_cost=0.2)
print(f"{len(worth_it)} jobs done here, {worth_it.cost:.3f} hours and costs; {worth_it.certificate().valid}")
# [end]

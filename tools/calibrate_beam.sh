#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Searches the beam spot (sigma, divergence, emittance) that reproduces hits and kept segments per frame in all nine
# cells of the published table, and prints every trial and the best. About two minutes on two cores. The result is the default of
# `difftrack simulate` (difftrack/simulate/config.hpp) and is described in docs/simulate.md.
#   tools/calibrate_beam.sh [BIN_FOLDER] [PRIMARIES]
exec "${1:-build/release/bin}/difftrack-physics" --calibrate --primaries "${2:-10000}"

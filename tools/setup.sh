#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs, on Debian 12 or a relative of it, every package that building, testing and checking difftrack needs.
#   tools/setup.sh          what building and the tests need
#   tools/setup.sh --dev    also what `make check` and the fuzzers need
set -euo pipefail

build=(build-essential cmake ninja-build ccache pkg-config
  libtorch-dev libopenblas0-pthread            # training
  libhwy-dev                                   # portable SIMD
  libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev
  librandom123-dev zlib1g-dev libeigen3-dev
  libnlopt-dev                                 # L-BFGS in a box, for tuning
  libopenmpi-dev openmpi-bin                   # several machines
  libgtest-dev libgmock-dev libbenchmark-dev liblapack-dev
  libjs-three                                  # 3-D part of the event display
  help2man                                     # man pages
  dpkg-dev                                     # `make package`
  chromium-driver                              # brings chromium: the event display's test
  python3 python3-venv                         # the tests of room order, links, file sizes; ROOT files
  python3-dev python3-torch                    # the Python package, and the test of its assignment in PyTorch
  doxygen)                                     # the reference of the headers, and the test that it is complete
dev=(clang clang-format clang-tidy
  mmdebstrap)                                  # `make release`: a clean Debian to install the package in

wanted=("${build[@]}")
[ "${1:-}" = "--dev" ] && wanted+=("${dev[@]}")

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "tools/setup.sh: this system has no apt-get; please install: ${missing[*]}" >&2
  exit 2
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "tools/setup.sh: run as root or install sudo to install: ${missing[*]}" >&2; exit 2; }
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

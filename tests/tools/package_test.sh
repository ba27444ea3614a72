#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages: their dependencies are told, and an unpacked one works. With --clean they are installed by apt in
# a Debian that holds nothing else (mmdebstrap, network needed), and go from a simulation to a page there.
#   tests/tools/package_test.sh BUILD_FOLDER [--clean]
set -euo pipefail
build=$(realpath "$1")
command -v cpack > /dev/null && command -v dpkg-shlibdeps > /dev/null || { echo "cpack and dpkg-dev are not installed"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$build" && cpack --config CPackConfig.cmake -B "$folder/packages" > "$folder/log" 2>&1) || { cat "$folder/log"; exit 1; }
programs=$(echo "$folder"/packages/difftrack_*.deb)
development=$(echo "$folder"/packages/libdifftrack-dev_*.deb)

field() { dpkg-deb -f "$1" "$2"; }
fail() { echo "$*"; exit 1; }
version=$("$build/bin/difftrack" --version)
[ "$(field "$programs" Version)" = "${version#* }" ] || fail "the package is of version $(field "$programs" Version)"
for library in libc6 libstdc++6 zlib1g libfmt libhwy; do
  field "$programs" Depends | grep -q "$library" || fail "no dependency on $library: $(field "$programs" Depends)"
done
field "$programs" Depends | grep -qi torch && fail "the lean package asks for LibTorch"
field "$development" Depends | grep -q "difftrack (= " || fail "the libraries do not ask for the programs of their version"
dpkg-deb -c "$programs" > "$folder/contents"
for file in bin/difftrack share/difftrack/detectors/bergen-dtc.toml share/difftrack/models/bergen-dtc.safetensors \
  share/difftrack/likelihoods/bergen-dtc.safetensors share/difftrack/tools/root_to_npz.py \
  share/bash-completion/completions/difftrack share/doc/difftrack/copyright; do
  grep -q " ./usr/$file$" "$folder/contents" || fail "usr/$file is not in the package"
done
if command -v help2man > /dev/null; then
  grep -q " ./usr/share/man/man1/difftrack-reconstruct.1" "$folder/contents" || fail "no man pages in the package"
fi
grep -q "usr/include" "$folder/contents" && fail "headers are in the programs' package"
dpkg-deb -c "$development" > "$folder/development"
grep -q " ./usr/include/difftrack/assign/sparse_lap.hpp$" "$folder/development" || fail "no headers in libdifftrack-dev"

work='difftrack simulate -q --primaries 200 --seed 1 -o steps.npz && difftrack reconstruct -q steps.npz -o tracks &&
difftrack evaluate tracks.npz && difftrack show tracks.npz -o event.html && difftrack report tracks.npz -o report.html && difftrack doctor'
dpkg-deb -x "$programs" "$folder/unpacked"
(cd "$folder" && PATH="$folder/unpacked/usr/bin:$PATH" bash -c "$work" > told 2>&1) || { cat "$folder/told"; exit 1; }
grep -q "models .* in $folder/unpacked/usr/share/difftrack/models" "$folder/told" ||
  { cat "$folder/told"; fail "the unpacked program does not use its own models"; }
echo "packages are whole"

[ "${2:-}" = --clean ] || exit 0
# apt takes the packages from here; each customize-hook runs with the root folder as $1.
mmdebstrap --quiet --variant=apt --include=ca-certificates \
  --customize-hook='mkdir "$1/packages"' --customize-hook="cp $folder/packages/*.deb \"\$1/packages\"" \
  --customize-hook='chroot "$1" sh -c "apt-get install -y -qq --no-install-recommends /packages/difftrack_*.deb > /dev/null"' \
  --customize-hook="chroot \"\$1\" sh -c \"cd /tmp && $(tr '\n' ' ' <<< "$work")\"" \
  bookworm /dev/null
echo "installed in a clean Debian, and used there"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Another project links an installed difftrack: tests/downstream through find_package and through pkg-config.
#   tests/tools/link_test.sh CMAKE BUILD_FOLDER SOURCE_FOLDER CXX HAS_LEARN
set -euo pipefail
cmake=$1 build=$2 source=$3 cxx=$4 has_learn=$5
folder=$(realpath "$(mktemp -d)")
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix
fail() { echo "$1"; exit 1; }

"$cmake" --install "$build" --prefix "$prefix" > /dev/null
lib=$(dirname "$(find "$prefix" -name libdifftrack_core.a)")
test -f "$prefix/include/difftrack/assign/sparse_lap.hpp" || fail "headers are not installed"
test -z "$(find "$prefix/include" -name '*-inl.hpp' -o -name '*.cpp')" || fail "sources are installed as headers"

# The build was configured for another prefix, which only one file of the library knows: made anew here as for this one.
"$cxx" -std=c++20 -O1 -fPIC -I "$prefix/include" -DDIFFTRACK_BUILD_TREE="\"$build\"" \
  -DDIFFTRACK_INSTALLED_DATA="\"$prefix/share/difftrack\"" -DDIFFTRACK_SOURCE_TREE="\"$source\"" -c "$source/difftrack/core/shipped_files.cpp" \
  -o "$folder/shipped_files.cpp.o"
ar r "$lib/libdifftrack_core.a" "$folder/shipped_files.cpp.o"

# Runs a program of the other project and looks at the model that it found.
found() {  # PROGRAM FOLDER_OF_THE_MODEL
  local printed
  printed=$("$1") || fail "$1 does not run: $printed"
  grep -qx "$2/models/bergen-dtc.safetensors" <<< "$printed" || fail "$1 found another model than in $2: $printed"
}

"$cmake" -S "$source/tests/downstream" -B "$folder/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
  > "$folder/configure.log" 2>&1 || fail "find_package: $(cat "$folder/configure.log")"
"$cmake" --build "$folder/cmake" > "$folder/build.log" 2>&1 || fail "cmake --build: $(cat "$folder/build.log")"
found "$folder/cmake/downstream" "$prefix/share/difftrack"

export PKG_CONFIG_PATH=$lib/pkgconfig
"$cxx" -std=c++20 "$source/tests/downstream/main.cpp" $(pkg-config --cflags --libs difftrack) -o "$folder/by-pkg-config"
found "$folder/by-pkg-config" "$prefix/share/difftrack"

# Static libraries that a shared one takes in.
"$cxx" -shared -Wl,--whole-archive "$lib"/libdifftrack_*.a -Wl,--no-whole-archive -o "$folder/shared.so" ||
  fail "the libraries are not position-independent"

# A moved prefix is told to such a program.
mv "$prefix" "$folder/moved"
export PKG_CONFIG_PATH=${lib/#$prefix/$folder/moved}/pkgconfig
DIFFTRACK_DATA=$(pkg-config --variable=datadir difftrack)
DIFFTRACK_DATA=$(realpath "$DIFFTRACK_DATA")
export DIFFTRACK_DATA
found "$folder/by-pkg-config" "$folder/moved/share/difftrack"

# What was not built is named.
component=learn
test "$has_learn" = 0 || component=imaginary
mkdir "$folder/missing"
printf '%s\n' 'cmake_minimum_required(VERSION 3.22)' 'project(missing LANGUAGES CXX)' \
  "find_package(difftrack REQUIRED COMPONENTS core $component)" > "$folder/missing/CMakeLists.txt"
! "$cmake" -S "$folder/missing" -B "$folder/missing/build" -DCMAKE_PREFIX_PATH="$folder/moved" > "$folder/missing.log" 2>&1 ||
  fail "a component that was not built is found"
tr -s ' \n' ' ' < "$folder/missing.log" | grep -q "this difftrack has no component '$component', but core, matter, event, assign" ||
  fail "no clear word on a component that was not built: $(cat "$folder/missing.log")"
echo "linked through find_package and pkg-config"

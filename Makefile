# SPDX-License-Identifier: Apache-2.0
# Everything a user or developer runs. Each target installs what it needs (apt; sudo if not root) and builds first.
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
BUILD := build/release
PREFIX ?= /usr/local
# More options for CMake, as OPTIONS=-DDIFFTRACK_WARNINGS_AS_ERRORS=ON.
OPTIONS ?=
# Another clone of the same sources finds its objects in ccache, too (where there is one).
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: help setup configure programs build test docs demo bench benchmarks physics check sanitize asan tsan fuzz install package wheel release clean

help:     ## this list
	@grep -hE '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

setup:
	@tools/setup.sh
	@tools/setup_python.sh

configure: setup
	@mkdir -p $(BUILD)
	@cmake --preset release -DCMAKE_INSTALL_PREFIX=$(abspath $(PREFIX)) $(OPTIONS) > $(BUILD)/configure.log 2>&1 || (cat $(BUILD)/configure.log; exit 1)

programs: configure    ## build the programs alone (build/release/bin)
	@cmake --build $(BUILD) -j $(JOBS) --target difftrack difftrack-train difftrack-check-gradient difftrack-train-emulator difftrack-train-agent difftrack-physics difftrack-study difftrack-tune man_pages

build: configure    ## build the programs and the tests
	@cmake --build $(BUILD) -j $(JOBS)

test: build    ## build and run every test; ends with CTest's summary
	@ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure

docs: setup    ## the reference of the headers (build/docs/html/index.html)
	@python3 tools/doxygen.py . build/docs

demo: configure    ## simulate, train, reconstruct, and print one table (about 10 minutes)
	@cmake --build $(BUILD) -j $(JOBS) --target difftrack difftrack-train
	@tools/demo.sh $(BUILD)/bin

bench: configure    ## prove the answers, then time everything and judge it by ratios (build/bench.json)
	@cmake --build $(BUILD) -j $(JOBS) --target difftrack difftrack-bench
	@$(BUILD)/bin/difftrack-bench build

benchmarks: configure    ## build every benchmark and run each for one short round that proves its answers
	@cmake --build $(BUILD) -j $(JOBS) --target difftrack benchmarks
	@ctest --test-dir $(BUILD) -C bench -L bench -j $(JOBS) --output-on-failure

physics: programs    ## the physics acceptance list as a page (build/physics.html, build/physics.json)
	@$(BUILD)/bin/difftrack-physics --output build

install: programs    ## install programs, libraries, headers, detectors and models to PREFIX (default /usr/local)
	@cmake --install $(BUILD)

package: programs    ## Debian packages (build/package/*.deb)
	@cd $(BUILD) && cpack --config CPackConfig.cmake -B $(abspath build/package) > package.log 2>&1 || (cat package.log; exit 1)
	@ls build/package/*.deb

wheel: configure    ## a wheel of the Python package that needs nothing but NumPy (build/package/*.whl)
	@cmake --build $(BUILD) -j $(JOBS) --target difftrack
	@tools/python_wheel.py $(BUILD) build/package

release: package    ## what a release has to pass beside `make test`: the packages work in a Debian that holds nothing else
	@tests/tools/package_test.sh $(BUILD) --clean

check:    ## for developers: format, clang-tidy on changed files, room order, links, snippets, headers, file sizes
	@tools/setup.sh --dev
	@tools/check.sh

sanitize: setup    ## build the rooms without LibTorch and run their tests once under sanitizers, assertions on
	@cmake --preset ci-asan > /dev/null && cmake --build --preset ci-asan -j $(JOBS) && ctest --preset ci-asan -j $(JOBS)

asan tsan: setup    ## build and run all tests without LibTorch under sanitizers
	@cmake --preset $@ > /dev/null && cmake --build build/$@ -j $(JOBS) && ctest --test-dir build/$@ -j $(JOBS) --output-on-failure

fuzz:    ## build the fuzzers and run each for FUZZ_SECONDS (default 600)
	@tools/setup.sh --dev
	@cmake --preset fuzz > /dev/null && cmake --build build/fuzz -j $(JOBS) --target fuzzers && tools/fuzz.sh build/fuzz $(or $(FUZZ_SECONDS),600)

clean:
	rm -rf build

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "difftrack/core/progress.hpp"

namespace difftrack::python {

namespace nb = nanobind;

// What each file adds to the module difftrack._core. The package's own .py files are what users call; arguments are
// checked and completed there.
void bind_detector(nb::module_& module);     ///< Detector, Frame, HitGraph and what is computed from them
void bind_steps(nb::module_& module);        ///< simulate, read_table
void bind_reconstruct(nb::module_& module);  ///< frames, reconstruct, evaluate
void bind_assign(nb::module_& module);       ///< the assignment, its certificate and gradients
void bind_pages(nb::module_& module);        ///< the event display, the image of a scan
void bind_tune(nb::module_& module);         ///< spaces of settings, and what is tried next

/// Calls a Python function (done, total, note), or only looks whether the user has interrupted, from threads without
/// the interpreter's lock. What it raises ends the computation.
inline core::ProgressCallback progress_of(const nb::object& listener) {
  return [listener = listener.ptr()](const core::Progress& now) {
    const nb::gil_scoped_acquire locked;
    if (PyErr_CheckSignals() != 0) nb::raise_python_error();
    const nb::handle call(listener);
    if (!call.is_none()) call(now.done, now.total, nb::str(now.note.c_str()));
  };
}

}  // namespace difftrack::python

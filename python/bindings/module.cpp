// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/core/version.hpp"
#include "python/bindings/bindings.hpp"

NB_MODULE(_core, module) {
  using namespace difftrack;
  namespace nb = nanobind;
  nb::set_leak_warnings(false);  // an array or a graph of PyTorch may well live until Python ends
  nb::exception<core::InputError>(module, "InputError", PyExc_ValueError);
  module.def("version", &core::version);
  module.def("look_for_shipped_files_in", &core::look_for_shipped_files_in, nb::arg("folder"));
  module.def("find_shipped", &core::find_shipped, nb::arg("kind"), nb::arg("name_or_path"), nb::arg("ending"));
  module.def("shipped_names", &core::shipped_names, nb::arg("kind"), nb::arg("ending"));
  python::bind_detector(module);
  python::bind_steps(module);
  python::bind_reconstruct(module);
  python::bind_assign(module);
  python::bind_pages(module);
  python::bind_tune(module);
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace difftrack::python {

namespace nb = nanobind;

/// A column that a function takes: of exactly this type, without gaps.
template <class T>
using ArrayIn = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// A NumPy array that a function gives.
template <class T>
using ArrayOut = nb::ndarray<nb::numpy, T>;

template <class T>
std::span<const T> span_of(const ArrayIn<T>& array) {
  return {array.data(), array.size()};
}

/// A NumPy array of this shape that owns the vector; no number is copied.
template <class T>
ArrayOut<T> array_of(std::vector<T>&& values, std::initializer_list<std::size_t> shape) {
  auto* owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned, [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
  return ArrayOut<T>(owned->data(), shape, owner);
}
/// The same with one dimension.
template <class T>
ArrayOut<T> array_of(std::vector<T>&& values) {
  const std::size_t n = values.size();
  return array_of(std::move(values), {n});
}

/// A read-only NumPy array that looks into a vector of `owner`, which lives as long as the array does.
template <class T>
ArrayOut<const T> view_of(const std::vector<T>& values, nb::handle owner) {
  return ArrayOut<const T>(values.data(), {values.size()}, owner);
}

}  // namespace difftrack::python

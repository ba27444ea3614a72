// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::python {

namespace nb = nanobind;

inline std::string text_of(nb::handle value) { return nb::cast<std::string>(nb::str(value)); }

/// The value of one option as Python gives it: a number, a switch, text ("5us"), or None for "auto". Throws InputError.
template <class AnyField>
typename AnyField::Value option_value(const AnyField& field, nb::handle value, const std::string& key) {
  using T = typename AnyField::Value;
  const bool text = nb::isinstance<nb::str>(value);
  const auto wrong_type = [&](const char* expected) {
    throw core::InputError({"", key, text_of(value)}, std::string("must be ") + expected);
  };
  if constexpr (std::is_same_v<T, bool>) {
    if (text || PyNumber_Check(value.ptr()) == 0) wrong_type("True or False");
    return PyObject_IsTrue(value.ptr()) == 1;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::optional<double>>) {
    constexpr bool whole = std::is_integral_v<T>, automatic = std::is_same_v<T, std::optional<double>>;
    if constexpr (automatic)
      if (value.is_none()) return std::nullopt;
    if (text && (automatic || !field.unit.empty())) return core::parse_field(field, text_of(value), "", key);
    if (text || PyBool_Check(value.ptr()) || PyNumber_Check(value.ptr()) == 0 || (whole && !PyIndex_Check(value.ptr())))
      wrong_type(whole ? "an integer" : "a number");
    double number = 0.0;
    std::int64_t integer = 0;
    if constexpr (whole) {
      const nb::object index = nb::steal(PyNumber_Index(value.ptr()));
      if (!nb::try_cast(index, integer)) wrong_type("an integer of 64 bits");
      number = static_cast<double>(integer);
    } else {
      const nb::object real = nb::steal(PyNumber_Float(value.ptr()));
      if (!real.is_valid()) nb::raise_python_error();
      number = nb::cast<double>(real);
    }
    core::check_unit_given(number, core::number_text_rule(field), "", key);
    core::check_range("", key, number, field.range, field.unit);
    if constexpr (whole) return static_cast<T>(integer);
    if constexpr (!whole) return static_cast<T>(number);
  } else {
    if (!text) wrong_type("text");
    return core::parse_field(field, text_of(value), "", key);
  }
}

/// Keyword arguments of a Python function, taken by one Config after the other; what nobody takes is an error.
class Options {
 public:
  explicit Options(nb::dict given) : given_(std::move(given)) {}

  bool has(const std::string& name) const { return given_.contains(name.c_str()); }

  /// Takes every option of `config`, under its name behind `prefix`; `skip` names fields that are set by other means.
  template <class Config>
  void take(Config& config, const std::vector<std::string>& skip = {}, const std::string& prefix = "") {
    core::for_each_field<Config>([&](const auto& each) {
      const std::string name = prefix + std::string(each.name);
      if (std::find(skip.begin(), skip.end(), each.name) != skip.end()) return;
      known_.push_back(name);
      if (!has(name)) return;
      each.of(config) = option_value(each, given_[name.c_str()], name);
      taken_.push_back(name);
    });
  }
  /// Takes one text, which is no field.
  void take(const std::string& name, std::string& value) {
    known_.push_back(name);
    if (!has(name)) return;
    if (!nb::isinstance<nb::str>(given_[name.c_str()]))
      throw core::InputError({"", name, text_of(given_[name.c_str()])}, "must be text");
    value = text_of(given_[name.c_str()]);
    taken_.push_back(name);
  }
  /// Throws InputError for the first given option of `config` with why it has no effect.
  template <class Config>
  void refuse(const std::string& why) const {
    core::for_each_field<Config>([&](const auto& each) { refuse(std::string(each.name), why); });
  }
  /// The same of one option, unless another Config has taken it.
  void refuse(const std::string& name, const std::string& why) const {
    if (has(name) && !taken(name)) throw core::InputError({"", name, text_of(given_[name.c_str()])}, why);
  }
  /// Throws InputError for the first option that nobody has taken, with the nearest one.
  void finish() const {
    for (const auto& [key, value] : given_)
      if (const std::string name = text_of(key); !taken(name)) core::throw_unknown_key("", name, known_);
  }

 private:
  bool taken(const std::string& name) const { return std::find(taken_.begin(), taken_.end(), name) != taken_.end(); }

  nb::dict given_;
  std::vector<std::string> known_, taken_;
};

/// The options of a Config for a docstring: (name, type, default, sentence), the sentence with unit and choices.
template <class Config>
void describe(nb::list& to, const std::vector<std::string>& skip = {}, const std::string& prefix = "") {
  const Config defaults{};
  core::for_each_field<Config>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(each)>::Value;
    if (std::find(skip.begin(), skip.end(), each.name) != skip.end()) return;
    std::string type = "float", help(each.help);
    if constexpr (std::is_same_v<T, bool>)
      type = "bool";
    else if constexpr (std::is_enum_v<T>)
      type = "str";
    else if constexpr (std::is_integral_v<T>)
      type = "int";
    else if constexpr (std::is_same_v<T, std::string>)
      type = "str";
    if (!each.unit.empty())
      help += " [" + std::string(each.unit) + (each.written_in.empty() ? "" : "; a text with its unit") + "]";
    if constexpr (std::is_enum_v<T>) {
      std::string names;
      for (const std::string& name : core::choice_names<T>()) names += (names.empty() ? "" : ", ") + name;
      help += " One of: " + names + ".";
      if (const std::string meanings = core::meanings_of_choices<T>(); !meanings.empty()) help += " " + meanings + ".";
    }
    to.append(nb::make_tuple(prefix + std::string(each.name), type, core::field_text(each, each.of(defaults)), help));
  });
}

}  // namespace difftrack::python

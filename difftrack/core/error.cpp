// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/error.hpp"

#include <utility>

namespace difftrack::core {

namespace {

std::string sentence(const InputError::Where& where, const std::string& problem) {
  std::string text;
  if (!where.file.empty()) text += where.file + ": ";
  if (!where.field.empty()) text += where.field;
  if (!where.value.empty()) text += (where.field.empty() ? "'" : " = '") + where.value + "'";
  if (!where.field.empty() || !where.value.empty()) text += ": ";
  return text + problem;
}

}  // namespace

InputError::InputError(Where where, const std::string& problem)
    : std::runtime_error(sentence(where, problem)), where_(std::move(where)) {}

}  // namespace difftrack::core

// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/emulator/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "difftrack/aerosol/emulator/pools.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/event/io/safetensors.hpp"

namespace difftrack::aerosol {

namespace {

const std::string kKindKey = "kind", kKind = "aerosol-emulator";
const std::string kSchemaKey = "schema", kSchema = "1";

/// Calls visit(name, values, rows, columns) for each tensor; columns 0: a vector.
template <class Model, class Visitor>
void for_each_tensor(Model& model, Visitor&& visit) {
  const std::size_t h = model.hidden;
  visit("mean", model.mean, kFeatures, 0);
  visit("deviation", model.deviation, kFeatures, 0);
  visit("weight1", model.weight1, h, kFeatures);
  visit("bias1", model.bias1, h, 0);
  visit("weight2", model.weight2, h, h);
  visit("bias2", model.bias2, h, 0);
  visit("weight3", model.weight3, kNetworkOutputs, h);
  visit("direct", model.direct, kNetworkOutputs, kFeatures);
  visit("bias3", model.bias3, kNetworkOutputs, 0);
}

std::vector<std::int64_t> shape_of(std::size_t rows, std::size_t columns) {
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(rows)};
  if (columns > 0) shape.push_back(static_cast<std::int64_t>(columns));
  return shape;
}

}  // namespace

EmulatorModel read_emulator(const std::string& path) {
  const event::SafeTensors file = event::read_safetensors(path);
  EmulatorModel model;
  model.metadata = file.metadata;
  const auto entry = [&](const std::string& key, const std::string& expected) {
    const auto found = file.metadata.find(key);
    const std::string value = found == file.metadata.end() ? "" : found->second;
    if (value != expected)
      throw core::InputError({path, key, value},
                             fmt::format("is not {}; this is no emulator that this version reads", expected));
  };
  entry(kKindKey, kKind);
  entry(kSchemaKey, kSchema);
  if (const auto bias = file.tensors.find("bias1"); bias != file.tensors.end()) model.hidden = bias->second.size();
  if (model.hidden == 0) throw core::InputError({path, "bias1", {}}, "is missing or empty");
  for_each_tensor(model, [&](const char* name, std::vector<float>& values, std::size_t rows, std::size_t columns) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) throw core::InputError({path, name, {}}, "is missing");
    if (found->second.shape != shape_of(rows, columns))
      throw core::InputError({path, name, fmt::format("[{}]", fmt::join(found->second.shape, ", "))},
                             fmt::format("is not of shape [{}]", fmt::join(shape_of(rows, columns), ", ")));
    values = found->second.floats();
    for (const float value : values)
      if (!std::isfinite(value)) throw core::InputError({path, name, fmt::format("{}", value)}, "is no number");
  });
  for (const float value : model.deviation)
    if (value <= 0.0F) throw core::InputError({path, "deviation", fmt::format("{}", value)}, "is not positive");
  return model;
}

void write_emulator(const std::string& path, const EmulatorModel& model) {
  event::SafeTensors file;
  file.metadata = model.metadata;
  file.metadata[kKindKey] = kKind;
  file.metadata[kSchemaKey] = kSchema;
  for_each_tensor(model,
                  [&](const char* name, const std::vector<float>& values, std::size_t rows, std::size_t columns) {
                    event::NamedTensor& tensor = file.tensors[name];
                    tensor.shape = shape_of(rows, columns);
                    tensor.values = values;
                  });
  event::write_safetensors(path, file);
}

}  // namespace difftrack::aerosol

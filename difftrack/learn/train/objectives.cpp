// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/objectives.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/joint_residual.hpp"
#include "difftrack/learn/train/policy_return.hpp"
#include "difftrack/learn/train/segment_objectives.hpp"

namespace difftrack::learn {

Objectives::Objectives(const Objectives& other) : entries_(other.entries_) {
  for (Entry& entry : entries_) entry.kind = entry.kind->clone();
}

Objectives& Objectives::operator=(const Objectives& other) {
  Objectives copy(other);
  std::swap(entries_, copy.entries_);
  return *this;
}

void Objectives::add(const std::string& name, std::shared_ptr<ObjectiveKind> kind) {
  std::vector<std::string> taken = names();
  const std::vector<std::string> tables = experiment_tables();
  taken.insert(taken.end(), tables.begin(), tables.end());
  if (std::find(taken.begin(), taken.end(), name) != taken.end())
    throw core::InputError({"", "objective", name}, "is taken: another objective or table has that name");
  entries_.push_back({name, std::move(kind)});
}

const ObjectiveKind& Objectives::kind(const std::string& name, const std::string& source) const {
  for (const Entry& entry : entries_)
    if (entry.name == name) return *entry.kind;
  core::throw_no_choice(source, "loss", name, names());
}

std::vector<std::string> Objectives::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return names;
}

std::vector<std::string> Objectives::tables() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_)
    if (!entry.kind->options().empty()) names.push_back(entry.name);
  return names;
}

void Objectives::read(const std::string& name, const toml::table& table, const std::string& file) {
  for (Entry& entry : entries_)
    if (entry.name == name) entry.kind->read(table, file);
}

Objectives shipped_objectives() {
  Objectives objectives;
  objectives.add<SegmentCrossEntropy>("bce");
  objectives.add<AssignedHamming>("hamming");
  objectives.add<AssignmentOwnLoss>("own");
  objectives.add<PolicyReturn>("policy");
  objectives.add<JointResidual>("joint");
  return objectives;
}

}  // namespace difftrack::learn

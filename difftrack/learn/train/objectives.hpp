// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/core/toml_fields.hpp"

namespace difftrack::learn {

class Objective;
struct Experiment;

/// One kind of training that an experiment can name, with its options as they stand: an Objective's class as a value.
class ObjectiveKind {
 public:
  virtual ~ObjectiveKind() = default;
  /// A copy with the same options.
  virtual std::shared_ptr<ObjectiveKind> clone() const = 0;
  /// The objective with these options. Call `check` before.
  virtual std::unique_ptr<Objective> make(const Experiment& experiment) const = 0;
  /// Takes the options that `table` names. Throws InputError (file, key, value) as core::read_fields does.
  virtual void read(const toml::table& table, const std::string& file) = 0;
  /// Throws InputError for options out of range or that do not go together.
  virtual void check(const Experiment& experiment, const std::string& source) const = 0;
  /// Options that the result depends on (all but `threads`), one line "table.key = value" each.
  virtual std::string lines(const std::string& table) const = 0;
  /// Names of the options; none: there is no table of this name.
  virtual std::vector<std::string> options() const = 0;
  virtual bool through_assignment() const = 0;                      ///< Objective::kThroughAssignment of the class
  virtual bool needs_truth() const = 0;                             ///< Objective::kNeedsTruth of the class
  virtual bool uses_pair_head() const = 0;                          ///< Objective::kUsesPairHead of the class
  virtual std::map<std::string, std::string> metadata() const = 0;  ///< Objective::metadata of the class
};

/// The kind of a class derived from Objective: see there for what it must have.
template <class Class>
class ObjectiveKindOf final : public ObjectiveKind {
 public:
  std::shared_ptr<ObjectiveKind> clone() const override { return std::make_shared<ObjectiveKindOf>(*this); }
  std::unique_ptr<Objective> make(const Experiment& experiment) const override {
    return std::make_unique<Class>(config, experiment);
  }
  void read(const toml::table& table, const std::string& file) override { core::read_fields(table, file, config); }
  void check(const Experiment& experiment, const std::string& source) const override {
    core::check_fields(config, source);
    Class::check(config, experiment, source);
  }
  std::string lines(const std::string& table) const override {
    std::string text;
    core::for_each_field<Config>([&](const auto& each) {
      if (each.name != "threads")
        text += fmt::format("{}.{} = {}\n", table, each.name, core::field_text(each, each.of(config)));
    });
    return text;
  }
  std::vector<std::string> options() const override { return core::field_names<Config>(); }
  bool through_assignment() const override { return Class::kThroughAssignment; }
  bool needs_truth() const override { return Class::kNeedsTruth; }
  bool uses_pair_head() const override { return Class::kUsesPairHead; }
  std::map<std::string, std::string> metadata() const override { return Class::metadata(config); }

  using Config = typename Class::Config;  ///< what the options are
  Config config = {};                     ///< the options as they stand
};

/// The kinds of training that an experiment can choose from, by name: a value that every experiment carries, so that
/// there is no registry to be filled before main(), and a program or a test adds kinds of its own.
class Objectives {
 public:
  /// None.
  Objectives() = default;
  /// Copies have options of their own.
  Objectives(const Objectives& other);
  /// The same.
  Objectives& operator=(const Objectives& other);
  Objectives(Objectives&&) noexcept = default;
  Objectives& operator=(Objectives&&) noexcept = default;
  ~Objectives() = default;

  /// Adds a class under the name that `[loss] loss` and its table have: snake_case. Throws InputError when the name is
  /// taken by another kind or by a table of every experiment.
  template <class Class>
  void add(const std::string& name) {
    add(name, std::make_shared<ObjectiveKindOf<Class>>());
  }
  /// The kind of that name. Throws InputError (source, "loss", name) with the names there are.
  const ObjectiveKind& kind(const std::string& name, const std::string& source) const;
  /// Options of a class that was added, to read or to set from a program; nullptr for one that was not.
  template <class Class>
  typename Class::Config* config() {
    for (const Entry& entry : entries_)
      if (auto* kind = dynamic_cast<ObjectiveKindOf<Class>*>(entry.kind.get())) return &kind->config;
    return nullptr;
  }
  /// All names, in the order in which they were added.
  std::vector<std::string> names() const;
  /// Names of those with options: the tables that an experiment may hold for them.
  std::vector<std::string> tables() const;
  /// Takes the options of the kind `name` from its table. Throws InputError (file, key, value).
  void read(const std::string& name, const toml::table& table, const std::string& file);

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<ObjectiveKind> kind;
  };
  void add(const std::string& name, std::shared_ptr<ObjectiveKind> kind);
  std::vector<Entry> entries_;
};

/// Those of docs/learn.md#objectives: bce, hamming, own, policy, joint.
Objectives shipped_objectives();

}  // namespace difftrack::learn

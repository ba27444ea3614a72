// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/ranks.hpp"

#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "difftrack/core/parallel.hpp"

namespace difftrack::learn {

namespace {

template <class T>
void put(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
void put(std::string& bytes, const std::vector<T>& values) {
  put(bytes, values.size());
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

/// Takes out of a rank's message what was put in.
class Message {
 public:
  explicit Message(const std::string& bytes) : bytes_(bytes) {}
  template <class T>
  void take(T& value) {
    copy(&value, sizeof value);
  }
  template <class T>
  void take(std::vector<T>& values) {
    std::size_t n = 0;
    take(n);
    values.resize(n);
    copy(values.data(), n * sizeof(T));
  }

 private:
  void copy(void* target, std::size_t size) {
    if (at_ + size > bytes_.size()) throw std::runtime_error("a rank's message is cut short");
    if (size > 0) std::memcpy(target, bytes_.data() + at_, size);
    at_ += size;
  }
  const std::string& bytes_;
  std::size_t at_ = 0;
};

}  // namespace

bool step_on_ranks(const TrainingStep& step, const Ranks& ranks, int threads, TrainingState& state,
                   const std::function<bool()>& stop) {
  const std::vector<std::size_t> drawn = step.draw(state.step);
  const auto size = static_cast<std::size_t>(ranks.size), rank = static_cast<std::size_t>(ranks.rank);
  std::vector<TrainingStep::Contribution> all(drawn.size());
  const std::size_t mine = drawn.size() > rank ? (drawn.size() - rank - 1) / size + 1 : 0;
  core::parallel_for(static_cast<std::int64_t>(mine), threads, [&](std::int64_t k) {
    const std::size_t slot = rank + static_cast<std::size_t>(k) * size;
    all[slot] = step.contribution(state.model.values, state.step, drawn, slot);
  });
  bool stopped = stop && stop();
  if (size > 1) {
    std::string bytes;
    put(bytes, stopped);
    for (std::size_t slot = rank; slot < all.size(); slot += size) {
      put(bytes, all[slot].gradient.loss);
      put(bytes, all[slot].gradient.gradient);
      put(bytes, all[slot].gradient.batch_statistics);
      put(bytes, all[slot].figures);
    }
    const std::vector<std::string> messages = ranks.gather(bytes);
    for (std::size_t r = 0; r < size; ++r) {
      Message message(messages[r]);
      bool told = false;
      message.take(told);
      stopped = stopped || told;
      for (std::size_t slot = r; slot < all.size(); slot += size) {
        message.take(all[slot].gradient.loss);
        message.take(all[slot].gradient.gradient);
        message.take(all[slot].gradient.batch_statistics);
        message.take(all[slot].figures);
      }
    }
  }
  step.apply(all, state);
  return stopped;
}

Validation validate_on_ranks(const Ranks& ranks, const std::function<Validation()>& validate) {
  if (ranks.size == 1) return validate();
  std::string bytes;
  if (ranks.rank == 0) put(bytes, validate());
  const std::vector<std::string> messages = ranks.gather(bytes);
  Validation validation{};
  Message message(messages.front());
  message.take(validation);
  return validation;
}

}  // namespace difftrack::learn

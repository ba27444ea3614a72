// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace difftrack::core {

/// Wrong use or a bad file: one clear sentence that names where, what and which value.
///
/// Programs print `what()` and leave with exit code 2. Expected outcomes (no segments, infeasible, not
/// converged) are values in results instead; broken invariants are assertions.
class InputError : public std::runtime_error {
 public:
  /// What an error is about; each part may be empty.
  struct Where {
    std::string file;   ///< path of the file, or empty when the fault is in an argument
    std::string field;  ///< column, key or option, with its row where there is one; may be empty
    std::string value;  ///< the offending value as text; may be empty
  };

  /// `problem` completes the sentence "FILE: FIELD = VALUE: problem" and says what to do next where it can.
  InputError(Where where, const std::string& problem);

  const Where& where() const { return where_; }

 private:
  Where where_;
};

}  // namespace difftrack::core

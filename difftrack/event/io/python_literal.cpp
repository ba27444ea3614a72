// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/python_literal.hpp"

#include <algorithm>
#include <charconv>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

namespace {

constexpr int kMaxDepth = 16;

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  PythonLiteral whole() {
    PythonLiteral value = literal(0);
    skip_space();
    if (at_ != text_.size()) fail("something follows its end");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw core::InputError({file_, "NumPy header, character " + std::to_string(at_), ""}, "is damaged: " + problem);
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool accept_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  PythonLiteral literal(int depth) {
    if (depth > kMaxDepth) fail("too many levels of brackets");
    skip_space();
    if (at_ >= text_.size()) fail("it ends too early");
    const char c = text_[at_];
    PythonLiteral value;
    if (c == '{') return dictionary(depth);
    if (c == '(' || c == '[') return sequence(depth, c == '(' ? ')' : ']');
    if (c == '\'' || c == '"') {
      value.kind = PythonLiteral::Kind::Text;
      value.text = quoted();
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      value.kind = PythonLiteral::Kind::Integer;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value.integer);
      if (error != std::errc{}) fail("a number that does not fit into 64 bits");
      at_ += static_cast<std::size_t>(end - begin);
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
    } else if (accept_word("True")) {
      value.kind = PythonLiteral::Kind::Boolean;
      value.integer = 1;
    } else if (accept_word("False")) {
      value.kind = PythonLiteral::Kind::Boolean;
    } else if (!accept_word("None")) {
      fail("unexpected text");
    }
    return value;
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_++];
    }
    if (at_ >= text_.size()) fail("a quotation mark is missing");
    ++at_;
    return value;
  }

  PythonLiteral sequence(int depth, char close) {
    ++at_;
    PythonLiteral value;
    value.kind = PythonLiteral::Kind::Sequence;
    while (!accept(close)) {
      value.items.push_back(literal(depth + 1));
      if (accept(',')) continue;
      if (!accept(close)) fail("a bracket is missing");
      break;
    }
    return value;
  }

  PythonLiteral dictionary(int depth) {
    ++at_;
    PythonLiteral value;
    value.kind = PythonLiteral::Kind::Dictionary;
    while (!accept('}')) {
      const PythonLiteral key = literal(depth + 1);
      if (key.kind != PythonLiteral::Kind::Text) fail("a key that is no text");
      if (!accept(':')) fail("a colon is missing");
      value.keys.push_back(key.text);
      value.items.push_back(literal(depth + 1));
      if (accept(',')) continue;
      if (!accept('}')) fail("a brace is missing");
      break;
    }
    return value;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

}  // namespace

const PythonLiteral* PythonLiteral::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

PythonLiteral parse_python_literal(std::string_view text, const std::string& file) {
  return Parser(text, file).whole();
}

}  // namespace difftrack::event

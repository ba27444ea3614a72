// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npy_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/python_literal.hpp"

namespace difftrack::event {

using core::InputError;
using Kind = PythonLiteral::Kind;

namespace {

constexpr std::uint64_t kMaxHeader = std::uint64_t{1} << 20U;  // [bytes]
constexpr std::size_t kMaxFields = 10000;
constexpr std::size_t kMaxName = 1000;                       // [bytes]: sub-arrays repeat it
constexpr std::uint64_t kMaxItem = std::uint64_t{1} << 30U;  // [bytes]
constexpr std::string_view kMagic = "\x93NUMPY";

[[noreturn]] void fail(const std::string& file, const std::string& field, const std::string& value,
                       const std::string& problem) {
  throw InputError({file, field, value}, problem);
}

/// Python objects have no bytes of their own in the file: NumPy pickles the whole array as soon as one field has them.
[[noreturn]] void fail_objects(const std::string& file, const std::string& field, const std::string& type,
                               bool structured) {
  fail(file, field, type,
       structured
           ? "holds Python objects, for which NumPy stores the whole array as a pickle that is not read; save it "
             "without them: np.savez('numbers.npz', **{n: a[n] for n in a.dtype.names if not a.dtype[n].hasobject})"
           : "holds Python objects (a pickle), which are not read");
}

/// "<f4" and its like. Sizes of text ('S', 'U') count characters; the rest count bytes.
NpyField parse_type(const std::string& text, const std::string& name, const std::string& file) {
  NpyField field;
  field.name = name;
  std::string_view rest = text;
  const std::string where = "dtype" + (name.empty() ? "" : " of " + name);
  if (!rest.empty() && (rest[0] == '<' || rest[0] == '>' || rest[0] == '|' || rest[0] == '=')) {
    field.big_endian = rest[0] == '>';
    rest.remove_prefix(1);
  }
  if (rest.empty()) fail(file, where, text, "is no NumPy type");
  field.kind = rest[0];
  rest.remove_prefix(1);
  if (field.kind == 'O') fail_objects(file, where, text, !name.empty());
  const std::size_t unit = rest.find('[');  // datetime64 carries one: M8[ns]
  const std::string_view digits = rest.substr(0, unit);
  std::uint32_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (field.kind == '?' && digits.empty()) {
    field.kind = 'b';
    field.size = 1;
    return field;
  }
  const bool known = std::string_view("iufbcSUVamM").find(field.kind) != std::string_view::npos;
  if (!known || error != std::errc{} || end != digits.data() + digits.size() || size > kMaxItem / 4)
    fail(file, where, text, "is no NumPy type");
  field.size = field.kind == 'U' ? 4 * size : size;
  const auto is_one_of = [&](std::initializer_list<std::uint32_t> sizes) {
    return std::find(sizes.begin(), sizes.end(), size) != sizes.end();
  };
  if ((field.kind == 'i' || field.kind == 'u') && !is_one_of({1, 2, 4, 8})) fail(file, where, text, "is no NumPy type");
  if (field.kind == 'b' && size != 1) fail(file, where, text, "is no NumPy type");
  if (field.kind == 'f' && !is_one_of({2, 4, 8, 10, 12, 16})) fail(file, where, text, "is no NumPy type");
  if (field.kind == 'f' && size > 8) field.kind = 'V';  // long double: not portable, skipped like text
  return field;
}

class DescrReader {
 public:
  DescrReader(const std::string& file, NpyHeader& header) : file_(file), header_(header) {}

  /// Adds the fields of one descr (a type or a list of fields) that begins at header.item_size.
  void add(const PythonLiteral& descr, const std::string& name) {
    if (++visited_ > 10 * kMaxFields) fail(file_, "descr", "", "has too many or too large fields");
    if (descr.kind == Kind::Text) {
      NpyField field = parse_type(descr.text, name, file_);
      field.offset = header_.item_size;
      header_.item_size += field.size;
      check_size();
      header_.fields.push_back(std::move(field));
      return;
    }
    if (descr.kind != Kind::Sequence) fail(file_, "descr", "", "must be a type or a list of fields");
    for (const auto& entry : descr.items) add_entry(entry, name);
  }

 private:
  void add_entry(const PythonLiteral& entry, const std::string& parent) {
    if (entry.kind != Kind::Sequence || entry.items.size() < 2 || entry.items.size() > 3)
      fail(file_, "descr", "", "a field must be (name, type) or (name, type, shape)");
    const PythonLiteral* name = &entry.items[0];
    if (name->kind == Kind::Sequence && name->items.size() == 2) name = &name->items[1];  // (title, name)
    if (name->kind != Kind::Text) fail(file_, "descr", "", "the name of a field must be text");
    const std::string full = parent.empty() ? name->text : parent + "." + name->text;
    if (full.size() > kMaxName) fail(file_, "descr", full.substr(0, 40), "is too long a name");
    std::vector<std::int64_t> shape;
    if (entry.items.size() == 3) {
      const PythonLiteral& third = entry.items[2];
      if (third.kind == Kind::Integer) shape.push_back(third.integer);
      for (const auto& item : third.items) shape.push_back(item.kind == Kind::Integer ? item.integer : -1);
    }
    std::uint64_t count = 1;
    for (const std::int64_t extent : shape) {
      if (extent < 0 || extent > static_cast<std::int64_t>(kMaxFields) ||
          (count *= static_cast<std::uint64_t>(extent)) > kMaxFields)
        fail(file_, "descr of " + full, "", "has a shape that is not understood");
    }
    for (std::uint64_t i = 0; i < count; ++i) add(entry.items[1], shape.empty() ? full : full + indices(i, shape));
  }
  static std::string indices(std::uint64_t i, const std::vector<std::int64_t>& shape) {
    std::string text;
    for (std::size_t d = shape.size(); d-- > 0; i /= static_cast<std::uint64_t>(shape[d]))
      text.insert(0, fmt::format("[{}]", i % static_cast<std::uint64_t>(shape[d])));
    return text;
  }
  void check_size() const {
    if (header_.item_size > kMaxItem || header_.fields.size() >= kMaxFields)
      fail(file_, "descr", "", "has too many or too large fields");
  }

  const std::string& file_;
  NpyHeader& header_;
  std::size_t visited_ = 0;  // nested sub-arrays of nothing cost time without making fields
};

}  // namespace

std::uint64_t NpyHeader::items() const {
  std::uint64_t product = 1;
  for (const std::int64_t extent : shape) product *= static_cast<std::uint64_t>(extent);
  return product;
}

NpyHeader parse_npy_header(std::string_view dictionary, const std::string& file) {
  const PythonLiteral header = parse_python_literal(dictionary, file);
  const PythonLiteral* descr = header.find("descr");
  const PythonLiteral* order = header.find("fortran_order");
  const PythonLiteral* shape = header.find("shape");
  for (const auto& [key, value] : {std::pair{"descr", descr}, {"fortran_order", order}, {"shape", shape}})
    if (value == nullptr) fail(file, std::string("NumPy header: ") + key, "", "is missing");
  if (order->kind != Kind::Boolean) fail(file, "fortran_order", "", "must be True or False");
  if (shape->kind != Kind::Sequence) fail(file, "shape", "", "must be a tuple of integers");

  NpyHeader result;
  result.fortran_order = order->integer != 0;
  std::uint64_t items = 1;
  for (const auto& extent : shape->items) {
    if (extent.kind != Kind::Integer || extent.integer < 0) fail(file, "shape", "", "must hold integers, none below 0");
    const auto n = static_cast<std::uint64_t>(extent.integer);
    if (n > 0 && items > std::numeric_limits<std::int64_t>::max() / n) fail(file, "shape", "", "is too large");
    items *= std::max<std::uint64_t>(n, 1);
    result.shape.push_back(extent.integer);
  }
  result.structured = descr->kind == Kind::Sequence;
  DescrReader(file, result).add(*descr, "");
  // Fields of no name are padding.
  std::erase_if(result.fields, [&](const NpyField& field) { return result.structured && field.name.empty(); });
  if (result.item_size == 0) fail(file, "descr", "", "describes items of no size");
  if (items > std::numeric_limits<std::int64_t>::max() / result.item_size) fail(file, "shape", "", "is too large");
  return result;
}

NpyHeader read_npy_header(ByteStream& stream) {
  std::array<std::byte, 8> start{};
  if (stream.read(start) != start.size() || std::string_view(reinterpret_cast<const char*>(start.data()), 6) != kMagic)
    fail(stream.name(), "", "", "does not begin as a NumPy array");
  const auto version = std::to_integer<int>(start[6]);
  if (version < 1 || version > 3)
    fail(stream.name(), "NPY version", std::to_string(version), "is not supported (1 to 3 are)");
  std::array<std::byte, 4> bytes{};
  stream.read_exactly(std::span(bytes).first(version == 1 ? 2 : 4));
  std::uint64_t length = 0;
  for (std::size_t i = 4; i-- > 0;) length = length << 8U | std::to_integer<std::uint64_t>(bytes[i]);
  if (length > std::min(kMaxHeader, stream.size()))
    fail(stream.name(), "NumPy header length", std::to_string(length), "is longer than the file or than 1 MiB");
  std::string text(length, '\0');
  stream.read_exactly(std::as_writable_bytes(std::span(text.data(), text.size())));
  return parse_npy_header(text, stream.name());
}

std::string format_npy_header(std::string_view descr, std::string_view shape, std::size_t minimum) {
  std::string text = fmt::format("{{'descr': {}, 'fortran_order': False, 'shape': {}, }}", descr, shape);
  const bool is_long = text.size() > 60000;
  const std::size_t prefix = is_long ? 12 : 10;
  const std::size_t size = (std::max(prefix + text.size() + 1, minimum) + 63) / 64 * 64;
  text.resize(size - prefix - 1, ' ');
  text += '\n';
  std::string header(kMagic);
  header += is_long ? '\x02' : '\x01';
  header += '\0';
  for (std::size_t i = 0; i < prefix - 8; ++i) header += static_cast<char>(text.size() >> (8 * i) & 0xffU);
  return header + text;
}

}  // namespace difftrack::event

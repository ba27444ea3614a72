// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/foreign_format.hpp"

#include <fmt/format.h>

#include <array>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

namespace {

using std::string_view_literals::operator""sv;

struct ForeignFormat {
  std::string_view magic;
  std::string_view problem;  // {0}: the file
};

constexpr std::array kForeign = {
    ForeignFormat{"\xfd\x37zXZ\0"sv, "is compressed with xz; unpack it: xz -d '{0}'"},
    ForeignFormat{"\x28\xb5\x2f\xfd"sv, "is compressed with zstd; unpack it: zstd -d '{0}'"},
    ForeignFormat{"BZh"sv, "is compressed with bzip2; unpack it: bzip2 -d '{0}'"},
    // "root" and a version of four bytes, of which the first is zero: a column may well be called rootID.
    ForeignFormat{"root\0"sv, "is a ROOT file; make a table of it: difftrack convert '{0}' -o steps.npz"},
    ForeignFormat{"\x89HDF\r\n\x1a\n"sv,
                  "is an HDF5 file, which is not read; write its table as text in Python: "
                  "pandas.read_hdf('{0}').to_csv('steps.csv', index=False)"},
    ForeignFormat{"PAR1"sv,
                  "is a Parquet file, which is not read; write it as text in Python: "
                  "pandas.read_parquet('{0}').to_csv('steps.csv', index=False)"},
    ForeignFormat{"\xd0\xcf\x11\xe0\xa1\xb1"sv, "is an Excel workbook, which is not read; save its sheet as CSV"},
    ForeignFormat{"\x80\x02"sv, "is a Python pickle, which is not read; save the array with numpy.savez"},
    ForeignFormat{"\x80\x03"sv, "is a Python pickle, which is not read; save the array with numpy.savez"},
    ForeignFormat{"\x80\x04"sv, "is a Python pickle, which is not read; save the array with numpy.savez"},
    ForeignFormat{"\x80\x05"sv, "is a Python pickle, which is not read; save the array with numpy.savez"},
    ForeignFormat{"\xff\xfe"sv, "is text in UTF-16; save it as UTF-8"},
    ForeignFormat{"\xfe\xff"sv, "is text in UTF-16; save it as UTF-8"},
};

/// "BZh" alone might begin a column's name: a level from 1 to 9 and the first block's mark follow it.
bool begins_bzip2(std::string_view bytes) {
  return bytes.size() >= 10 && bytes[3] >= '1' && bytes[3] <= '9' &&
         (bytes.substr(4, 6) == "\x31\x41\x59\x26\x53\x59"sv || bytes.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"sv);
}

}  // namespace

void refuse_foreign_format(std::string_view first_bytes, const std::string& file) {
  for (const auto& [magic, problem] : kForeign) {
    if (!first_bytes.starts_with(magic) || (magic == "BZh"sv && !begins_bzip2(first_bytes))) continue;
    throw core::InputError({file, "", ""}, fmt::format(fmt::runtime(problem), file));
  }
}

}  // namespace difftrack::event

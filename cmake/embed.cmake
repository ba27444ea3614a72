# Turns files into C++: every file of FILES becomes an array of bytes, found by its name; those that end in .js are
# scripts, in the order given. Run as
#   cmake -DOUTPUT=assets.cpp "-DFILES=a.css;b.js" -P embed.cmake
set(arrays "")
set(table "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} id)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char k_${id}[] = {\n${bytes}0};\n")
  string(APPEND table "    {\"${name}\", {reinterpret_cast<const char*>(k_${id}), sizeof(k_${id}) - 1}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/embed.cmake.
#include \"apps/viewer/assets.hpp\"

#include <stdexcept>
#include <string>
#include <utility>

namespace difftrack::viewer {
namespace {
${arrays}
const std::vector<std::pair<std::string_view, std::string_view>>& table() {
  static const std::vector<std::pair<std::string_view, std::string_view>> files{
${table}  };
  return files;
}
}  // namespace

std::string_view asset(std::string_view name) {
  for (const auto& [each, text] : table())
    if (each == name) return text;
  throw std::logic_error(\"no asset \" + std::string(name));
}

std::vector<std::string_view> scripts() {
  std::vector<std::string_view> out;
  for (const auto& [name, text] : table())
    if (name.ends_with(\".js\")) out.push_back(text);
  return out;
}

}  // namespace difftrack::viewer
")

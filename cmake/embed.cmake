# Turns text files into C++: every file of FILES becomes a raw string, found by its name; those that end in .js are
# scripts, in the order given. Run as
#   cmake -DOUTPUT=assets.cpp "-DFILES=a.css;b.js" -P embed.cmake
set(texts "")
set(table "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} id)
  file(READ ${file} text)
  string(FIND "${text}" ")embedded\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${file}: holds )embedded\", which ends the raw strings of cmake/embed.cmake")
  endif()
  string(APPEND texts "constexpr char k_${id}[] = R\"embedded(${text})embedded\";\n")
  string(APPEND table "    {\"${name}\", {k_${id}, sizeof(k_${id}) - 1}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/embed.cmake.
#include \"apps/viewer/assets.hpp\"

#include <stdexcept>
#include <string>
#include <utility>

namespace difftrack::viewer {
namespace {
${texts}
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

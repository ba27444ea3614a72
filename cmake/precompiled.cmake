# Precompiled headers shorten a fresh build by a quarter, but let a file forget an include: only the sanitizer build of
# .ci/run has them, and the release build beside it checks the includes.
option(DIFFTRACK_PRECOMPILED "Precompile the standard library and GoogleTest" OFF)
set(difftrack_std_headers <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <span> <string> <vector>)

# A library and a program: what they compile differs in -fPIC and -fPIE, and a precompiled header serves one of the two.
if(DIFFTRACK_PRECOMPILED)
  file(WRITE ${PROJECT_BINARY_DIR}/precompiled.cpp "int main() { return 0; }\n")
  add_library(difftrack_precompiled OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(difftrack_precompiled PRIVATE difftrack_options)
  target_precompile_headers(difftrack_precompiled PRIVATE ${difftrack_std_headers})
  if(DIFFTRACK_BUILD_TESTS)
    add_executable(difftrack_precompiled_tests EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(difftrack_precompiled_tests PRIVATE difftrack_options difftrack_test_support)
    target_precompile_headers(difftrack_precompiled_tests PRIVATE ${difftrack_std_headers} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endif()

# The precompiled headers of one target, where they are asked for: PRECOMPILED is one of the two above, PCH its own header.
function(difftrack_precompile target precompiled pch)
  if(pch)
    target_precompile_headers(${target} PRIVATE ${pch})
  elseif(DIFFTRACK_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM ${precompiled})
  endif()
endfunction()

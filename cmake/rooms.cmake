# A benchmark's short round, for `ctest -C bench -L bench` alone (`make benchmarks`): it proves its answers and judges nothing.
function(difftrack_bench_round name)
  if(DIFFTRACK_BUILD_TESTS)
    add_test(NAME bench/${name} CONFIGURATIONS bench COMMAND ${ARGN})
    set_tests_properties(bench/${name} PROPERTIES LABELS bench TIMEOUT 300 FAIL_REGULAR_EXPRESSION "ERROR OCCURRED")
  endif()
endfunction()

# One call per room: a library from difftrack/NAME, a test program from tests/NAME, a benchmark from bench/NAME.
# Who links the library says difftrack::NAME, here and from an installed package alike (cmake/install.cmake).
#   difftrack_room(event DEPENDS core LINK ZLIB::ZLIB)
function(difftrack_room name)
  cmake_parse_arguments(ROOM "" "PCH;EXPORT" "DEPENDS;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/difftrack/${name}/*.cpp)
  set(target difftrack_${name})
  list(TRANSFORM ROOM_DEPENDS PREPEND difftrack_)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC difftrack_options ${ROOM_DEPENDS} ${ROOM_LINK})
    difftrack_precompile(${target} difftrack_precompiled "${ROOM_PCH}")
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE difftrack_options ${ROOM_DEPENDS} ${ROOM_LINK})
  endif()

  add_library(difftrack::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY DIFFTRACK_ROOMS ${name})
  if(NOT ROOM_EXPORT)
    set(ROOM_EXPORT difftrackTargets)
  endif()
  install(TARGETS ${target} EXPORT ${ROOM_EXPORT} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT development)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/difftrack/${name} DESTINATION include/difftrack COMPONENT development
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*-inl.hpp" EXCLUDE)

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cpp)
  if(tests AND DIFFTRACK_BUILD_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${target} difftrack_test_support)
    difftrack_precompile(${name}_test difftrack_precompiled_tests "${ROOM_PCH}")
    add_dependencies(room_tests ${name}_test)
    # Loading LibTorch from a disk that is not cached takes longer than the five seconds that CMake waits by default.
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
      PROPERTIES TIMEOUT 600 LABELS ${name})
  endif()

  file(GLOB_RECURSE benches CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/${name}/*.cpp)
  if(benches AND DIFFTRACK_BUILD_BENCHMARKS)
    add_executable(${name}_bench EXCLUDE_FROM_ALL ${benches})
    add_dependencies(benchmarks ${name}_bench)
    target_link_libraries(${name}_bench PRIVATE ${target} benchmark::benchmark benchmark::benchmark_main)
    if(ROOM_PCH)
      target_precompile_headers(${name}_bench PRIVATE ${ROOM_PCH})
    endif()
    difftrack_bench_round(${name} $<TARGET_FILE:${name}_bench> --benchmark_min_time=0.001)
  endif()
endfunction()

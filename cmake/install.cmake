# What `cmake --install` leaves beside the programs: what they find at run time, and what another project links.

# Found beside the program's folder (core/shipped_files.hpp). The study's runs stay behind: they are for its page.
install(DIRECTORY detectors models likelihoods emulators DESTINATION share/difftrack FILES_MATCHING PATTERN "*.toml" PATTERN "*.range"
  PATTERN "*.safetensors"
  PATTERN "study" EXCLUDE)
install(PROGRAMS tools/root_to_npz.py tools/plot_study.py DESTINATION share/difftrack/tools)

# What --help tells as man pages, and completion for bash, which asks --help itself.
find_program(HELP2MAN help2man)
if(HELP2MAN AND NOT DIFFTRACK_SANITIZE)
  set(man_pages ${PROJECT_BINARY_DIR}/man)
  set(programs difftrack difftrack-physics difftrack-study difftrack-tune)
  if(DIFFTRACK_WITH_TORCH)
    list(APPEND programs difftrack-train difftrack-check-gradient difftrack-train-emulator difftrack-train-agent)
    set(with_torch REGEX "/difftrack-(train|check-gradient|train-emulator|train-agent|study)\\.1$")  # the pages of what comes with LibTorch
  endif()
  add_custom_command(OUTPUT ${man_pages}/difftrack.1
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${man_pages}
    COMMAND ${PROJECT_SOURCE_DIR}/tools/man_pages.sh $<TARGET_FILE_DIR:difftrack> ${man_pages}
    DEPENDS ${programs} ${PROJECT_SOURCE_DIR}/tools/man_pages.sh VERBATIM COMMENT "Writing man pages")
  add_custom_target(man_pages ALL DEPENDS ${man_pages}/difftrack.1)
  if(DIFFTRACK_WITH_TORCH)
    install(DIRECTORY ${man_pages}/ DESTINATION share/man/man1 FILES_MATCHING PATTERN "*.1" ${with_torch} EXCLUDE)
    install(DIRECTORY ${man_pages}/ DESTINATION share/man/man1 COMPONENT training FILES_MATCHING ${with_torch})
  else()
    install(DIRECTORY ${man_pages}/ DESTINATION share/man/man1 FILES_MATCHING PATTERN "*.1")
  endif()
else()
  add_custom_target(man_pages)  # nothing to write them with
endif()
install(FILES tools/difftrack.bash DESTINATION share/bash-completion/completions RENAME difftrack)
# The licence, where Debian looks for it in each of its packages.
install(FILES LICENSE DESTINATION share/doc/difftrack RENAME copyright)
install(FILES LICENSE DESTINATION share/doc/libdifftrack-dev RENAME copyright COMPONENT development)
if(DIFFTRACK_WITH_TORCH)
  install(FILES LICENSE DESTINATION share/doc/difftrack-train RENAME copyright COMPONENT training)
endif()

# A program of someone else, in another prefix, finds them where this build was configured to be installed.
file(REAL_PATH ${CMAKE_BINARY_DIR} build_tree)
set_source_files_properties(difftrack/core/shipped_files.cpp PROPERTIES COMPILE_DEFINITIONS
  "DIFFTRACK_INSTALLED_DATA=\"${CMAKE_INSTALL_PREFIX}/share/difftrack\";DIFFTRACK_BUILD_TREE=\"${build_tree}\";DIFFTRACK_SOURCE_TREE=\"${PROJECT_SOURCE_DIR}\"")

set_source_files_properties(difftrack/core/version.cpp PROPERTIES COMPILE_DEFINITIONS
  "DIFFTRACK_VERSION=\"${PROJECT_VERSION}\"")

# The libraries, as targets difftrack::ROOM of find_package(difftrack); LibTorch's rooms apart, because only who asks
# for them shall have to find it.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/difftrack)
set_target_properties(difftrack_options PROPERTIES EXPORT_NAME options)
install(TARGETS difftrack_options EXPORT difftrackTargets COMPONENT development)
install(EXPORT difftrackTargets NAMESPACE difftrack:: DESTINATION ${package} COMPONENT development)
get_property(rooms GLOBAL PROPERTY DIFFTRACK_ROOMS)
set(plain_rooms ${rooms})
if(DIFFTRACK_WITH_TORCH)
  list(REMOVE_ITEM plain_rooms learn)
  set_target_properties(difftrack_torch PROPERTIES EXPORT_NAME torch)
  install(TARGETS difftrack_torch EXPORT difftrackLearnTargets COMPONENT development)
  install(EXPORT difftrackLearnTargets NAMESPACE difftrack:: DESTINATION ${package} COMPONENT development)
endif()
set(data_folder share/difftrack)
configure_package_config_file(cmake/difftrackConfig.cmake.in difftrackConfig.cmake INSTALL_DESTINATION ${package}
  PATH_VARS data_folder)
write_basic_package_version_file(difftrackConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/difftrackConfig.cmake ${PROJECT_BINARY_DIR}/difftrackConfigVersion.cmake
  DESTINATION ${package} COMPONENT development)

list(TRANSFORM plain_rooms PREPEND difftrack_ OUTPUT_VARIABLE plain_room_targets)

# The same without CMake, for what needs no LibTorch. A static library stands before those that it uses.
set(link_line ${plain_rooms})
list(REVERSE link_line)
list(TRANSFORM link_line PREPEND "-ldifftrack_")
list(JOIN link_line " " link_line)
file(RELATIVE_PATH prefix_from_file /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" prefix_from_file ${prefix_from_file})
configure_file(cmake/difftrack.pc.in difftrack.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/difftrack.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

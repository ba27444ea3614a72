# Debian packages, made by `make package`: programs with their data, training (it needs LibTorch), and what another
# project links. Dependencies on libraries are read from the programs (dpkg-shlibdeps).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME difftrack)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_CONTACT "The difftrack developers <difftrack@localhost>")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL programs development)
if(DIFFTRACK_WITH_TORCH)
  list(APPEND CPACK_COMPONENTS_ALL training)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(same_version "difftrack (= ${PROJECT_VERSION})")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME difftrack)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS "python3, python3-venv")  # ROOT files, through uproot
set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION "charged-particle tracking for proton CT
 Simulation, reconstruction and evaluation of proton tracks in pixel detectors,
 an event display and reports; with descriptions of detectors and models.")

set(CPACK_DEBIAN_TRAINING_PACKAGE_NAME difftrack-train)
set(CPACK_DEBIAN_TRAINING_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TRAINING_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TRAINING_PACKAGE_DEPENDS "${same_version}")
set(CPACK_DEBIAN_TRAINING_DESCRIPTION "training of difftrack's networks through the assignment
 The commands train, check-gradient, train-emulator, train-agent and study of difftrack, which need LibTorch.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libdifftrack-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${same_version}, libfmt-dev, libhwy-dev, libnlopt-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "librandom123-dev, libtomlplusplus-dev, libtorch-dev")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "difftrack's rooms as static libraries with headers
 Targets difftrack::ROOM for CMake, and difftrack.pc for pkg-config.")
include(CPack)

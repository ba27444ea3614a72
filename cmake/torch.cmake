# LibTorch: Debian's libtorch-dev (1.13.1) or any 2.x found through CMAKE_PREFIX_PATH, CUDA builds included.
find_package(Torch QUIET)
if(NOT Torch_FOUND)
  message(WARNING "LibTorch not found: building without training (install libtorch-dev, or set CMAKE_PREFIX_PATH)")
  set(DIFFTRACK_WITH_TORCH OFF)
  return()
endif()
# Who uses an installed difftrack gets the folders and libraries of the LibTorch found there (difftrackConfig.cmake.in).
add_library(difftrack_torch INTERFACE)
target_include_directories(difftrack_torch SYSTEM INTERFACE "$<BUILD_INTERFACE:${TORCH_INCLUDE_DIRS}>")
# The standard library first: wheels of PyTorch export some of its symbols from their own copy of an older one, and a
# program that finds std::filesystem::remove_all there calls a null pointer.
target_link_libraries(difftrack_torch INTERFACE $<BUILD_INTERFACE:stdc++>)
foreach(library IN LISTS TORCH_LIBRARIES)
  target_link_libraries(difftrack_torch INTERFACE "$<BUILD_INTERFACE:${library}>")
endforeach()

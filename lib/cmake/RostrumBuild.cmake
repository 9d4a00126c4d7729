# How the house is built: a static library a folder, one librostrum made from all of their objects.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
set(gstreamer_modules gstreamer-1.0>=1.22 gstreamer-app-1.0 gstreamer-video-1.0 gstreamer-audio-1.0 gstreamer-pbutils-1.0)
pkg_check_modules(GSTREAMER REQUIRED IMPORTED_TARGET ${gstreamer_modules})
pkg_check_modules(YAML_CPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2>=1.50)
pkg_check_modules(SWSCALE REQUIRED IMPORTED_TARGET libswscale libavutil)
pkg_check_modules(SOUP REQUIRED IMPORTED_TARGET libsoup-3.0>=3.2)
# What librostrum.so brings by itself, and the host of an archive links: by pkg-config's names, for find_package and rostrum.pc.
set(linked_modules ${gstreamer_modules} openssl zlib fmt yaml-cpp libnghttp2 libswscale libavutil)

add_library(rostrum_options INTERFACE)
target_compile_options(rostrum_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers)
# Nobody puts other functions in the place of ours: calls within the library need no detour through its table.
target_compile_options(rostrum_options INTERFACE -fno-semantic-interposition)
target_include_directories(rostrum_options INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
target_link_libraries(rostrum_options INTERFACE tl::expected)
target_compile_definitions(rostrum_options INTERFACE ROSTRUM_VERSION="${PROJECT_VERSION}")
if(ROSTRUM_SANITIZE)
  target_compile_options(rostrum_options INTERFACE -fsanitize=${ROSTRUM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ROSTRUM_SANITIZE})  # of every program: the library needs the runtime, also in an example
endif()
if(ROSTRUM_FUZZ)
  # Coverage as people read it, beside the fuzzer's own: for `./run fuzz --coverage`.
  target_compile_options(rostrum_options INTERFACE -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(rostrum_options INTERFACE -fprofile-instr-generate)
  # clang 14 asks for a name of vformat_to that a libfmt built with GCC does not have.
  target_compile_definitions(rostrum_options INTERFACE FMT_HEADER_ONLY)
endif()

set_property(GLOBAL PROPERTY ROSTRUM_PARTS "")
set_property(GLOBAL PROPERTY ROSTRUM_PLUGINS "")

function(_rostrum_part target folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC rostrum_options ${ARGN})
  set_property(GLOBAL APPEND PROPERTY ROSTRUM_PARTS ${target})
endfunction()

# rostrum_floor(NAME LIBS...): lib/NAME.
function(rostrum_floor name)
  _rostrum_part(rostrum_${name} lib/${name} ${ARGN})
endfunction()

# rostrum_plugin(NAME LIBS...): plugins/NAME, whose `extern const PluginInfo NAME_plugin` in namespace rostrum is its table.
function(rostrum_plugin name)
  _rostrum_part(rostrum_plugin_${name} plugins/${name} ${ARGN})
  if(TARGET rostrum_plugin_${name})
    target_include_directories(rostrum_plugin_${name} PUBLIC ${PROJECT_SOURCE_DIR}/plugins)
    target_link_libraries(rostrum_plugin_${name} PUBLIC fmt::fmt)
    set_property(GLOBAL APPEND PROPERTY ROSTRUM_PLUGINS ${name})
  endif()
endfunction()

# The table of built-in plugins and librostrum itself.
function(rostrum_library)
  get_property(plugins GLOBAL PROPERTY ROSTRUM_PLUGINS)
  set(declarations "")
  set(rows "")
  foreach(name IN LISTS plugins)
    string(APPEND declarations "extern const PluginInfo ${name}_plugin;\n")
    string(APPEND rows "&${name}_plugin, ")
  endforeach()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/built_in_plugins.cpp CONTENT [[
#include <array>
#include "registry/registry.hpp"
namespace rostrum {
@declarations@
std::span<const PluginInfo* const> built_in_plugins() {
  static const std::vector<const PluginInfo*> table{@rows@};
  return table;
}
}  // namespace rostrum
]] @ONLY)
  add_library(rostrum_plugins STATIC ${PROJECT_BINARY_DIR}/built_in_plugins.cpp)
  target_link_libraries(rostrum_plugins PUBLIC rostrum_options)
  get_property(parts GLOBAL PROPERTY ROSTRUM_PARTS)
  list(APPEND parts rostrum_plugins)

  # All parts as one link group, for tests that look inside.
  add_library(rostrum_inside INTERFACE)
  target_link_libraries(rostrum_inside INTERFACE rostrum_options)
  target_link_libraries(rostrum_inside INTERFACE -Wl,--start-group ${parts} -Wl,--end-group)

  set(objects "")
  foreach(part IN LISTS parts)
    list(APPEND objects $<TARGET_OBJECTS:${part}>)
  endforeach()
  add_library(rostrum ${objects})
  add_library(rostrum::rostrum ALIAS rostrum)
  set_target_properties(rostrum PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE CXX)
  target_include_directories(rostrum PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_compile_features(rostrum PUBLIC cxx_std_20)
  foreach(part IN LISTS parts)
    get_target_property(libs ${part} LINK_LIBRARIES)
    list(FILTER libs EXCLUDE REGEX "^rostrum_")
    list(TRANSFORM libs REPLACE "^.*::.*$" "$<BUILD_INTERFACE:\\0>")
    target_link_libraries(rostrum PRIVATE ${libs})
  endforeach()
  target_link_libraries(rostrum PUBLIC tl::expected PRIVATE $<INSTALL_INTERFACE:PkgConfig::ROSTRUM_LINKED> $<INSTALL_INTERFACE:Threads::Threads>)
  if(BUILD_SHARED_LIBS)
    # Only names of namespace rostrum leave the library: what it links stays its own affair.
    target_link_options(rostrum PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/lib/cmake/rostrum.map -Wl,-Bsymbolic-functions)
    set_target_properties(rostrum PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/lib/cmake/rostrum.map)
  endif()
  _rostrum_install()
endfunction()

# librostrum-soup: the adapter for a host's SoupServer, apart, so that nobody else has libsoup in their program.
function(rostrum_soup)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/http/soup/*.cpp)
  add_library(rostrum_soup ${sources})
  add_library(rostrum::soup ALIAS rostrum_soup)
  set_target_properties(rostrum_soup PROPERTIES OUTPUT_NAME rostrum-soup EXPORT_NAME soup VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    INSTALL_RPATH $ORIGIN)
  target_link_libraries(rostrum_soup PUBLIC rostrum PRIVATE $<BUILD_INTERFACE:rostrum_options> $<BUILD_INTERFACE:rostrum_base>
    $<BUILD_INTERFACE:PkgConfig::SOUP> $<INSTALL_INTERFACE:PkgConfig::ROSTRUM_SOUP_LINKED>)
  if(BUILD_SHARED_LIBS)
    target_link_options(rostrum_soup PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/lib/cmake/rostrum.map)
  endif()
  install(TARGETS rostrum_soup EXPORT rostrum LIBRARY COMPONENT soup NAMELINK_COMPONENT development ARCHIVE COMPONENT development)
endfunction()

# find_package(rostrum) and pkg-config for strangers. The installed tree names no absolute path, so it may be moved as a whole.
function(_rostrum_install)
  set(config ${CMAKE_INSTALL_LIBDIR}/cmake/rostrum)
  list(JOIN linked_modules " " modules)
  install(TARGETS rostrum EXPORT rostrum LIBRARY COMPONENT library NAMELINK_COMPONENT development ARCHIVE COMPONENT development)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/rostrum DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
  install(EXPORT rostrum NAMESPACE rostrum:: FILE rostrumTargets.cmake DESTINATION ${config} COMPONENT development)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/rostrumConfig.cmake CONTENT [[
include(CMakeFindDependencyMacro)
find_dependency(tl-expected)
if(NOT @BUILD_SHARED_LIBS@)  # an archive needs at the host's link what librostrum.so brings by itself
  find_dependency(PkgConfig)
  find_dependency(Threads)
  pkg_check_modules(ROSTRUM_LINKED REQUIRED IMPORTED_TARGET @modules@)
  pkg_check_modules(ROSTRUM_SOUP_LINKED QUIET IMPORTED_TARGET libsoup-3.0)  # for who links rostrum::soup
endif()
include("${CMAKE_CURRENT_LIST_DIR}/rostrumTargets.cmake")
]] @ONLY)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/rostrumConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/rostrumConfig.cmake ${PROJECT_BINARY_DIR}/rostrumConfigVersion.cmake DESTINATION ${config}
    COMPONENT development)
  # An archive's needs are public, not Requires.private: `pkg-config --static` is for programs without any shared object, which
  # Debian's GStreamer cannot be in, and names what only those link (libavutil's OpenCL, libsoup's Kerberos).
  set(requires "")
  set(beside "")
  if(NOT BUILD_SHARED_LIBS)
    list(TRANSFORM linked_modules REPLACE ">=" " >= ")
    list(JOIN linked_modules ", " requires)
    set(beside " -pthread -ldl")
  endif()
  # The prefix is found from where the file lies. Debian's libdir (lib/x86_64-linux-gnu) is deeper than lib.
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/rostrum.pc CONTENT [[
prefix=${pcfiledir}/@up@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: rostrum
Description: @PROJECT_DESCRIPTION@
Version: @PROJECT_VERSION@
Requires: @requires@
Libs: -L${libdir} -lrostrum@beside@
Cflags: -I${includedir}
]] @ONLY)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/rostrum-soup.pc CONTENT [[
prefix=${pcfiledir}/@up@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@

Name: rostrum-soup
Description: rostrum's streams behind a SoupServer
Version: @PROJECT_VERSION@
Requires: rostrum libsoup-3.0
Libs: -L${libdir} -lrostrum-soup
]] @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/rostrum.pc ${PROJECT_BINARY_DIR}/rostrum-soup.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT development)
endfunction()

# cmake -DFOLDER=DIR -DOUT=FILE.cpp -P embed.cmake: every file of DIR as a PageFile (page.hpp); none where DIR is empty.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_woff2 "font/woff2")

set(files "")
if(FOLDER)
  file(GLOB files ${FOLDER}/*)
endif()
set(arrays "")
set(rows "")
set(number 0)
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME)
  string(REGEX REPLACE ".*\\." "" extension ${name})
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${name}: embed.cmake knows no content type for .${extension}")
  endif()
  if(name STREQUAL "index.html")
    set(url "/")
  else()
    set(url "/${name}")
  endif()
  file(READ ${path} bytes HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char file_${number}[] = {\n${bytes}};\n")
  string(APPEND rows "      PageFile{\"${url}\", \"${type_${extension}}\", std::as_bytes(std::span(file_${number}))},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "// Made by embed.cmake.
#include \"page.hpp\"

#include <array>

namespace {
${arrays}}  // namespace

std::span<const PageFile> page_files() {
  static const std::array<PageFile, ${number}> files{{
${rows}  }};
  return files;
}
")

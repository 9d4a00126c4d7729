// The page of the bundled server, as the build embedded it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

struct PageFile {
  std::string_view url;           // "/", "/page.js"
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::span<const std::byte> bytes;
};

/// Every file of the page, for Engine::add_page; static storage. Empty where the program was built with ROSTRUM_PAGE=OFF.
std::span<const PageFile> page_files();

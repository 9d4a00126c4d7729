#include "graph/parse.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/core.h>

#include "graph/tree.hpp"

namespace rostrum::graph {
namespace {

/// The length of the UTF-8 sequence at the front (RFC 3629 4), 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) { return at(i) >= low && at(i) <= high; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) return tail(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return tail(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

/// Neither parser sees bytes that are no text: both would go on in their own way.
Result<void> screen(std::string_view text, std::string_view source) {
  int line = 1;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const auto where = [&] { return fmt::format("{}:{}", source, line); };
    if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f)
      return fail(Errc::bad_syntax, where(), fmt::format("a control character (0x{:02x}); the file must be plain text", byte));
    const std::size_t length = utf8_length(text);
    if (length == 0)
      return fail(Errc::bad_syntax, where(), fmt::format("byte 0x{:02x} is no UTF-8; save the file as UTF-8", byte));
    if (byte == '\n') ++line;
    text.remove_prefix(length);
  }
  return {};
}

}  // namespace

Result<Value> parse(std::string_view text, std::string_view source) {
  const std::string begin = fmt::format("{}:1", source);
  if (text.size() > most_bytes)
    return fail(Errc::limit, begin, fmt::format("larger than {} bytes; a file this large is no graph", most_bytes));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return fail(Errc::bad_syntax, begin, "is UTF-16; save the file as UTF-8");
  if (auto fine = screen(text, source); !fine) return tl::unexpected(fine.error());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  auto value = first != text.npos && text[first] == '{' ? parse_json(text, source) : parse_yaml(text, source);
  if (!value) return value;
  if (value->shape == Value::Shape::none) return fail(Errc::bad_syntax, begin, "the file is empty; begin with rostrum: 1");
  if (value->shape != Value::Shape::map)
    return fail(Errc::bad_syntax, fmt::format("{}:{}", source, value->mark.line),
                "is no map of keys and values; begin with rostrum: 1");
  return value;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  // Not by its size: a pipe (/dev/stdin) has none.
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  const auto failed = [&] {
    return errno == ENOENT ? fail(Errc::not_found, path.string(), "no such file")
                           : fail(Errc::io, path.string(), fmt::format("cannot be read: {}", std::strerror(errno)));
  };
  if (!file) return failed();
  std::string text(most_bytes + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get())) return failed();
  return text;
}

}  // namespace rostrum::graph

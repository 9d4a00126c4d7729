#include "base/text.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/core.h>

namespace rostrum {
namespace {

constexpr std::size_t longest_shown = 60;
constexpr std::size_t longest_compared = 64;  // bounds the edit distance, whatever a file holds
constexpr std::size_t few = 12;

bool lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool plain(char c) {
  return lower(c) || digit(c) || (c >= 'A' && c <= 'Z') || std::string_view("_-./:+%@*{}[]$").find(c) != std::string_view::npos;
}

// Optimal string alignment: insert, delete, replace, swap two neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string shown(std::string_view text) {
  const bool cut = text.size() > longest_shown;
  std::size_t end = cut ? longest_shown : text.size();
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 sequence
  text = text.substr(0, end);
  if (!text.empty() && !cut && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else
      out += c;
  }
  return out + (cut ? "...\"" : "\"");
}

std::string_view nearest(std::string_view word, Names names) {
  if (word.empty() || word.size() > longest_compared) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view name : names) {
    if (name.size() > word.size() && name.ends_with(word) && name[name.size() - word.size() - 1] == '.') return name;
    if (name.size() > longest_compared) continue;
    const std::size_t d = distance(word, name);
    if (d < least) {
      least = d;
      best = name;
    }
  }
  return best;
}

std::string listed(Names names, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? fmt::format(" {} ", last) : ", ";
    out += names[i];
  }
  return out;
}

std::string remedy(std::string_view word, Names names) {
  if (const std::string_view name = nearest(word, names); !name.empty()) return fmt::format("; did you mean {}?", name);
  if (names.empty() || names.size() > few) return {};
  return fmt::format("; there {} {}", names.size() == 1 ? "is only" : "are", listed(names));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && lower(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return lower(c) || digit(c) || c == '_' || c == '-'; });
}

}  // namespace rostrum

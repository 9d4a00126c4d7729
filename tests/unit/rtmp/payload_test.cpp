#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "rtmp/payload.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;

namespace {

Bytes message(const std::string& text, std::size_t step, Slab& slab) {
  Payload payload;
  for (std::size_t at = 0; at < text.size(); at += step)
    payload.append(as_view(text).subspan(at, std::min(step, text.size() - at)), text.size(), slab);
  CHECK(payload.size() == text.size());
  Bytes whole = payload.take();
  CHECK(payload.size() == 0);
  return whole;
}

}  // namespace

TEST_CASE("rtmp: messages keep their bytes, however they came and whatever comes after them") {
  std::vector<Bytes> kept;
  std::vector<std::string> wanted;
  {
    Slab slab;
    for (std::size_t size = 1; size < 1'000'000; size = size * 3 + 1) {
      for (const std::size_t step : {std::size_t{4096}, std::size_t{128}, std::size_t{1} << 20}) {
        wanted.emplace_back(size, static_cast<char>('a' + wanted.size() % 26));
        kept.push_back(message(wanted.back(), step, slab));
      }
    }
  }
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(kept[i].text() == wanted[i]);
}

TEST_CASE("rtmp: short messages lie side by side, long ones have a block of their own") {
  Slab slab;
  const auto first = slab.take(100);
  const auto large = slab.take(Slab::longest_piece + 1);
  const auto second = slab.take(100);
  CHECK(second.get() == first.get() + 100);
  CHECK(large.use_count() == 1);
  // What a stream keeps for good comes in its first kilobytes, and keeps no more than those.
  slab.take(8000);
  CHECK(first.use_count() == 2);
}

TEST_CASE("rtmp: a message of which half has come may grow while others do") {
  Slab slab;
  const std::string text(200'000, 'x'), other(50'000, 'y');
  Payload slow, quick;
  slow.append(as_view(text).first(1000), text.size(), slab);
  quick.append(as_view(other), other.size(), slab);
  slow.append(as_view(text).subspan(1000), text.size(), slab);
  CHECK(quick.take().text() == other);
  CHECK(slow.take().text() == text);
}

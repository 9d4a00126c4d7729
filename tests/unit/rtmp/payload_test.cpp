// Where the payloads of media messages lie in memory.
#include "rtmp/payload.hpp"

#include <doctest/doctest.h>

#include "rtmp/chunk_reader.hpp"
#include "samples.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;

namespace {

class Feeder {
 public:
  /// Chunks of a message's first `sent` bytes; the whole message, if that makes one.
  std::optional<Bytes> feed(unsigned chunk_stream, MessageType type, std::size_t length, std::size_t sent) {
    Writer out;
    out.u8(chunk_stream).u24(0).u24(length).u8(static_cast<unsigned>(type)).u32_little(1);
    for (std::size_t at = 0; at < sent; at += 128) {
      if (at > 0) out.u8(0xC0 | chunk_stream);
      out.bytes(std::vector<std::byte>(std::min<std::size_t>(128, sent - at), static_cast<std::byte>(++filling_)));
    }
    return feed(out.view());
  }
  std::optional<Bytes> whole(std::size_t length, MessageType type = MessageType::audio) { return feed(4, type, length, length); }
  std::optional<Bytes> feed(ByteView input) {
    auto next = reader_.next(input);
    REQUIRE(next);
    return *next ? std::optional((*next)->payload) : std::nullopt;
  }

 private:
  ChunkReader reader_{Limits{}};
  unsigned char filling_ = 0;
};

}  // namespace

TEST_CASE("rtmp: payloads of media lie side by side, and none is touched by what comes later") {
  Feeder feeder;
  const Bytes first = *feeder.whole(300), second = *feeder.whole(300, MessageType::video);
  const std::string before(first.text());
  CHECK(second.data() == first.data() + 300);
  std::vector<Bytes> more;
  for (int i = 0; i < 1000; ++i) more.push_back(*feeder.whole(1000));
  CHECK(first.text() == before);
  std::size_t blocks = 1;
  for (std::size_t i = 1; i < more.size(); ++i)
    if (more[i].data() != more[i - 1].data() + 1000) ++blocks;
  CHECK(blocks <= 1000 * 1000 / (PayloadBlocks::block_bytes - 1000) + 1);
}

TEST_CASE("rtmp: what is no media, is long, or comes between the chunks of another lies elsewhere") {
  Feeder feeder;
  const Bytes first = *feeder.whole(100);
  CHECK(feeder.whole(100, MessageType::data)->size() == 100);
  CHECK(feeder.whole(PayloadBlocks::largest + 1)->size() == PayloadBlocks::largest + 1);
  CHECK_FALSE(feeder.feed(6, MessageType::video, 500, 128));
  const Bytes between = *feeder.whole(100);
  Writer rest;
  for (int i = 0; i < 3; ++i) rest.u8(0xC6).bytes(std::vector<std::byte>(i == 2 ? 116 : 128, std::byte{9}));
  REQUIRE(rest.size() == 3 + 372);
  const Bytes video = *feeder.feed(rest.view());
  CHECK(video.size() == 500);
  CHECK(video.data() == first.data() + 100);
  CHECK(feeder.whole(100)->data() == video.data() + 500);
}

TEST_CASE("rtmp: a message that was announced and given up leaves its room to the next") {
  Feeder feeder;
  const Bytes first = *feeder.whole(100);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(feeder.feed(6, MessageType::video, 16'000, 128));
    Writer abort;
    abort.u8(2).u24(0).u24(4).u8(static_cast<unsigned>(MessageType::abort)).u32_little(0).u32(6);
    CHECK_FALSE(feeder.feed(abort.view()));
  }
  CHECK(feeder.whole(100)->data() == first.data() + 100);
}

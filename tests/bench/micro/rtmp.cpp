// The RTMP door's readers: chunks to messages, AMF0 to values.
#include <benchmark/benchmark.h>

#include "rtmp/amf0.hpp"
#include "rtmp/chunk_reader.hpp"

namespace {

using namespace rostrum;
using namespace rostrum::rtmp;

// One second of 2.5 Mbit/s of video and 128 kbit/s of audio in chunks of 4,096 bytes, as ffmpeg and OBS send it.
Bytes second_of_media() {
  Writer out;
  out.u8(2).u24(0).u24(4).u8(1).u32(0).u32(4096);
  const std::string payload(2'500'000 / 8 / 30, 'v');
  const auto message = [&](unsigned chunk_stream, unsigned type, std::uint32_t time, std::size_t size) {
    out.u8(chunk_stream).u24(time).u24(static_cast<std::uint32_t>(size)).u8(type).u32_little(1);
    for (std::size_t at = 0; at < size; at += 4096) {
      if (at > 0) out.u8(0xc0 | chunk_stream);
      out.bytes(as_view(payload).subspan(at, std::min<std::size_t>(4096, size - at)));
    }
  };
  for (std::uint32_t i = 0; i < 30; ++i) {
    message(6, 9, i * 33, payload.size());
    message(4, 8, i * 33, 340);
    if (i % 2 == 0) message(4, 8, i * 33 + 21, 340);
  }
  return Bytes(out.take());
}

void chunks(benchmark::State& state) {
  const Bytes wire = second_of_media();
  const auto piece = static_cast<std::size_t>(state.range(0));  // bytes of one read
  for ([[maybe_unused]] auto _ : state) {
    ChunkReader reader{Limits{}};
    for (ByteView rest = wire.view(); !rest.empty();) {
      ByteView part = rest.first(std::min(piece, rest.size()));
      rest = rest.subspan(part.size());
      while (true) {
        const auto message = reader.next(part);
        if (!message) return state.SkipWithError("refused");
        if (!*message) break;
      }
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(chunks)->Arg(2048)->Arg(65536);

// What OBS says of itself in `connect`.
Bytes connect_command() {
  Writer out;
  write_amf0(out, "connect");
  write_amf0(out, 1.0);
  write_amf0(out, AmfValue::Object{{"app", "live"},
                                   {"type", "nonprivate"},
                                   {"flashVer", "FMLE/3.0 (compatible; FMSc/1.0)"},
                                   {"swfUrl", "rtmp://127.0.0.1:1935/live"},
                                   {"tcUrl", "rtmp://127.0.0.1:1935/live"},
                                   {"fourCcList", AmfValue::Array{"av01", "hvc1"}}});
  return Bytes(out.take());
}

void amf_read(benchmark::State& state) {
  const Bytes command = connect_command();
  std::size_t values = 0;
  for ([[maybe_unused]] auto _ : state) values = read_amf0_all(command.view()).value().size();
  if (values != 3) state.SkipWithError("misread");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(command.size()));
}
BENCHMARK(amf_read);

void amf_write(benchmark::State& state) {
  const auto values = read_amf0_all(connect_command().view()).value();
  for ([[maybe_unused]] auto _ : state) {
    Writer out;
    for (const AmfValue& value : values) write_amf0(out, value);
    benchmark::DoNotOptimize(out.view().data());
  }
}
BENCHMARK(amf_write);

}  // namespace

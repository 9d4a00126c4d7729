#include "llhls/init_segment.hpp"

#include <string>

#include "llhls/box.hpp"

namespace rostrum::llhls {
namespace {

constexpr std::uint32_t unity_matrix[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};

void matrix(Writer& out) {
  for (const std::uint32_t cell : unity_matrix) out.u32(cell);
}

// ISO 14496-12 12.1.3: what all visual sample entries start with.
void visual_entry(Writer& out, const Format& format) {
  out.zeros(6).u16(1);  // reserved, data_reference_index
  out.zeros(16);
  out.u16(static_cast<unsigned>(format.width)).u16(static_cast<unsigned>(format.height));
  out.u32(0x480000).u32(0x480000);  // 72 dpi
  out.u32(0).u16(1);                // one frame a sample
  out.zeros(32);                    // compressorname
  out.u16(0x18).u16(0xffff);        // depth, pre_defined
}

// ISO 14496-12 12.2.3. The 16.16 sample rate cannot say more than 65,535 Hz; the configuration record does.
void audio_entry(Writer& out, const Format& format) {
  out.zeros(6).u16(1);
  out.zeros(8);
  out.u16(static_cast<unsigned>(format.channels)).u16(16);
  out.u32(0);
  out.u32(format.sample_rate > 0xffff ? 0 : static_cast<std::uint32_t>(format.sample_rate) << 16);
}

// ISO 14496-1 8.3.3: a size in four bytes of seven bits.
void descriptor(Writer& out, unsigned tag, std::size_t size) {
  out.u8(tag);
  for (int shift = 21; shift >= 0; shift -= 7) out.u8((size >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
}

// ISO 14496-14 5.6: the AudioSpecificConfig inside its descriptors.
void esds(Writer& out, const Format& format) {
  Box box(out, "esds", 0, 0);
  const std::size_t specific = format.config.size() + 5;
  const std::size_t decoder = 13 + specific;
  descriptor(out, 0x03, 3 + 5 + decoder + 5 + 1);
  out.u16(0).u8(0);  // ES_ID, flags
  descriptor(out, 0x04, decoder);
  out.u8(0x40).u8(0x15).u24(0).u32(0).u32(0);  // MPEG-4 audio, audio stream, buffer and bitrates not stated
  descriptor(out, 0x05, format.config.size());
  out.bytes(format.config);
  descriptor(out, 0x06, 1);
  out.u8(2);
}

void sample_entry(Writer& out, const Format& format) {
  const auto visual = [&](std::string_view entry, std::string_view config) {
    Box box(out, entry);
    visual_entry(out, format);
    Box record(out, config);
    out.bytes(format.config);
  };
  switch (format.codec) {
    case Codec::h264:
      return visual("avc1", "avcC");
    case Codec::hevc:
      return visual("hvc1", "hvcC");
    case Codec::av1:
      return visual("av01", "av1C");
    case Codec::opus: {
      Box box(out, "Opus");
      audio_entry(out, format);
      Box record(out, "dOps");
      out.bytes(format.config);
      return;
    }
    default: {
      Box box(out, "mp4a");
      audio_entry(out, format);
      return esds(out, format);
    }
  }
}

void sample_table(Writer& out, const Format& format) {
  Box stbl(out, "stbl");
  {
    Box stsd(out, "stsd", 0, 0);
    out.u32(1);
    sample_entry(out, format);
  }
  for (const std::string_view empty : {"stts", "stsc", "stco"}) {
    Box box(out, empty, 0, 0);
    out.u32(0);
  }
  Box stsz(out, "stsz", 0, 0);
  out.u32(0).u32(0);
}

void media(Writer& out, const Format& format) {
  const bool video = format.track() == Track::video;
  Box mdia(out, "mdia");
  {
    Box mdhd(out, "mdhd", 0, 0);
    out.u32(0).u32(0).u32(timescale_of(format)).u32(0).u16(0x55c4).u16(0);  // language "und"
  }
  {
    Box hdlr(out, "hdlr", 0, 0);
    out.u32(0).text(video ? "vide" : "soun").zeros(12).u8(0);
  }
  Box minf(out, "minf");
  if (video) {
    Box vmhd(out, "vmhd", 0, 1);
    out.zeros(8);
  } else {
    Box smhd(out, "smhd", 0, 0);
    out.zeros(4);
  }
  {
    Box dinf(out, "dinf");
    Box dref(out, "dref", 0, 0);
    out.u32(1);
    Box url(out, "url ", 0, 1);  // the media is in this file
  }
  sample_table(out, format);
}

void track(Writer& out, const Format& format) {
  const bool video = format.track() == Track::video;
  Box trak(out, "trak");
  {
    Box tkhd(out, "tkhd", 0, 3);  // enabled, in the movie
    out.u32(0).u32(0).u32(1).u32(0).u32(0).zeros(8).u16(0).u16(0).u16(video ? 0 : 0x0100).u16(0);
    matrix(out);
    out.u32(static_cast<std::uint32_t>(format.width) << 16).u32(static_cast<std::uint32_t>(format.height) << 16);
  }
  media(out, format);
}

}  // namespace

std::uint32_t timescale_of(const Format& format) {
  if (format.track() == Track::video) return 90'000;
  return format.sample_rate > 0 ? static_cast<std::uint32_t>(format.sample_rate) : 48'000;
}

Result<Bytes> make_init_segment(const Format& format) {
  if (format.codec == Codec::vp8 || format.codec == Codec::vp9 || format.codec == Codec::mp3)
    return fail(Errc::unsupported, "llhls",
                std::string(name_of(format.codec)) + " does not go into CMAF here; encode it to h264, hevc, av1, aac or opus");
  if (format.config.empty())
    return fail(Errc::bad_syntax, "llhls", std::string(name_of(format.codec)) + " came without its configuration record");
  Writer out;
  {
    Box ftyp(out, "ftyp");
    out.text("iso6").u32(0).text("iso6").text("cmfc").text("cmf2");
  }
  {
    Box moov(out, "moov");
    {
      Box mvhd(out, "mvhd", 0, 0);
      out.u32(0).u32(0).u32(1000).u32(0).u32(0x10000).u16(0x0100).zeros(10);
      matrix(out);
      out.zeros(24).u32(2);  // next_track_ID
    }
    track(out, format);
    Box mvex(out, "mvex");
    Box trex(out, "trex", 0, 0);
    out.u32(1).u32(1).u32(0).u32(0).u32(0);
  }
  return Bytes(out.take());
}

}  // namespace rostrum::llhls

// Kinds are data: a row says what a node is, what it reads and gives, and which parameters it takes. Checking, JSON Schema,
// `rostrum inspect`, the reference and completion are all made from the row. Built-in and third-party kinds come through the
// same door.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rostrum/error.hpp>
#include <rostrum/media.hpp>

struct _GstElement;  // GStreamer's own tag; plugins that build elements include <rostrum/gst.hpp>

namespace rostrum {

enum class Role : std::uint8_t { source, filter, sink };
enum class Direction : std::uint8_t { in, out };

/// Media classes of a port; a set, so that a port may take several.
enum class Media : std::uint8_t {
  raw_video = 1,
  raw_audio = 2,
  encoded_video = 4,
  encoded_audio = 8,
  data = 16,
  raw = 3,
  encoded = 12,
  audio = 10,  // raw or encoded
  any = 31,
};
constexpr Media operator|(Media a, Media b) {
  return static_cast<Media>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool overlap(Media a, Media b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

struct PortInfo {
  std::string_view name;
  Direction direction = Direction::in;
  Media media = Media::any;
  bool many = false;      // in: takes any number of links (a packager); otherwise exactly one
  bool optional = false;  // in: may stay unlinked
  /// Encoded media only, "h264|hevc|aac": in, what it can carry; out, what it may give, unless the node has a parameter `codec`,
  /// which then says it. Empty = any codec of the media class.
  std::string_view codecs{};
};

enum class Type : std::uint8_t {
  string,    // text
  integer,   // 3
  number,    // 1.5
  boolean,   // true, false
  duration,  // 500ms, 2s, 5m, 2h
  bitrate,   // 2500k, 6M, 128k; bits a second
  size,      // 1280x720
  rate,      // 30, 30000/1001, 29.97; frames a second
  window,    // a count (3) or a duration (30s)
  choice,    // one of ParamInfo::choices
  list,      // a list of maps whose rows are ParamInfo::items
};
/// "duration", "bitrate", ...
std::string_view name_of(Type) noexcept;

struct ParamInfo {
  std::string_view name;
  Type type = Type::string;
  std::string_view fallback{};  // the default, as a person would write it; empty = none
  std::string_view property{};  // kinds with a launch line: "element.property" that takes the value
  std::string_view meaning{};   // one line
  bool required = false;
  std::string_view minimum{};  // inclusive, as a person would write it
  std::string_view maximum{};
  std::string_view choices{};          // Type::choice: "cut|refuse"
  std::span<const ParamInfo> items{};  // Type::list: the rows of each entry
};

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

/// A node's checked parameters: each declared one that has a value or a default is there, with the declared type. Asking for a
/// name that the kind does not declare, or with another type, is a programming error and ends the process with its name.
class Params {
 public:
  Params();
  Params(const Params&);
  Params(Params&&) noexcept;
  Params& operator=(Params) noexcept;
  ~Params();

  [[nodiscard]] bool has(std::string_view name) const;                 // written by the user or defaulted
  [[nodiscard]] const std::string& text(std::string_view name) const;  // string, choice; "" when absent
  [[nodiscard]] std::int64_t integer(std::string_view name) const;     // integer, bitrate (bit/s), count of a window
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] Duration duration(std::string_view name) const;  // duration, duration of a window (0 = it is a count)
  [[nodiscard]] Size size(std::string_view name) const;
  [[nodiscard]] Rational rate(std::string_view name) const;
  [[nodiscard]] std::span<const Params> list(std::string_view name) const;

  struct Data;
  explicit Params(std::unique_ptr<Data>);
  [[nodiscard]] const Data& data() const { return *data_; }

 private:
  std::unique_ptr<Data> data_;
};

class Sink;         // node.hpp
class NodeContext;  // node.hpp

/// A path that viewers may GET (and HEAD) below /{app}/{name}/, answered by the node. `pattern` has '*' for one path segment.
struct RouteInfo {
  std::string_view pattern;      // "index.m3u8", "hls/*", "hls/*/*"
  bool waits_for_start = false;  // a starting stream holds the request for up to 5 s instead of 404
  bool admits = false;           // opens a viewer's session: the host is asked here, once
};

struct KindInfo;

/// A node of a kind that stands for several others (`ladder`): `expand` gives them with their names below the node's.
struct NodeSpec {
  std::string name;                                         // "ladder.720p"
  std::string kind;                                         // "encode"
  std::vector<std::string> from;                            // resolved references: "picture", "in.video", "ladder.720p.scale"
  std::vector<std::pair<std::string, std::string>> params;  // as a person would write them
  bool hidden = false;                                      // an inner node: references to the parent's bare name do not reach it
};
using Expand = Result<std::vector<NodeSpec>> (*)(std::string_view name, std::span<const std::string> from, const Params&);

/// Builds the node's GStreamer element or bin (transfer floating). Each port is a static pad of the port's name, or "sink" and
/// "src" where the kind has one of its direction. Control thread only. See gst.hpp.
using MakeElement = Result<_GstElement*> (*)(const NodeContext&);
/// Changes one parameter of an element that `element` built, while it runs; `params` hold its new value. Control thread only.
/// Fails with Errc::unsupported where the element cannot.
using ChangeElement = Result<void> (*)(_GstElement*, std::string_view param, const Params& params);
/// Builds a plain C++ node that takes encoded frames. Stream thread only.
using MakeSink = Result<std::unique_ptr<Sink>> (*)(NodeContext&);
/// Adds findings that no row can state (rungs with one name twice). Any thread.
using CheckParams = std::vector<Error> (*)(const Params&);

struct KindInfo {
  std::string_view name;
  Role role = Role::filter;
  std::string_view summary{};
  std::span<const PortInfo> ports{};
  std::span<const ParamInfo> params{};
  std::string_view launch{};      // a constant GStreamer launch line; values are set as properties and never spliced in
  MakeElement element = nullptr;  // or a function that builds the element
  MakeSink sink = nullptr;        // or a plain C++ node
  Expand expand = nullptr;        // or other nodes
  CheckParams check = nullptr;
  std::string_view elements{};  // GStreamer elements that must exist: "x264enc|openh264enc avdec_h264" ('|' = any of them)
  std::span<const RouteInfo> routes{};
  ChangeElement change = nullptr;  // beside `element`: what can be changed while it runs
};

}  // namespace rostrum

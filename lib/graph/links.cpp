#include "graph/links.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/core.h>

#include "base/text.hpp"

namespace rostrum::graph {
namespace {

constexpr Media video = Media::raw_video | Media::encoded_video;
constexpr Media operator&(Media a, Media b) {
  return static_cast<Media>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr bool any_of(Media media) {
  return static_cast<unsigned>(media) != 0;
}

constexpr std::array all_codecs{Codec::h264, Codec::hevc, Codec::av1,  Codec::vp8,
                                Codec::vp9,  Codec::aac,  Codec::opus, Codec::mp3};

Media track_media(Codec codec) {
  return track_of(codec) == Track::video ? video : Media::audio;
}

std::optional<Codec> codec_named(std::string_view name) {
  const auto found = std::ranges::find(all_codecs, name, [](Codec codec) { return name_of(codec); });
  return found == all_codecs.end() ? std::nullopt : std::optional(*found);
}

const ParamInfo* codec_row(const KindInfo& kind) {
  const auto row = std::ranges::find(kind.params, std::string_view("codec"), &ParamInfo::name);
  return row != kind.params.end() && row->type == Type::choice ? &*row : nullptr;
}

/// What the node's parameter `codec` says; nothing where it has none or it is wrong.
std::optional<Codec> codec_of(const Node& node) {
  return codec_row(*node.kind) && node.params ? codec_named(node.params->text("codec")) : std::nullopt;
}

std::string port_name(const Node& node, const PortInfo& port) {
  const auto same = std::ranges::count(node.kind->ports, port.direction, &PortInfo::direction);
  return same > 1 ? fmt::format("{}.{}", node.name, port.name) : node.name;
}

class Linker {
 public:
  Linker(const Nodes& nodes, Findings& findings) : nodes_(nodes), findings_(findings), links_(nodes.nodes.size()) {}

  void node(std::size_t index, const std::vector<Reference>& reads) {
    const Node& reader = nodes_.nodes[index];
    if (reader.kind->role == Role::source) {
      if (!reader.from.empty())
        error(reader.from[0].place, fmt::format("{} is a source and reads nothing; take `from` out", reader.kind->name));
      return;
    }
    for (const Reference& reference : reads) read(index, reference);
    if (reads.size() == reader.from.size() && !reader.from_broken) need_inputs(index);
  }

  std::vector<std::vector<Link>> take() && { return std::move(links_); }

 private:
  struct Output {
    std::size_t node;
    const PortInfo* port;
    Media media;
  };

  /// A reader as the file calls it: of what `ladder` stands for, no one is in the file.
  [[nodiscard]] const std::string& written_name(const Node& reader) const { return nodes_.written[reader.written].name; }
  void error(const Place& place, std::string what) { findings_.error(Errc::bad_graph, place, std::move(what)); }

  /// What a port really gives: its codec's track, or a filter's input's track.
  Media given(std::size_t index, const PortInfo& port) const {
    const Node& node = nodes_.nodes[index];
    if (const auto codec = codec_of(node)) return port.media & (track_media(*codec) | Media::data);
    if (node.kind->role != Role::filter || links_[index].empty()) return port.media;
    Media tracks{};
    for (const Link& link : links_[index])
      tracks =
          tracks | (overlap(link.media, video) ? video : Media{}) | (overlap(link.media, Media::audio) ? Media::audio : Media{});
    return any_of(port.media & tracks) ? port.media & tracks : port.media;
  }

  std::vector<Output> outputs(const Reference& reference) const {
    std::vector<Output> out;
    for (const std::size_t index : reference.nodes)
      for (const PortInfo& port : nodes_.nodes[index].kind->ports)
        if (port.direction == Direction::out && (!reference.port || reference.port == &port))
          out.push_back({index, &port, given(index, port)});
    return out;
  }

  /// The media that a port takes, less what the node's own codec is not for.
  static Media taken(const Node& reader, const PortInfo& port) {
    const auto codec = codec_of(reader);
    return codec ? port.media & (track_media(*codec) | Media::data) : port.media;
  }

  void read(std::size_t index, const Reference& reference) {
    const Node& reader = nodes_.nodes[index];
    const std::vector<Output> all = outputs(reference);
    if (all.empty())
      return error(reference.item->place,
                   fmt::format("{} is a sink and gives nothing to read", nodes_.nodes[reference.nodes[0]].name));
    std::vector<Output> fit;
    for (const Output& output : all)
      if (port_for(index, output, true)) fit.push_back(output);
    if (fit.empty()) return mismatch(index, reference, all[0]);
    // `from: in` where the reader takes one input and both of the publisher's tracks would do: somebody has to choose.
    const bool one = reference.nodes.size() == 1 && fit.size() > 1 &&
                     std::ranges::all_of(fit, [&](const Output& output) { return !port_for(index, output, true)->many; }) &&
                     inputs(*reader.kind) == 1;
    if (one) {
      const Node& source = nodes_.nodes[reference.nodes[0]];
      std::vector<std::string> ports;
      for (const Output& output : fit) ports.push_back(fmt::format("{}.{}", source.name, output.port->name));
      const std::vector<std::string_view> names(ports.begin(), ports.end());
      return error(reference.item->place, fmt::format("{} reads one input and {} gives several; write {}", written_name(reader),
                                                      source.name, listed(names, "or")));
    }
    for (const Output& output : fit) connect(index, reference, output);
  }

  static std::ptrdiff_t inputs(const KindInfo& kind) {
    return std::ranges::count(kind.ports, Direction::in, &PortInfo::direction);
  }

  /// The in port that takes an output: the first free one; with `full_too`, one that is taken already, where none is free.
  const PortInfo* port_for(std::size_t index, const Output& output, bool full_too) const {
    const Node& reader = nodes_.nodes[index];
    const PortInfo* full = nullptr;
    for (const PortInfo& port : reader.kind->ports) {
      if (port.direction != Direction::in || !overlap(output.media, taken(reader, port))) continue;
      if (port.many || std::ranges::find(links_[index], port.name, &Link::in_port) == links_[index].end()) return &port;
      if (!full) full = &port;
    }
    return full_too ? full : nullptr;
  }

  void connect(std::size_t index, const Reference& reference, const Output& output) {
    const Node& reader = nodes_.nodes[index];
    const Node& source = nodes_.nodes[output.node];
    const auto same = [&](const Link& link) {
      return link.from == static_cast<int>(output.node) && link.out_port == output.port->name;
    };
    if (std::ranges::any_of(links_[index], same))
      return error(reference.item->place, fmt::format("{} is read twice; once is enough", port_name(source, *output.port)));
    const PortInfo* port = port_for(index, output, false);
    if (!port) {
      const PortInfo* full = port_for(index, output, true);
      const auto taken_by = std::ranges::find(links_[index], full->name, &Link::in_port);
      return error(reference.item->place,
                   fmt::format("{} reads one input and already has {}; add a second {} for {}",
                               reader.hidden ? written_name(reader) : port_name(reader, *full),
                               nodes_.nodes[static_cast<std::size_t>(taken_by->from)].name,
                               nodes_.written[reader.written].kind->name, port_name(source, *output.port)));
    }
    const Media media = output.media & taken(reader, *port);
    carry(reader, reference, source, output, *port, media);
    links_[index].push_back({static_cast<int>(output.node), output.port->name, port->name, media});
  }

  /// Can the reader carry each codec that may come?
  void carry(const Node& reader, const Reference& reference, const Node& source, const Output& output, const PortInfo& port,
             Media media) {
    if (port.codecs.empty() || !any_of(media & Media::encoded) || (codec_row(*source.kind) && !source.params)) return;
    const auto carried = split(port.codecs, '|');
    const auto may_give = split(output.port->codecs, '|');
    const auto fixed = codec_of(source);
    std::vector<std::string_view> bad, good, remedies;
    for (const Codec codec : all_codecs) {
      const std::string_view name = name_of(codec);
      if (!overlap(media, track_media(codec))) continue;
      const bool fits = std::ranges::find(carried, name) != carried.end();
      if (fits) remedies.push_back(name);
      if (fixed ? *fixed != codec : !may_give.empty() && std::ranges::find(may_give, name) == may_give.end()) continue;
      (fits ? good : bad).push_back(name);
    }
    if (bad.empty()) return;
    const std::string from = port_name(source, *output.port);
    const std::string takes = remedies.empty()
                                  ? fmt::format("{} carries no {}", reader.kind->name, overlap(media, video) ? "video" : "audio")
                                  : fmt::format("{} carries {}", reader.kind->name, listed(remedies));
    if (fixed)
      return error(reference.item->place, fmt::format("{} gives {}, and {}; encode to one of those", from, bad[0], takes));
    if (good.empty())
      return error(reference.item->place,
                   fmt::format("{} gives {}, and {}; put an encode between", from, listed(bad, "or"), takes));
    findings_.warning(Errc::unsupported, reference.item->place,
                      fmt::format("{} may bring {}, and {}: such a track is refused; an encode between takes it", from,
                                  listed(bad, "or"), takes));
  }

  void mismatch(std::size_t index, const Reference& reference, const Output& output) {
    const Node& reader = nodes_.nodes[index];
    const std::string from = port_name(nodes_.nodes[output.node], *output.port);
    Media takes{}, takes_without_codec{};
    for (const PortInfo& port : reader.kind->ports)
      if (port.direction == Direction::in)
        takes = takes | taken(reader, port), takes_without_codec = takes_without_codec | port.media;
    if (overlap(output.media, takes_without_codec)) {  // the codec is what does not fit
      std::vector<std::string_view> others;
      for (const std::string_view name : split(codec_row(*reader.kind)->choices, '|'))
        if (const auto codec = codec_named(name); codec && overlap(output.media, track_media(*codec))) others.push_back(name);
      return error(
          reference.item->place,
          fmt::format("{} gives {}, and {} is no codec for it; {}", from, media_text(output.media), reader.params->text("codec"),
                      others.empty() ? "read another track" : fmt::format("write codec: {}", listed(others, "or"))));
    }
    const bool raw = overlap(output.media, Media::raw);
    const Media track = overlap(output.media, video) ? video : Media::audio;
    const Media other_side = raw ? Media::encoded : Media::raw;
    const std::string remedy =
        overlap(takes, track & other_side) ? fmt::format("put {} between", raw ? "an encode" : "a decode") : "read another node";
    error(reference.item->place, fmt::format("{} gives {}, {} takes {}: {}", from, media_text(output.media), written_name(reader),
                                             media_text(takes), remedy));
  }

  void need_inputs(std::size_t index) {
    const Node& reader = nodes_.nodes[index];
    const Place& place = nodes_.written[reader.written].place;
    const bool none = links_[index].empty();
    if (none && !reader.from.empty()) return;  // there was a finding for what it wanted to read
    for (const PortInfo& port : reader.kind->ports) {
      if (port.direction != Direction::in || port.optional ||
          std::ranges::find(links_[index], port.name, &Link::in_port) != links_[index].end())
        continue;
      if (none)
        return error(place, fmt::format("reads nothing; add from: NODE, one that gives {}", media_text(taken(reader, port))));
      error(place,
            fmt::format("nothing feeds its port {}, which takes {}; add a node to `from`", port.name, media_text(port.media)));
    }
  }

  const Nodes& nodes_;
  Findings& findings_;
  std::vector<std::vector<Link>> links_;
};

}  // namespace

std::string media_text(Media media) {
  if (media == Media::any) return "anything";
  if (media == (Media::raw | Media::encoded)) return "video or audio";
  if (media == Media::raw) return "raw video or audio";
  if (media == Media::encoded) return "encoded video or audio";
  if (media == video) return "video";
  if (media == Media::audio) return "audio";
  std::vector<std::string_view> names;
  const auto both = [&](Media pair, Media raw, Media encoded, std::string_view all, std::string_view raw_name,
                        std::string_view encoded_name) {
    if ((media & pair) == pair)
      names.push_back(all);
    else if (overlap(media, raw))
      names.push_back(raw_name);
    else if (overlap(media, encoded))
      names.push_back(encoded_name);
  };
  both(video, Media::raw_video, Media::encoded_video, "any video", "raw video", "encoded video");
  both(Media::audio, Media::raw_audio, Media::encoded_audio, "any audio", "raw audio", "encoded audio");
  if (overlap(media, Media::data)) names.push_back("data");
  return listed(names, "or");
}

std::vector<std::vector<Link>> link(const Nodes& nodes, const std::vector<std::vector<Reference>>& reads,
                                    const std::vector<std::size_t>& order, Findings& findings) {
  Linker linker(nodes, findings);
  for (const std::size_t index : order) linker.node(index, reads[index]);
  return std::move(linker).take();
}

}  // namespace rostrum::graph

#include "pipeline/parts.hpp"

#include <map>
#include <tuple>

#include <fmt/core.h>

namespace rostrum::pipeline {
namespace {

// Raw pictures are large, and a queue of four keeps every encoder busy; encoded or audio frames are small and come in bursts.
constexpr guint video_queue = 4;
constexpr guint audio_queue = 32;

struct Reader {
  gst::Ref<GstPad> pad;
  std::string place;
};

class Linker {
 public:
  Linker(const IslandSpec& spec, Parts& parts) : spec_(spec), parts_(parts) {}

  Result<void> link() {
    gather();
    for (std::size_t i = 0; i < parts_.inputs.size(); ++i) {
      auto pad = gst::adopt(gst_element_get_static_pad(parts_.inputs[i]->element(), "src"));
      if (auto linked = feed(pad.get(), readers_[{static_cast<int>(i), -1, {}}], audio_queue, false); !linked) return linked;
    }
    for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
      if (!parts_.elements[i]) continue;
      for (const PortInfo& port : spec_.nodes[i].kind->ports) {
        if (port.direction != Direction::out) continue;
        if (auto linked = feed_port(static_cast<int>(i), port.name); !linked) return linked;
      }
    }
    return {};
  }

 private:
  using Key = std::tuple<int, int, std::string>;  // input, node, out port

  void gather() {
    for (std::size_t i = 0; i < spec_.nodes.size(); ++i) {
      if (!parts_.elements[i]) continue;
      const IslandNode& node = spec_.nodes[i];
      for (const Feed& feed : node.feeds) {
        const Key key{feed.input, feed.node, feed.node >= 0 ? feed.out_port : std::string()};
        readers_[key].push_back({pad_of(parts_.elements[i].get(), feed.in_port, Direction::in), node.place});
      }
    }
    for (std::size_t i = 0; i < spec_.outputs.size(); ++i) {
      if (!parts_.outputs[i]) continue;
      const IslandOutput& output = spec_.outputs[i];
      readers_[{-1, output.node, output.out_port}].push_back(
          {gst::adopt(gst_element_get_static_pad(parts_.outputs[i]->element(), "sink")), spec_.nodes[output.node].place});
    }
  }

  Result<void> feed_port(int index, std::string_view port) {
    const IslandNode& node = spec_.nodes[index];
    auto pad = pad_of(parts_.elements[index].get(), port, Direction::out);
    if (!pad) return fail(Errc::bad_graph, node.place, fmt::format("{} has no pad for its port {}", node.kind->name, port));
    // A decoder gets a thread of its own, so that it works while the encoder does.
    const bool decodes = !node.feeds.empty() && node.feeds.front().input >= 0;
    const bool video = decodes && spec_.inputs[node.feeds.front().input].format->track() == Track::video;
    return feed(pad.get(), readers_[{-1, index, std::string(port)}], video || !decodes ? video_queue : audio_queue, video);
  }

  GstElement* add(const char* factory) {
    auto made = gst::make(factory);
    if (!made) return nullptr;
    GstElement* element = made->get();
    gst_bin_add(GST_BIN(parts_.pipeline.get()), element);
    return element;
  }

  GstElement* add_queue(guint buffers) {
    GstElement* queue = add("queue");
    if (queue) g_object_set(queue, "max-size-buffers", buffers, "max-size-bytes", 0U, "max-size-time", guint64{0}, nullptr);
    return queue;
  }

  Result<void> feed(GstPad* from, std::vector<Reader>& readers, guint queue, bool own_thread) {
    if (readers.empty()) return drain(from);
    if (readers.size() == 1 && !own_thread) return join(from, readers.front());
    GstElement* tee = readers.size() > 1 ? add("tee") : nullptr;
    if (tee) gst_pad_link(from, gst::adopt(gst_element_get_static_pad(tee, "sink")).get());
    for (Reader& reader : readers) {
      GstElement* buffer = add_queue(queue);
      const auto start =
          tee ? gst::adopt(gst_element_request_pad_simple(tee, "src_%u")) : gst::adopt(GST_PAD(gst_object_ref(from)));
      gst_pad_link(start.get(), gst::adopt(gst_element_get_static_pad(buffer, "sink")).get());
      if (auto joined = join(gst::adopt(gst_element_get_static_pad(buffer, "src")).get(), reader); !joined) return joined;
    }
    return {};
  }

  static Result<void> join(GstPad* from, const Reader& reader) {
    const auto linked = reader.pad ? gst_pad_link(from, reader.pad.get()) : GST_PAD_LINK_REFUSED;
    if (linked == GST_PAD_LINK_OK) return {};
    return fail(Errc::bad_graph, reader.place,
                fmt::format("cannot be linked to what it reads: {}", gst_pad_link_get_name(linked)));
  }

  // A port that nobody reads would stop its element.
  Result<void> drain(GstPad* from) {
    GstElement* sink = add("fakesink");
    g_object_set(sink, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, nullptr);
    gst_pad_link(from, gst::adopt(gst_element_get_static_pad(sink, "sink")).get());
    return {};
  }

  const IslandSpec& spec_;
  Parts& parts_;
  std::map<Key, std::vector<Reader>> readers_;
};

}  // namespace

Result<void> link(const IslandSpec& spec, Parts& parts) {
  for (const auto& element : parts.elements) {
    if (element) gst_bin_add(GST_BIN(parts.pipeline.get()), element.get());
  }
  for (const auto& input : parts.inputs) gst_bin_add(GST_BIN(parts.pipeline.get()), input->element());
  for (const auto& output : parts.outputs) {
    if (output) gst_bin_add(GST_BIN(parts.pipeline.get()), output->element());
  }
  return Linker(spec, parts).link();
}

}  // namespace rostrum::pipeline

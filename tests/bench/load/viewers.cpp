// bench_viewers PORT COUNT SECONDS PATH...: COUNT LL-HLS viewers, dealt over the streams (/live/cam0, ...), who follow the live
// edge as hls.js does: a blocking reload of each rendition's playlist on one connection, the new parts on another, the next
// reload as soon as the list is there. What comes in the first two seconds does not count. One JSON object at the end:
//   fetch_ms  from a part's being listed at the viewer to its last byte
//   late_ms   when a part was listed, against its media time; 0 = the earliest of the rendition at that viewer
#include <deque>
#include <memory>

#include "http_client.hpp"

namespace {

constexpr std::int64_t warm_up = 2 * load::second;

struct Tally {
  std::int64_t from = 0;  // when to begin to count
  std::uint64_t reloads = 0, parts = 0, bytes = 0, errors = 0;
  std::vector<std::int64_t> fetch, late;
};

/// "value" of `NAME="value"` or `NAME=value` in an attribute list.
std::string_view attribute(std::string_view line, std::string_view name) {
  for (std::size_t at = line.find(name); at != line.npos; at = line.find(name, at + 1)) {
    const bool whole = at > 0 && (line[at - 1] == ',' || line[at - 1] == ':') && line.substr(at + name.size()).starts_with('=');
    if (!whole) continue;
    std::string_view value = line.substr(at + name.size() + 1);
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find(','));
  }
  return {};
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

std::int64_t integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// One rendition at one viewer.
class Follower {
 public:
  Follower(load::Loop& loop, std::uint16_t port, std::string url, Tally& tally)
      : tally_(tally),
        url_(std::move(url)),
        folder_(url_.substr(0, url_.rfind('/') + 1)),
        playlist_(loop, port, [this](int status, std::string_view text, std::size_t) { listed(status, text); }),
        media_(loop, port, [this](int status, std::string_view, std::size_t bytes) { fetched(status, bytes); }) {
    playlist_.get(url_, true);
  }

  void finish() {
    const auto offset = std::min_element(listed_at_.begin(), listed_at_.end());
    for (const std::int64_t at : listed_at_) tally_.late.push_back(at - *offset);
  }

 private:
  struct Wanted {
    std::string uri;
    std::int64_t since;
  };

  void listed(int status, std::string_view text) {
    const std::int64_t now = load::now();
    if (status != 200) {
      ++tally_.errors;
      return;  // the viewer is lost, and it shows
    }
    if (now >= tally_.from) ++tally_.reloads;
    std::int64_t msn = 0, part = 0;
    std::vector<std::pair<std::string_view, std::string_view>> fresh;  // URI, duration
    while (!text.empty()) {
      const std::string_view line = next_line(text);
      if (line.starts_with("#EXT-X-MEDIA-SEQUENCE:")) {
        msn = integer(line.substr(22));
      } else if (line.starts_with("#EXTINF:")) {
        ++msn, part = 0;
      } else if (line.starts_with("#EXT-X-PART:")) {
        if (std::pair(msn, part) >= next_) fresh.emplace_back(attribute(line, "URI"), attribute(line, "DURATION"));
        ++part;
      }
    }
    if (next_.first == 0 && fresh.size() > 1) fresh.erase(fresh.begin(), fresh.end() - 1);  // joining: the newest part
    next_ = {msn, part};
    for (const auto& [uri, duration] : fresh) {
      media_time_ += static_cast<std::int64_t>(std::strtod(std::string(duration).c_str(), nullptr) * load::second);
      if (now >= tally_.from) listed_at_.push_back(now - media_time_);
      wanted_.push_back({folder_ + std::string(uri), now});
    }
    if (wanted_.size() == fresh.size() && !fresh.empty()) media_.get(wanted_.front().uri, false);
    playlist_.get(url_ + "?_HLS_msn=" + std::to_string(msn) + "&_HLS_part=" + std::to_string(part), true);
  }

  void fetched(int status, std::size_t bytes) {
    const std::int64_t now = load::now();
    if (status != 200) {
      ++tally_.errors;
    } else if (wanted_.front().since >= tally_.from) {
      ++tally_.parts;
      tally_.bytes += bytes;
      tally_.fetch.push_back(now - wanted_.front().since);
    }
    wanted_.pop_front();
    if (!wanted_.empty()) media_.get(wanted_.front().uri, false);
  }

  Tally& tally_;
  std::string url_, folder_;
  std::pair<std::int64_t, std::int64_t> next_{};  // media sequence number and part that come next
  std::int64_t media_time_ = 0;
  std::vector<std::int64_t> listed_at_;
  std::deque<Wanted> wanted_;
  load::HttpClient playlist_, media_;
};

class Viewer {
 public:
  Viewer(load::Loop& loop, std::uint16_t port, const std::string& path, Tally& tally)
      : master_(loop, port, [this, &loop, port, path, &tally](int status, std::string_view text, std::size_t) {
          if (status != 200) {
            std::fprintf(stderr, "%s: %d\n", path.c_str(), status);
            std::exit(1);
          }
          for (const std::string_view uri : renditions(text))
            followers_.push_back(std::make_unique<Follower>(loop, port, path + "/" + std::string(uri), tally));
        }) {
    master_.get(path + "/index.m3u8", true);
  }
  void finish() {
    for (auto& follower : followers_) follower->finish();
  }

 private:
  /// The first variant and the audio beside it.
  static std::vector<std::string_view> renditions(std::string_view text) {
    std::vector<std::string_view> found;
    bool variant = false;
    while (!text.empty()) {
      const std::string_view line = next_line(text);
      if (line.starts_with("#EXT-X-MEDIA:") && !attribute(line, "URI").empty()) found.push_back(attribute(line, "URI"));
      if (!line.empty() && line.front() != '#' && !std::exchange(variant, true)) found.push_back(line);
    }
    return found;
  }

  std::vector<std::unique_ptr<Follower>> followers_;
  load::HttpClient master_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s PORT COUNT SECONDS PATH...\n", argv[0]);
    return 2;
  }
  load::raise_file_limit();
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const int count = std::atoi(argv[2]);
  load::Loop loop;
  const std::int64_t begin = load::now(), end = begin + warm_up + std::atoll(argv[3]) * load::second;
  Tally tally;
  tally.from = begin + warm_up;
  std::vector<std::unique_ptr<Viewer>> viewers;
  for (int i = 0; i < count; ++i) {  // they come one after the other
    loop.at(begin + warm_up / 2 * i / count, [&, path = std::string(argv[4 + i % (argc - 4)])] {
      viewers.push_back(std::make_unique<Viewer>(loop, port, path, tally));
    });
  }
  while (load::now() < end) loop.turn(end);
  for (auto& viewer : viewers) viewer->finish();
  std::printf(
      R"({"viewers": %d, "seconds": %s, "reloads": %llu, "parts": %llu, "bytes": %llu, "errors": %llu, "fetch_ms": %s, "late_ms": %s})"
      "\n",
      count, argv[3], static_cast<unsigned long long>(tally.reloads), static_cast<unsigned long long>(tally.parts),
      static_cast<unsigned long long>(tally.bytes), static_cast<unsigned long long>(tally.errors),
      load::percentiles(tally.fetch).c_str(), load::percentiles(tally.late).c_str());
  return 0;
}

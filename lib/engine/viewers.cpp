#include "engine/viewers.hpp"

#include <sys/random.h>

#include <array>
#include <vector>

#include <fmt/format.h>

namespace rostrum::engine {
namespace {

Result<std::string> make_token() {
  std::array<unsigned char, 16> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return fail(Errc::io, "getrandom", "the operating system gives no random bytes");
  std::string token;
  for (const unsigned char byte : random) token += fmt::format("{:02x}", byte);
  return token;
}

}  // namespace

Result<std::string> Viewers::open(const AdmitRequest& request, Duration now) {
  auto token = make_token();
  if (!token) return token;
  {
    std::lock_guard lock(mutex_);
    if (viewers_.size() >= most) return fail(Errc::limit, request.app + "/" + request.name, "too many viewers' sessions");
    viewers_.emplace(*token, Viewer{request.session, request.app + "/" + request.name, now});
  }
  gate_.opened(request);
  return token;
}

bool Viewers::touch(const std::string& token, std::string_view stream, Duration now) {
  std::lock_guard lock(mutex_);
  const auto found = viewers_.find(token);
  if (found == viewers_.end() || found->second.stream != stream) return false;
  found->second.seen = now;
  return true;
}

template <class Gone>
void Viewers::close_where(Gone gone, const std::string& why) {
  std::vector<std::uint64_t> closed;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(viewers_, [&](const auto& entry) {
      if (!gone(entry.second)) return false;
      closed.push_back(entry.second.session);
      return true;
    });
  }
  for (const std::uint64_t session : closed) gate_.closed(session, why);
}

void Viewers::sweep(Duration now) {
  close_where([&](const Viewer& v) { return now - v.seen > idle_limit; }, "no request for 30 s");
}
void Viewers::close_stream(std::string_view stream, const std::string& why) {
  close_where([&](const Viewer& v) { return v.stream == stream; }, why);
}
void Viewers::close_all(const std::string& why) {
  close_where([](const Viewer&) { return true; }, why);
}
std::size_t Viewers::size() const {
  std::lock_guard lock(mutex_);
  return viewers_.size();
}

}  // namespace rostrum::engine

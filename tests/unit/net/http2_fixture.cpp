#include "http2_fixture.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace rostrum::net::test {
namespace {

Http2Client& self(void* user) {
  return *static_cast<Http2Client*>(user);
}

}  // namespace

std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, const std::string& payload) {
  std::string out;
  for (const int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> shift & 0xff);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> shift & 0xff);
  return out + payload;
}

std::string http2_preface() {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(NGHTTP2_SETTINGS, 0, 0, "");
}

Http2Client::Http2Client(const std::string& address, std::uint32_t window, int receive_buffer)
    : tls_(address, {.alpn = {"h2"}, .receive_buffer = receive_buffer}) {
  REQUIRE_MESSAGE(tls_.established(), tls_.error());
  REQUIRE(tls_.protocol() == "h2");
  nghttp2_session_callbacks* c = nullptr;
  nghttp2_session_callbacks_new(&c);
  nghttp2_session_callbacks_set_on_header_callback(
      c, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
            const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
        const std::string n(reinterpret_cast<const char*>(name), name_size), v(reinterpret_cast<const char*>(value), value_size);
        Http2Answer& answer = self(user).answers[frame->hd.stream_id];
        if (n == ":status" && v == "100") {
          answer.interim = true;
        } else {
          answer.headers[n] = v;
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      c, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* user) {
        self(user).answers[id].body.append(reinterpret_cast<const char*>(data), size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(c,
                                                         [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
                                                           self(user).answers[id].closed = true;
                                                           self(user).answers[id].code = code;
                                                           return 0;
                                                         });
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
    self(user).goaway = true;
    self(user).goaway_code = frame->goaway.error_code;
    return 0;
  });
  nghttp2_session_client_new(&session_, c, this);
  nghttp2_session_callbacks_del(c);
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 2);
  if (window > 65535) nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(window));
  flush();
}

std::int32_t Http2Client::begin(Fields fields, std::string body, bool whole) {
  Fields all{{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}};
  for (auto& field : fields) {
    const auto same =
        std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.first == field.first && f.first[0] == ':'; });
    if (same != all.end()) {
      same->second = field.second;
    } else {
      all.push_back(field);
    }
  }
  std::erase_if(all, [](const auto& field) { return field.second == "-"; });  // leaves one out
  std::vector<nghttp2_nv> list;
  for (auto& [name, value] : all)
    list.push_back({reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()), name.size(),
                    value.size(), NGHTTP2_NV_FLAG_NONE});
  const bool content = !body.empty() || !whole;
  next_upload_ = {std::move(body), 0, whole};
  nghttp2_data_provider provider{};
  provider.read_callback = [](nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t size, std::uint32_t* flags,
                              nghttp2_data_source*, void* user) -> ssize_t {
    Upload& upload = self(user).uploads_[id];
    const std::size_t count = std::min(size, upload.text.size() - upload.sent);
    std::memcpy(out, upload.text.data() + upload.sent, count);
    upload.sent += count;
    if (upload.sent == upload.text.size()) {
      if (!upload.whole && count == 0) return NGHTTP2_ERR_DEFERRED;
      if (upload.whole) *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(count);
  };
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, list.data(), list.size(), content ? &provider : nullptr, nullptr);
  uploads_[id] = std::move(next_upload_);
  flush();
  return id;
}

void Http2Client::flush() {
  std::string out;
  for (;;) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &data);
    if (size <= 0) break;
    out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  if (!out.empty()) tls_.send(out);
}

bool Http2Client::until(const std::function<bool()>& done) {
  while (!done()) {
    if (ended) return false;
    const std::string bytes = tls_.some();
    ended = bytes.empty() ||
            nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) < 0;
    flush();
  }
  return true;
}

const Http2Answer& Http2Client::wait(std::int32_t id) {
  until([&] { return answers[id].closed; });
  return answers[id];
}

const Http2Answer& Http2Client::ask(const std::string& path, Fields more, std::string body) {
  more.emplace_back(":path", path);
  return wait(begin(std::move(more), std::move(body)));
}

void Http2Client::frame(std::uint8_t type, std::uint8_t flags, std::int32_t stream, const std::string& payload) {
  tls_.send(http2_frame(type, flags, stream, payload));
}

}  // namespace rostrum::net::test

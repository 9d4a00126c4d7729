// One request of HTTP/2 and its answer.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_exchange.hpp"
#include "net/http_origin.hpp"

namespace rostrum::net {

/// Connection thread only, but for what Exchange says.
class Http2Stream final : public Exchange {
 public:
  Http2Stream(std::int32_t stream_id, WireConnection& connection, std::weak_ptr<Connection> weak, Owner& owner)
      : Exchange(connection, std::move(weak), owner), id(stream_id) {}

  const std::int32_t id;
  std::list<std::shared_ptr<Http2Stream>>::iterator place;

  /// A field of the head, pseudo-fields too; what goes over the limits is counted and dropped.
  void field(std::string_view name, std::string_view value, const HttpLimits& limits);
  /// All fields are there. What is wrong with them, where something is.
  std::optional<Refusal> check_head(const HttpLimits& limits);
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] std::size_t head_bytes() const { return head_bytes_; }  // RFC 9113 6.5.2
  /// The whole request, once.
  HttpRequest take();

  std::vector<std::byte> body;
  bool asked = false;      // the handler has it, or the server has answered by itself
  bool responded = false;  // the head of the answer has been handed on
  bool over = false;       // RST_STREAM came or went, or all of the answer is out
  std::size_t left = 0;    // bytes of the answer's body that have not

 private:
  HttpRequest request_;
  std::string authority_;
  std::string target_;
  std::size_t head_bytes_ = 0;
  std::size_t fields_ = 0;
  bool expects_continue_ = false;
};

}  // namespace rostrum::net

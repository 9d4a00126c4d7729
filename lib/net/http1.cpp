#include "net/http1.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_exchange.hpp"
#include "net/http_head.hpp"
#include "net/http_parser.hpp"
#include "net/http_text.hpp"
#include "net/wire.hpp"

namespace rostrum::net {
namespace {

// A body is handed to the connection in pieces of this size: what a slow reader has not taken is not queued, so that an answer
// may be larger than the limit of unsent bytes.
constexpr std::size_t send_window = 256 << 10;
constexpr std::size_t kept_input = 16 << 10;

// A parser is needed while a request is on its way. Most come whole, so that one, warm, serves a thread's connections in turn,
// and those that are idle or parked have none.
thread_local std::unique_ptr<RequestParser> spare;

std::unique_ptr<RequestParser> borrow(const HttpLimits& limits) {
  if (!spare) return std::make_unique<RequestParser>(limits);
  spare->reset(limits);
  return std::move(spare);
}

struct Asked final : Exchange {
  using Exchange::Exchange;
  bool http10 = false;
  bool close = false;        // the last one of its connection
  bool may_upgrade = false;  // it asked for another protocol
};

class Http1 final : public WireProtocol, public Exchange::Owner, private Deadline {
 public:
  Http1(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin)
      : connection_(connection),
        weak_(connection.weak()),
        origin_(std::move(origin)),
        window_(std::min(send_window, std::max<std::size_t>(1, connection.send_limit() / 2))) {
    connection_.file(*this);
  }

  Result<void> received(ByteView bytes) override {
    if (last_read_) return {};
    if (input_.empty()) {
      keep(bytes.subspan(parse(bytes)));
    } else {
      append(bytes);
      drop_input(parse(input_));
    }
    after_parse();
    return {};
  }

  void drained() override {
    if (!exchanges_.empty() || !input_.empty()) go_on();
  }

  void closed(const Error&) override {
    last_read_ = true;
    abandon_from(0);
  }

  void answered(Exchange&) override {
    if (!handling_) go_on();
  }

  bool peer_finished() override {
    last_read_ = true;
    // Answers that are ready still go out (`printf ... | nc`); nobody is there any more for those that are not.
    const auto parked = std::find_if(exchanges_.begin(), exchanges_.end(), [](const auto& e) { return !e->ready; });
    abandon_from(static_cast<std::size_t>(parked - exchanges_.begin()));
    return !exchanges_.empty();
  }

  void wind_down() override {
    last_read_ = true;
    if (exchanges_.empty()) connection_.close("");
  }

 private:
  enum class Phase { first, idle, head, body, none };

  std::size_t parse(ByteView bytes) {
    std::size_t taken = 0;
    parsing_ = true;
    while (!last_read_ && taken < bytes.size() && !full()) {
      if (!parser_) parser_ = borrow(limits_);
      const auto used = parser_->feed(bytes.subspan(taken));
      if (!used) {
        refuse(used.error());
        break;
      }
      taken += *used;
      if (parser_->complete()) {
        dispatch();
      } else if (*used == 0) {
        break;
      }
    }
    parsing_ = false;
    in_body_ = parser_ && parser_->in_body();
    if (in_body_ && parser_->expects_continue() && taken == bytes.size()) continue_owed_ = true;
    return last_read_ ? bytes.size() : taken;
  }

  void keep(ByteView rest) { input_.assign(rest.begin(), rest.end()); }
  void append(ByteView bytes) {
    const std::size_t held = input_.size();
    input_.resize(held + bytes.size());
    std::ranges::copy(bytes, input_.begin() + static_cast<std::ptrdiff_t>(held));
  }
  void drop_input(std::size_t count) {
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
    if (input_.empty() && input_.capacity() > kept_input) input_.shrink_to_fit();
  }

  // Requests that have come but may not be begun yet are kept up to a head's size; past it the socket waits. What comes behind a
  // request for another protocol is of that protocol, or not: its answer says.
  [[nodiscard]] bool full() const {
    return exchanges_.size() >= limits_.pipelined || next_ || (!exchanges_.empty() && exchanges_.back()->may_upgrade);
  }

  void after_parse() {
    if (next_) {
      connection_.pause_reading(false);
      return connection_.switch_to(std::move(next_), Bytes(std::move(input_)));
    }
    connection_.pause_reading(full() && input_.size() > limits_.head_bytes);
    if (continue_owed_ && exchanges_.empty() && !last_read_) {
      static const Bytes interim(std::string("HTTP/1.1 100 Continue\r\n\r\n"));
      connection_.write(interim);
      continue_owed_ = false;
    }
    const Phase now = phase();
    if (now != phase_ || now == Phase::idle) {
      phase_ = now;
      since_ = Clock::now();
    }
    connection_.file(*this);
  }

  [[nodiscard]] Phase phase() const {
    if (last_read_ || full()) return Phase::none;
    if (in_body_) return Phase::body;
    if (!input_.empty()) return Phase::head;
    if (!exchanges_.empty()) return Phase::none;
    return asked_ ? Phase::idle : Phase::first;
  }

  std::shared_ptr<Asked> begin() {
    if (!std::exchange(asked_, true)) connection_.sent_request();
    continue_owed_ = false;
    auto exchange = std::make_shared<Asked>(connection_, weak_, *this);
    exchanges_.push_back(exchange);
    return exchange;
  }

  void dispatch() {
    auto exchange = begin();
    exchange->http10 = parser_->http10();
    exchange->close = !parser_->keep_alive();
    HttpRequest request = parser_->take();
    spare = std::move(parser_);
    // RFC 9110 7.8: from HTTP/1.0 it counts for nothing.
    if (exchange->http10) std::erase_if(request.headers, [](const Header& h) { return same_word(h.name, "Upgrade"); });
    exchange->may_upgrade = !request.header("Upgrade").empty();
    phase_ = Phase::none;  // what follows is another head, with its own time
    last_read_ = exchange->close;
    handling_ = true;  // an answer leaves when the handler is over: unwinding drops the reply, whose 404 would be a lie
    origin_->ask(connection_, std::move(request), exchange);
    handling_ = false;
    send_answers();
  }

  // The rest of what the peer sends cannot be trusted to be a request. Earlier ones get their answers first.
  void refuse(const Refusal& refusal) {
    last_read_ = true;
    refused_ = error_of(refusal);
    const auto exchange = begin();
    exchange->close = true;
    exchange->settle(answer_of(refusal));
  }

  void go_on() {
    send_answers();
    if (parsing_) return;
    // The queue has room again: what was read ahead comes to its turn.
    if (!last_read_ && !input_.empty() && !full()) drop_input(parse(input_));
    after_parse();
  }

  void send_answers() {
    while (!exchanges_.empty() && exchanges_.front()->ready) {
      if (exchanges_.front()->response.upgrade && exchanges_.front()->may_upgrade && !last_read_) return upgrade();
      if (!hand_on(*exchanges_.front())) return;
      const bool close = exchanges_.front()->close;
      exchanges_.erase(exchanges_.begin());
      if (!close) continue;
      last_read_ = true;
      abandon_from(0);
    }
    if (!exchanges_.empty() || !last_read_) return;
    refused_ ? connection_.fail(*std::exchange(refused_, std::nullopt)) : connection_.close("");
  }

  // It was the last request read, so nothing is behind it.
  void upgrade() {
    const auto exchange = std::move(exchanges_.front());
    exchanges_.clear();
    origin_->leaving(exchange->response);
    connection_.write(response_head(exchange->response, 0, Persistence::keep));
    // Here, for not all who send answers see to it that what a host's code throws ends the connection: a deadline does not.
    try {
      next_ = (*exchange->response.upgrade)(connection_);
    } catch (const std::exception& e) {
      return upgrade_threw(e.what());
    } catch (...) {
      return upgrade_threw("something that is no exception");
    }
    if (!next_) connection_.close("");
  }
  void upgrade_threw(std::string_view what) {
    connection_.fail({Errc::internal, {}, "a mistake of the server's: for another protocol it threw " + std::string(what)});
  }

  // False: the rest goes when this has left.
  bool hand_on(Asked& exchange) {
    if (!std::exchange(exchange.head_sent, true)) send_head(exchange);
    if (!exchange.has_content()) return true;
    while (!exchange.handed_on()) {
      const std::size_t queued = connection_.unsent();
      if (queued >= window_) return false;
      connection_.write(exchange.next_piece(window_ - queued));
    }
    return true;
  }

  void send_head(Asked& exchange) {
    HttpResponse& response = exchange.response;
    if (response.upgrade) response = answer_of({503, "the connection is about to end"});
    origin_->leaving(response);
    exchange.close =
        exchange.close || same_word(response.header("Connection"), "close") || (last_read_ && exchanges_.size() == 1);
    const Persistence persistence = exchange.close    ? Persistence::close
                                    : exchange.http10 ? Persistence::keep_http10
                                                      : Persistence::keep;
    connection_.write(response_head(response, exchange.body_size(), persistence));
  }

  void abandon_from(std::size_t index) {
    std::vector<std::shared_ptr<Asked>> gone(exchanges_.begin() + static_cast<std::ptrdiff_t>(index), exchanges_.end());
    exchanges_.resize(index);
    for (const auto& exchange : gone) exchange->abandon();
  }

  [[nodiscard]] std::optional<Clock::time_point> read_due() const {
    const auto at = [this](Duration limit) { return since_ + std::chrono::duration_cast<Clock::duration>(limit); };
    switch (phase_) {
      case Phase::first:
      case Phase::head:
        return at(limits_.head);
      case Phase::body:
        return at(limits_.body);
      case Phase::idle:
        return at(limits_.idle);
      case Phase::none:
        break;
    }
    return std::nullopt;
  }

  [[nodiscard]] Clock::time_point answer_due(const Exchange& exchange) const {
    return exchange.asked_at + std::chrono::duration_cast<Clock::duration>(limits_.answer);
  }

  std::optional<Clock::time_point> due() const override {
    auto due = read_due();
    for (const auto& exchange : exchanges_) {
      if (exchange->ready) continue;
      return due ? std::min(*due, answer_due(*exchange)) : answer_due(*exchange);  // the oldest is due first
    }
    return due;
  }

  void expired(Clock::time_point now) override {
    std::vector<std::shared_ptr<Asked>> late;
    for (const auto& exchange : exchanges_) {
      if (!exchange->ready && answer_due(*exchange) <= now) late.push_back(exchange);
    }
    for (const auto& exchange : late) exchange->replace(answer_of({504, "the answer did not come in time"}));
    const auto reading = read_due();
    if (!last_read_ && reading && *reading <= now) {
      if (phase_ == Phase::idle && connection_.unsent() > 0) {
        since_ = Clock::now();  // an answer that is still on its way is the connection's to watch
        return connection_.file(*this);
      }
      if (phase_ == Phase::first || phase_ == Phase::idle) return connection_.close("");
      return refuse({408, phase_ == Phase::head ? "the head did not come in time" : "the body did not come in time"});
    }
    if (late.empty()) return connection_.file(*this);
    go_on();
  }

  WireConnection& connection_;
  const std::weak_ptr<Connection> weak_;
  const std::shared_ptr<const HttpOrigin> origin_;
  const HttpLimits& limits_ = origin_->limits;
  const std::size_t window_;

  std::unique_ptr<RequestParser> parser_;          // of a request that is on its way
  std::vector<std::byte> input_;                   // not parsed yet
  std::vector<std::shared_ptr<Asked>> exchanges_;  // in the order of their requests
  std::optional<Error> refused_;
  std::unique_ptr<Protocol> next_;  // takes the connection over
  bool asked_ = false;
  bool last_read_ = false;  // no further request is taken
  bool parsing_ = false;
  bool in_body_ = false;  // what was parsed ends within one
  bool handling_ = false;
  bool continue_owed_ = false;
  Phase phase_ = Phase::first;
  Clock::time_point since_ = Clock::now();
};

}  // namespace

std::unique_ptr<WireProtocol> make_http1(WireConnection& connection, std::shared_ptr<const HttpOrigin> origin) {
  return std::make_unique<Http1>(connection, std::move(origin));
}

}  // namespace rostrum::net

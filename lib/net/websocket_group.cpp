#include "net/websocket_group.hpp"

#include <algorithm>
#include <utility>

#include "net/wire.hpp"

namespace rostrum::net {
namespace {

// Sockets served in one go: about 2 ms of system calls, then the loop's other connections get their turn.
constexpr std::size_t batch = 256;

}  // namespace

// The members on one loop. Loop thread only, but for `send`.
class WebSocketGroup::Shard : public std::enable_shared_from_this<Shard> {
 public:
  Shard(std::shared_ptr<Loop> l, std::shared_ptr<std::atomic<std::size_t>> size) : loop(std::move(l)), size_(std::move(size)) {}

  // Any thread.
  void send(const WebSocketMessage& message) {
    {
      std::lock_guard lock(mutex_);
      pending_.push_back(message);
      if (std::exchange(posted_, true)) return;
    }
    post();
  }

  void add(Membership& member) {
    member.place_ = members_.size();
    members_.push_back(&member);
    size_->fetch_add(1, std::memory_order_relaxed);
  }

  void remove(Membership& member) {
    size_->fetch_sub(1, std::memory_order_relaxed);
    members_[member.place_] = nullptr;
    if (under_way_.empty()) {
      fill(member.place_);
    } else {
      ++gaps_;  // a member of the part that is not served yet must not move to the part that is
    }
  }

  const std::shared_ptr<Loop> loop;

 private:
  void post() {
    loop->post([self = shared_from_this()] { self->go_on(); });
  }

  void go_on() {
    if (under_way_.empty()) begin();
    const std::size_t stop = std::min(until_, next_ + batch);
    while (next_ < stop) {
      if (Membership* const member = members_[next_++]) serve(member->socket_);
    }
    if (next_ == until_) end();
    if (!under_way_.empty() || more()) post();
  }

  void begin() {
    std::lock_guard lock(mutex_);
    under_way_.swap(pending_);
    next_ = 0;
    until_ = members_.size();  // who joins from now on gets what comes from now on
  }

  void end() {
    under_way_.clear();
    for (std::size_t place = members_.size(); gaps_ > 0 && place-- > 0;) {
      if (members_[place]) continue;
      fill(place);
      --gaps_;
    }
  }

  void fill(std::size_t place) {
    Membership* const last = members_.back();
    members_.pop_back();
    if (place == members_.size()) return;
    members_[place] = last;
    last->place_ = place;
  }

  bool more() {
    std::lock_guard lock(mutex_);
    return posted_ = !pending_.empty();
  }

  void serve(WebSocket& socket) {
    const WireConnection::Turn turn(socket.connection());
    for (const WebSocketMessage& message : under_way_) socket.send(message);
  }

  const std::shared_ptr<std::atomic<std::size_t>> size_;
  std::vector<Membership*> members_;  // nullptr: left while a broadcast was under way
  std::size_t gaps_ = 0;
  std::vector<WebSocketMessage> under_way_;
  std::size_t next_ = 0;   // of members_, to be served
  std::size_t until_ = 0;  // the end of those who were here when it began

  std::mutex mutex_;  // guards both below
  std::vector<WebSocketMessage> pending_;
  bool posted_ = false;
};

WebSocketGroup::Membership::Membership(std::shared_ptr<Shard> shard, WebSocket& socket)
    : shard_(std::move(shard)), socket_(socket) {
  shard_->add(*this);
}
WebSocketGroup::Membership::~Membership() {
  shard_->remove(*this);
}

WebSocketGroup::WebSocketGroup() : size_(std::make_shared<std::atomic<std::size_t>>(0)) {}
WebSocketGroup::~WebSocketGroup() = default;

std::unique_ptr<WebSocketGroup::Membership> WebSocketGroup::join(WebSocket& socket) {
  const auto loop = socket.connection().loop();
  std::shared_ptr<Shard> shard;
  {
    std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(shards_, loop, [](const auto& s) { return s->loop; });
    shard = found != shards_.end() ? *found : shards_.emplace_back(std::make_shared<Shard>(loop, size_));
  }
  return std::unique_ptr<Membership>(new Membership(std::move(shard), socket));
}

void WebSocketGroup::broadcast(const WebSocketMessage& message) {
  std::lock_guard lock(mutex_);  // held over all shards: one order for all
  for (const auto& shard : shards_) shard->send(message);
}

}  // namespace rostrum::net

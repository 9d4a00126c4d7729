#include "engine/publish_door.hpp"

#include <utility>

#include <fmt/format.h>

#include <rostrum/log.hpp>

#include "engine/core.hpp"
#include "net/log_limit.hpp"
#include "net/wire.hpp"

namespace rostrum::engine {
namespace {

using Opened = Result<std::unique_ptr<Publisher>>;

// An admitted publisher: a claim on a stream and an open session, both given back once.
class DoorPublisher final : public Publisher {
 public:
  DoorPublisher(Gate& gate, Core::Claim claim, std::uint64_t session)
      : gate_(gate), claim_(std::move(claim)), session_(session) {}
  ~DoorPublisher() override { end("the connection is gone"); }

  void announce(bool video, bool audio, Rational frame_rate) override {
    if (!ended_) claim_.stream->announce(claim_.number, video, audio, frame_rate);
  }
  void frame(Frame frame) override {
    if (!ended_ && frame.format) claim_.stream->frame(claim_.number, std::move(frame));
  }
  void end(std::string_view why) override {
    if (std::exchange(ended_, true)) return;
    claim_.stream->release(claim_.number, std::string(why));
    gate_.closed(session_, std::string(why));
  }

 private:
  Gate& gate_;
  Core::Claim claim_;
  std::uint64_t session_;
  bool ended_ = false;
};

class PublishDoor final : public DoorContext {
 public:
  PublishDoor(Core& core, Params params) : core_(core), params_(std::move(params)) {}
  const Params& params() const override { return params_; }
  Metrics& metrics() const override { return core_.metrics(); }
  void publish(Connection&, PublishRequest, Duration quantum, std::function<void(std::string_view)> kicked,
               std::function<void(Opened)> answer) override;

 private:
  Opened open(const AdmitRequest&, std::shared_ptr<const graph::Plan>, net::Loop&, StreamCore::Claimant);
  Core& core_;
  Params params_;
  const std::shared_ptr<net::LogLimit> refused_lines_ = std::make_shared<net::LogLimit>();
};

Opened PublishDoor::open(const AdmitRequest& request, std::shared_ptr<const graph::Plan> plan, net::Loop& loop,
                         StreamCore::Claimant claimant) {
  auto claim = core_.claim(request.app + "/" + request.name, std::move(plan), loop, std::move(claimant));
  if (!claim) return tl::unexpected(std::move(claim.error()));
  core_.gate().opened(request);
  return std::make_unique<DoorPublisher>(core_.gate(), std::move(*claim), request.session);
}

void PublishDoor::publish(Connection& connection, PublishRequest request, Duration quantum,
                          std::function<void(std::string_view)> kicked, std::function<void(Opened)> answer) {
  const auto weak = connection.weak();
  const auto deliver = [weak, answer = std::move(answer), &metrics = core_.metrics(), limit = refused_lines_](Opened opened) {
    if (!opened) {
      metrics
          .counter("rostrum_publish_refused_total", "Publishers that were refused, by reason",
                   {{"reason", name_of(opened.error().code)}})
          .add();
      if (const auto held_back = limit->allow())
        log(Level::warning, "engine", "",
            fmt::format("publisher refused: {}{}", opened.error().message(),
                        *held_back > 0 ? fmt::format(" ({} more lines were held back)", *held_back) : ""));
    }
    // Dropped with the connection: the publisher inside ends then.
    const auto held = std::make_shared<Opened>(std::move(opened));
    if (const auto alive = weak.lock()) {
      alive->post([held, answer, raw = alive.get()] {
        if (*held) net::mark_publisher(*raw);
        answer(std::move(*held));
      });
    }
  };

  auto plan = core_.plan_for(request.app, request.name);
  if (!plan) return deliver(tl::unexpected(std::move(plan.error())));
  StreamCore::Claimant claimant{fmt::format("{} {}", request.protocol, request.client.address), quantum,
                                [weak, kicked = std::move(kicked)](std::string_view why) {
                                  if (const auto alive = weak.lock())
                                    alive->post([kicked, why = std::string(why)] { kicked(why); });
                                }};
  AdmitRequest admit;
  admit.session = next_session();
  admit.action = Action::publish;
  admit.protocol = std::move(request.protocol);
  admit.app = std::move(request.app);
  admit.name = std::move(request.name);
  admit.query = std::move(request.query);
  admit.client = std::move(request.client);
  core_.gate().ask(admit, [this, admit, plan = std::move(*plan), &loop = core_.this_loop(), claimant = std::move(claimant),
                           deliver](Verdict verdict) {
    if (!verdict.allowed) return deliver(fail(Errc::denied, admit.app + "/" + admit.name, verdict.reason));
    deliver(open(admit, plan, loop, claimant));
  });
}

}  // namespace

std::unique_ptr<DoorContext> make_publish_door(Core& core, const Params& params) {
  return std::make_unique<PublishDoor>(core, params);
}

}  // namespace rostrum::engine

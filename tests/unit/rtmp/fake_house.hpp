// A connection, a house and a publisher that write down what they are told. Everything runs on the test's thread.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include <rostrum/door.hpp>

namespace rostrum::rtmp::test {

class FakeMetrics final : public Metrics {
 public:
  Counter& counter(std::string_view name, std::string_view, const Labels& labels) override {
    std::string key(name);
    for (const auto& [label, value] : labels) key += "{" + std::string(label) + "=" + std::string(value) + "}";
    return counters_[key];
  }
  Gauge& gauge(std::string_view name, std::string_view, const Labels&) override { return gauges_[std::string(name)]; }
  std::uint64_t refused(std::string_view reason) {
    return counters_["rostrum_rtmp_refused_total{reason=" + std::string(reason) + "}"].value();
  }
  std::uint64_t dropped(std::string_view reason) {
    return counters_["rostrum_rtmp_dropped_total{reason=" + std::string(reason) + "}"].value();
  }

 private:
  std::map<std::string, Counter> counters_;
  std::map<std::string, Gauge> gauges_;
};

class FakeConnection final : public Connection {
 public:
  FakeConnection() {
    client_.address = "127.0.0.1";
    client_.port = 50000;
    client_.loopback = true;
  }
  const Client& client() const override { return client_; }
  void write(Bytes bytes) override { sent.insert(sent.end(), bytes.view().begin(), bytes.view().end()); }
  std::size_t unsent() const override { return 0; }
  void expect_within(Duration limit, std::string_view what) override {
    deadline = limit;
    awaited = what;
  }
  void pause_reading(bool pause) override { paused = pause; }
  void close(std::string why) override { closed_because = std::move(why); }
  void post(std::function<void()> f) override { posted.push_back(std::move(f)); }
  std::weak_ptr<Connection> weak() override { return {}; }
  void run_posted() {
    while (!posted.empty()) {
      auto f = std::move(posted.front());
      posted.pop_front();
      f();
    }
  }

  std::vector<std::byte> sent;
  Duration deadline{};
  std::string awaited;
  bool paused = false;
  std::optional<std::string> closed_because;
  std::deque<std::function<void()>> posted;

 private:
  Client client_;
};

/// What a publisher did, in order.
struct Published {
  struct Announcement {
    bool video, audio;
    Rational rate;
  };
  std::vector<Announcement> announcements;
  std::vector<Frame> frames;
  std::optional<std::string> ended;
  bool dropped = false;  // destroyed without `end`

  std::vector<Frame> of(Track track) const {
    std::vector<Frame> some;
    for (const Frame& frame : frames)
      if (frame.format->track() == track) some.push_back(frame);
    return some;
  }
};

class FakePublisher final : public Publisher {
 public:
  explicit FakePublisher(std::shared_ptr<Published> log) : log_(std::move(log)) {}
  ~FakePublisher() override { log_->dropped = !log_->ended; }
  void announce(bool video, bool audio, Rational rate) override { log_->announcements.push_back({video, audio, rate}); }
  void frame(Frame frame) override { log_->frames.push_back(std::move(frame)); }
  void end(std::string_view why) override { log_->ended = std::string(why); }

 private:
  std::shared_ptr<Published> log_;
};

class FakeHouse final : public DoorContext {
 public:
  struct Question {
    PublishRequest request;
    Duration quantum;
    std::function<void(std::string_view)> kicked;
    std::function<void(Result<std::unique_ptr<Publisher>>)> answer;
    std::shared_ptr<Published> published = std::make_shared<Published>();
    void admit() { answer(std::make_unique<FakePublisher>(published)); }
    void refuse(Errc code, std::string why) { answer(fail(code, "", std::move(why))); }
  };

  const Params& params() const override { return params_; }
  Metrics& metrics() const override { return metrics_; }
  void publish(Connection&, PublishRequest request, Duration quantum, std::function<void(std::string_view)> kicked,
               std::function<void(Result<std::unique_ptr<Publisher>>)> answer) override {
    questions.push_back({std::move(request), quantum, std::move(kicked), std::move(answer)});
    if (on_question) on_question(questions.back());
  }

  std::deque<Question> questions;
  std::function<void(Question&)> on_question;
  mutable FakeMetrics metrics_;

 private:
  Params params_;
};

}  // namespace rostrum::rtmp::test

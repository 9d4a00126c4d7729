// Your program decides who publishes and plays, when it wants and on its own thread, and hears who came and went.
#include <cstdio>
#include <thread>

#include <rostrum/engine.hpp>

class House final : public rostrum::AuthHooks {
 public:
  void admit(rostrum::AdmitRequest request, rostrum::Reply<rostrum::Verdict> reply) override {
    // A database would be asked here; the reply may wait for it. Dropped or late, it denies.
    std::thread([request = std::move(request), reply = std::move(reply)]() mutable {
      const bool key = request.action != rostrum::Action::publish || request.query == "key=camera-1";
      reply(key ? rostrum::Verdict::allow() : rostrum::Verdict::deny("wrong key"));
    }).detach();
  }
  void event(const rostrum::SessionEvent& event) override {
    std::printf("%llu %s %s %s\n", static_cast<unsigned long long>(event.session),
                event.what == rostrum::SessionEvent::What::opened ? "opened" : "closed", event.stream.c_str(),
                event.reason.c_str());
  }
};

int main(int argc, char** argv) {
  if (argc != 2) return std::puts("usage: hooks FILE.yaml"), 2;
  auto service = rostrum::Service::load(argv[1]);
  if (!service) return std::puts(service.error().message().c_str()), 2;
  auto engine = rostrum::Engine::create({}, {.auth = std::make_shared<House>()});
  if (!engine) return std::puts(engine.error().message().c_str()), 1;
  if (auto up = engine->serve(*service); !up) return std::puts(up.error().message().c_str()), 1;
  std::getchar();
  engine->drain(std::chrono::seconds(5));
}

#include <rostrum/auth.hpp>

namespace rostrum {

std::string_view name_of(Action action) noexcept {
  switch (action) {
    case Action::publish:
      return "publish";
    case Action::play:
      return "play";
    case Action::room:
      return "room";
    case Action::control:
      return "control";
  }
  return "play";
}

void AuthHooks::admit(AdmitRequest request, Reply<Verdict> reply) {
  const bool open = request.action == Action::play || request.action == Action::room;
  if (open || request.client.loopback) return reply(Verdict::allow());
  reply(Verdict::deny(request.action == Action::publish
                          ? "publishing from other machines needs admission; give the engine AuthHooks, or publish from this one"
                          : "only this machine may ask that without admission; give the engine AuthHooks"));
}

}  // namespace rostrum

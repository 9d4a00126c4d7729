// A whole media server in your program: the doors and streams of a service file, until Enter is pressed.
#include <cstdio>

#include <rostrum/engine.hpp>

int main(int argc, char** argv) {
  if (argc != 2) return std::puts("usage: embed FILE.yaml"), 2;
  auto service = rostrum::Service::load(argv[1]);
  if (!service) return std::puts(service.error().message().c_str()), 2;
  auto engine = rostrum::Engine::create();
  if (!engine) return std::puts(engine.error().message().c_str()), 1;
  if (auto up = engine->serve(*service); !up) return std::puts(up.error().message().c_str()), 1;
  std::getchar();
  engine->drain(std::chrono::seconds(5));
}

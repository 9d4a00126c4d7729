#include "registry/registry.hpp"

#include <doctest/doctest.h>

using namespace rostrum;

TEST_CASE("registry: what is built in passes the judgement that a third party's plugin has to pass") {
  const Registry registry;  // ends the process where it does not
  REQUIRE(registry.kind("ladder") != nullptr);
  CHECK(bool(registry.kind("ladder")->expand));
  REQUIRE(registry.door("rtmp") != nullptr);
  CHECK(bool(registry.door("rtmp")->accept));
}

TEST_CASE("registry: a sink of raw and encoded media may have an element for the one and a plain node for the other") {
  const Registry registry;
  const KindInfo* discard = registry.kind("discard");
  REQUIRE(discard != nullptr);
  CHECK(bool(discard->element));
  CHECK(bool(discard->sink));
}

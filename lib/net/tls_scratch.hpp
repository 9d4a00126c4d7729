// Memory that the TLS sessions of one thread use in turn, so that none keeps what it does not need.
#pragma once

#include <cstddef>
#include <vector>

namespace rostrum::net {

struct TlsScratch {
  std::vector<std::byte> plain;   // what a record says
  std::vector<std::byte> record;  // what goes into one
  std::vector<std::byte> sealed;  // what goes to the socket in one call
};

}  // namespace rostrum::net

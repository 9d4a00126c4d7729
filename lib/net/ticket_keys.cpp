#include "net/ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace rostrum::net {

TicketKeys::~TicketKeys() {
  for (Key& key : keys_) OPENSSL_cleanse(&key, sizeof key);
}

void TicketKeys::forget_old(Clock::time_point now) {
  while (!keys_.empty() && now - keys_.front().made >= rotation + lifetime) {
    OPENSSL_cleanse(&keys_.front(), sizeof(Key));
    keys_.pop_front();
  }
}

std::optional<TicketKeys::Key> TicketKeys::current(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  forget_old(now);
  if (!keys_.empty() && now - keys_.back().made < rotation) return keys_.back();
  Key key;
  const auto fill = [](auto& bytes) { return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1; };
  if (!fill(key.name) || !fill(key.cipher) || !fill(key.mac)) return std::nullopt;
  key.made = now;
  keys_.push_back(key);
  return key;
}

std::optional<TicketKeys::Key> TicketKeys::find(std::span<const unsigned char> name, Clock::time_point now) {
  std::lock_guard lock(mutex_);
  forget_old(now);
  const auto found = std::ranges::find_if(keys_, [&](const Key& key) { return std::ranges::equal(key.name, name); });
  if (found == keys_.end()) return std::nullopt;
  return *found;
}

}  // namespace rostrum::net

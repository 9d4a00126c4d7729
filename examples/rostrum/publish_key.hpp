// A publish key for a server that is open to a network: what `--publish-key` asks of publishers.
#pragma once

#include <string>
#include <utility>

#include <rostrum/auth.hpp>

/// Publishers from this machine, and those that bring `?key=KEY` behind the stream's name. Everything else as without hooks.
class PublishKey final : public rostrum::AuthHooks {
 public:
  explicit PublishKey(std::string key) : key_(std::move(key)) {}

  void admit(rostrum::AdmitRequest request, rostrum::Reply<rostrum::Verdict> reply) override {
    if (request.action != rostrum::Action::publish || request.client.loopback)
      return AuthHooks::admit(std::move(request), std::move(reply));
    rostrum::HttpRequest query;
    query.query = request.query;
    reply(same(query.parameter("key")) ? rostrum::Verdict::allow()
                                       : rostrum::Verdict::deny("the publish key is missing or wrong"));
  }

 private:
  // Takes the same time wherever the first difference is.
  [[nodiscard]] bool same(const std::string& given) const {
    unsigned different = given.size() != key_.size();
    for (std::size_t i = 0; i < given.size() && i < key_.size(); ++i)
      different |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(key_[i]);
    return different == 0;
  }
  std::string key_;
};

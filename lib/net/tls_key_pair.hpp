// A certificate chain and its private key, as PEM files hold them.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <rostrum/error.hpp>

namespace rostrum::net {

struct TlsFiles {
  std::string certificate;  // the server's own first, then those that lead to a root
  std::string key;
};

template <auto Free>
struct OpenSslDelete {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, OpenSslDelete<X509_free>>;
using PrivateKeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDelete<EVP_PKEY_free>>;

struct KeyPair {
  X509Ptr certificate;
  std::vector<X509Ptr> chain;
  PrivateKeyPtr key;
  std::chrono::system_clock::time_point until;
};

/// `where` of each finding is "certificate" or "key", the file to look at. Never asks for a passphrase.
struct LoadedKeyPair {
  std::optional<KeyPair> pair;  // nothing where a finding is an error
  std::vector<Error>
      findings;  // not_found, io, bad_syntax, bad_param (not each other's, out of date); a warning: soon out of date
};
LoadedKeyPair load_key_pair(const TlsFiles&);

/// "2027-01-31 12:00 UTC"
std::string day_text(std::chrono::system_clock::time_point);

}  // namespace rostrum::net

#include "net/tls_key_pair.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace rostrum::net {
namespace {

using BioPtr = std::unique_ptr<BIO, OpenSslDelete<BIO_free>>;
using SystemTime = std::chrono::system_clock::time_point;

constexpr std::size_t most_bytes = 1 << 20;
constexpr std::size_t most_certificates = 16;
constexpr auto soon = std::chrono::hours(14 * 24);

Result<std::string> read_file(const std::string& path, const std::string& parameter) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(most_bytes, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() || in.gcount() == 0) {
    const int code = errno;
    if (code == ENOENT) return fail(Errc::not_found, parameter, fmt::format("no file {}", path));
    if (code == EACCES)
      return fail(Errc::io, parameter, fmt::format("{} may not be read by this user; let the server's group read it", path));
    return fail(code != 0 ? Errc::io : Errc::bad_syntax, parameter,
                code != 0 ? fmt::format("cannot read {}: {}", path, std::strerror(code))
                          : fmt::format("{} is no PEM file: it is empty, or larger than 1 MiB", path));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

BioPtr over(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A server has no terminal to ask at: without this OpenSSL would wait for somebody to type.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

bool holds_key(std::string_view text) {
  return text.find("PRIVATE KEY-----") != text.npos;
}
bool holds_certificate(std::string_view text) {
  return text.find("-----BEGIN CERTIFICATE-----") != text.npos || text.find("-----BEGIN TRUSTED CERTIFICATE-----") != text.npos;
}

SystemTime time_of(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&utc));
}

Result<std::vector<X509Ptr>> read_chain(const std::string& path) {
  auto text = read_file(path, "certificate");
  if (!text) return tl::unexpected(std::move(text.error()));
  if (!holds_certificate(*text))
    return fail(Errc::bad_syntax, "certificate",
                holds_key(*text)
                    ? fmt::format("{} holds a private key and no certificate; are certificate and key swapped?", path)
                    : fmt::format("{} holds no certificate in PEM; `openssl x509 -inform der` makes PEM of DER", path));
  const BioPtr bio = over(*text);
  std::vector<X509Ptr> chain;
  while (chain.size() < most_certificates) {
    X509Ptr one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    chain.push_back(std::move(one));
  }
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  if (chain.empty() || (chain.size() < most_certificates && ERR_GET_REASON(last) != PEM_R_NO_START_LINE))
    return fail(Errc::bad_syntax, "certificate",
                fmt::format("certificate {} in {} is broken; write the file again", chain.size() + 1, path));
  return chain;
}

Result<PrivateKeyPtr> read_key(const std::string& path) {
  auto text = read_file(path, "key");
  if (!text) return tl::unexpected(std::move(text.error()));
  bool passphrase = false;
  PrivateKeyPtr key(PEM_read_bio_PrivateKey(over(*text).get(), nullptr, no_passphrase, &passphrase));
  ERR_clear_error();
  if (key) return key;
  if (passphrase)
    return fail(Errc::bad_syntax, "key",
                fmt::format("{} is locked by a passphrase; write it without: openssl pkey -in {} -out plain.pem", path, path));
  if (!holds_key(*text))
    return fail(Errc::bad_syntax, "key",
                holds_certificate(*text)
                    ? fmt::format("{} holds a certificate and no private key; are certificate and key swapped?", path)
                    : fmt::format("{} holds no private key in PEM; `openssl pkey -inform der` makes PEM of DER", path));
  return fail(Errc::bad_syntax, "key", fmt::format("the private key in {} is broken; write the file again", path));
}

std::optional<Error> out_of_date(const X509* certificate, const std::string& path) {
  const auto from = time_of(X509_get0_notBefore(certificate)), until = time_of(X509_get0_notAfter(certificate));
  const auto now = std::chrono::system_clock::now();
  if (now >= until)
    return Error{Errc::bad_param, "certificate", fmt::format("{} expired on {}; renew it", path, day_text(until))};
  if (now < from)
    return Error{Errc::bad_param, "certificate",
                 fmt::format("{} is valid only from {}; is this machine's clock right?", path, day_text(from))};
  if (until - now < soon)
    return Error{Errc::bad_param, "certificate", fmt::format("{} expires on {}; renew it now", path, day_text(until)),
                 Severity::warning};
  return std::nullopt;
}

}  // namespace

std::string day_text(SystemTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min);
}

LoadedKeyPair load_key_pair(const TlsFiles& files) {
  LoadedKeyPair loaded;
  auto chain = read_chain(files.certificate);
  auto key = read_key(files.key);
  if (!chain) loaded.findings.push_back(std::move(chain.error()));
  if (!key) loaded.findings.push_back(std::move(key.error()));
  if (!chain || !key) return loaded;
  X509* certificate = chain->front().get();
  const bool fits = X509_check_private_key(certificate, key->get()) == 1;
  ERR_clear_error();
  if (!fits)
    loaded.findings.push_back(
        {Errc::bad_param, "key",
         fmt::format("{} is not the key of the first certificate in {}; the server's own comes first there, "
                     "those that signed it follow",
                     files.key, files.certificate)});
  bool usable = fits;
  if (auto late = out_of_date(certificate, files.certificate)) {
    usable = usable && late->severity == Severity::warning;
    loaded.findings.push_back(*std::move(late));
  }
  if (!usable) return loaded;
  KeyPair pair{std::move(chain->front()), {}, std::move(*key), time_of(X509_get0_notAfter(certificate))};
  for (std::size_t i = 1; i < chain->size(); ++i) pair.chain.push_back(std::move((*chain)[i]));
  loaded.pair = std::move(pair);
  return loaded;
}

}  // namespace rostrum::net

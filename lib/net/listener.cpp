#include "net/listener.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "net/cidr.hpp"
#include "net/door_state.hpp"
#include "net/reactor_impl.hpp"
#include "net/tcp_connection.hpp"

namespace rostrum::net {
namespace {

using Endpoint = asio::ip::tcp::endpoint;
using TcpAcceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr auto back_off = std::chrono::milliseconds(100);

std::string text_of(const Endpoint& endpoint) {
  return endpoint_text(parse_address(endpoint.address().to_string()).value_or(IpAddress{}), endpoint.port());
}

Result<Endpoint> endpoint_of(const std::string& address, std::uint16_t port) {
  const auto ip = parse_address(address);
  if (!ip)
    return fail(Errc::bad_param, {}, fmt::format("\"{}\" is no IP address; write 127.0.0.1, 0.0.0.0, [::1] or [::]", address));
  return Endpoint(asio::ip::make_address(ip->text()), port);
}

Error bind_error(const Endpoint& wished, const boost::system::error_code& error) {
  const std::string where = text_of(wished);
  if (error == asio::error::address_in_use)
    return {
        Errc::busy, where,
        fmt::format("port {} is in use; stop the program that has it (ss -ltnp 'sport = :{}' names it) or choose another port",
                    wished.port(), wished.port())};
  if (error == asio::error::access_denied)
    return {Errc::io, where,
            fmt::format("port {} needs a privilege; choose one from 1024 up, or grant CAP_NET_BIND_SERVICE", wished.port())};
  if (error.value() == EADDRNOTAVAIL)
    return {Errc::io, where, "no interface of this machine has that address; bind 0.0.0.0 or [::] for all"};
  return {Errc::io, where, error.message()};
}

// The acceptor is bound and listens; nothing is accepted yet.
boost::system::error_code bind_acceptor(TcpAcceptor& acceptor, const Endpoint& endpoint, bool share_port) {
  boost::system::error_code error;
  const auto step = [&error](auto&& call) {
    if (!error) call();
  };
  step([&] { acceptor.open(endpoint.protocol(), error); });
  step([&] { acceptor.set_option(asio::socket_base::reuse_address(true), error); });
  if (share_port) step([&] { acceptor.set_option(ReusePort(true), error); });
  if (endpoint.address().is_v6()) {
    // [::] takes IPv4 in too, whatever the machine's default is.
    step([&] { acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), error); });
  }
  step([&] { acceptor.bind(endpoint, error); });
  step([&] { acceptor.listen(asio::socket_base::max_listen_connections, error); });
  return error;
}

// One loop's share of a listener. Loop thread only, but for construction.
class Entrance : public std::enable_shared_from_this<Entrance> {
 public:
  Entrance(std::shared_ptr<LoopImpl> loop, std::shared_ptr<DoorState> door)
      : acceptor(loop->io), loop_(std::move(loop)), door_(std::move(door)), pause_(loop_->io) {}

  void accept() {
    acceptor.async_accept(peer_, [self = shared_from_this()](boost::system::error_code error, TcpSocket socket) {
      if (!self->acceptor.is_open() || self->loop_->stopping()) return;
      if (error) return self->failed(error);
      std::make_shared<TcpConnection>(self->loop_, std::move(socket), self->peer_, self->door_)->open();
      self->accept();
    });
  }

  void close() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause_.cancel();
  }

  void wind_down(bool at_once) {
    std::vector<std::shared_ptr<TcpConnection>> mine;
    for (const auto& connection : loop_->connections) {
      if (&connection->door() == door_.get()) mine.push_back(connection);
    }
    for (const auto& connection : mine) at_once ? connection->abort("the server stops") : connection->wind_down();
  }

  [[nodiscard]] LoopImpl& loop() { return *loop_; }

  TcpAcceptor acceptor;

 private:
  void failed(const boost::system::error_code& error) {
    switch (error.value()) {
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        break;
      default:  // accept(2): a connection that died in the queue reports its error here
        return accept();
    }
    // Trying again at once would spin: nothing is free until a connection closes.
    door_->failed(Errc::limit);
    door_->say(Level::error, fmt::format("cannot accept: {}; raise the file limit (ulimit -n, LimitNOFILE=)", error.message()));
    pause_.expires_after(back_off);
    pause_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
      if (!cancelled && self->acceptor.is_open() && !self->loop_->stopping()) self->accept();
    });
  }

  const std::shared_ptr<LoopImpl> loop_;
  const std::shared_ptr<DoorState> door_;
  asio::steady_timer pause_;
  Endpoint peer_;
};

class TcpListener final : public Listener {
 public:
  TcpListener(std::shared_ptr<DoorState> door, std::vector<std::shared_ptr<Entrance>> entrances, std::string address)
      : door_(std::move(door)), entrances_(std::move(entrances)), address_(std::move(address)) {
    for (const auto& entrance : entrances_) entrance->loop().run([&] { entrance->accept(); });
  }
  ~TcpListener() override { stop_accepting(); }

  std::string address() const override { return address_; }

  void drain(Duration limit) override {
    stop_accepting();
    for (const auto& entrance : entrances_) entrance->loop().run([&] { entrance->wind_down(false); });
    if (door_->wait_empty(limit)) return;
    for (const auto& entrance : entrances_) entrance->loop().run([&] { entrance->wind_down(true); });
  }

 private:
  void stop_accepting() {
    for (const auto& entrance : entrances_) entrance->loop().run([&] { entrance->close(); });
  }

  const std::shared_ptr<DoorState> door_;
  const std::vector<std::shared_ptr<Entrance>> entrances_;
  const std::string address_;
};

}  // namespace

Result<std::unique_ptr<Listener>> listen(Reactor& reactor, std::shared_ptr<Admission> admission, std::string door,
                                         const std::string& address, std::uint16_t port, Accept accept,
                                         std::shared_ptr<TlsServer> tls) {
  auto wished = endpoint_of(address, port);
  if (!wished) return tl::unexpected(std::move(wished).error());
  Endpoint endpoint = *wished;
  {
    // SO_REUSEPORT would silently share the port with another rostrum of the same user.
    asio::io_context io{1};
    TcpAcceptor probe(io);
    if (const auto error = bind_acceptor(probe, endpoint, false)) return tl::unexpected(bind_error(endpoint, error));
  }
  auto state = std::make_shared<DoorState>(std::move(door), std::move(admission), std::move(accept), std::move(tls));
  std::vector<std::shared_ptr<Entrance>> entrances;
  for (const auto& loop : reactor.impl().loops) {
    auto entrance = std::make_shared<Entrance>(loop, state);
    if (const auto error = bind_acceptor(entrance->acceptor, endpoint, true)) return tl::unexpected(bind_error(endpoint, error));
    if (endpoint.port() == 0) {
      boost::system::error_code error;
      endpoint.port(entrance->acceptor.local_endpoint(error).port());
    }
    entrances.push_back(std::move(entrance));
  }
  return std::make_unique<TcpListener>(std::move(state), std::move(entrances), text_of(endpoint));
}

}  // namespace rostrum::net

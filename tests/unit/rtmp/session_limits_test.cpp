// How long a publisher is listened to: floods, drips, goodbyes, kicks.
#include <doctest/doctest.h>
#include <rostrum/log.hpp>

#include "publisher_client.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;
using namespace std::chrono_literals;

TEST_CASE("rtmp: what comes before the answer is bounded") {
  Limits limits;
  limits.buffered_bytes = 1000;
  PublisherClient client(limits);
  client.handshake();
  client.connect();
  client.ask();
  const std::vector<std::byte> flood(1001);
  client.send(flood);
  REQUIRE(client.error);
  CHECK(client.error->message() == "live/cam: too many bytes came before the publisher was admitted");
  CHECK(client.house.metrics_.refused("buffered") == 1);
}

TEST_CASE("rtmp: every goodbye ends the publisher once, and the connection may publish again") {
  for (const char* goodbye : {"FCUnpublish", "deleteStream", "closeStream"}) {
    CAPTURE(goodbye);
    PublisherClient client;
    client.publish();
    client.commands();
    client.command(goodbye, 6, {AmfValue(), "cam"}, 1);
    client.command("deleteStream", 7, {AmfValue(), 1.0});
    CHECK(client.published().ended == goodbye);
    const auto replies = client.commands();
    CHECK(code_of(replies.back()) == "NetStream.Unpublish.Success");
    CHECK((replies[0].name == "onFCUnpublish") == (goodbye == std::string_view("FCUnpublish")));
    client.video("1701000000", nals({idr}), 0);  // in flight: no harm
    client.ask("again");
    REQUIRE(client.house.questions.size() == 2);
    CHECK(client.house.questions[1].request.name == "again");
    CHECK(!client.error);
  }
}

TEST_CASE("rtmp: a connection that goes away ends its publisher with why") {
  PublisherClient client;
  client.publish();
  client.close({Errc::closed, "", "connection reset by peer"});
  CHECK(client.published().ended == "connection reset by peer");

  PublisherClient killed;  // a FIN has no words
  killed.publish();
  killed.close({Errc::closed, "", ""});
  CHECK(killed.published().ended == "it closed the connection without a goodbye");

  PublisherClient idle;
  idle.publish();
  idle.close({Errc::timeout, "", "no RTMP messages for 30 s"});
  CHECK(idle.published().ended == "no RTMP messages for 30 s");
  CHECK(idle.house.metrics_.refused("idle_time") == 1);

  PublisherClient shy;
  shy.close({Errc::timeout, "", "no RTMP handshake for 10 s"});
  CHECK(shy.house.metrics_.refused("handshake_time") == 1);
}

TEST_CASE("rtmp: a kick tells the client, ends the publisher and closes") {
  PublisherClient client;
  client.publish();
  client.commands();
  client.house.questions[0].kicked("the stream was stopped");
  CHECK(!client.connection.closed_because);  // it may have been said from within Publisher::frame
  client.connection.run_posted();
  const auto replies = client.commands();
  REQUIRE(replies.size() == 1);
  CHECK(description_of(replies[0]) == "the stream was stopped");
  CHECK(client.connection.closed_because == "sent away: the stream was stopped");
  CHECK(client.published().ended == "the stream was stopped");
}

TEST_CASE("rtmp: answers and kicks for a session that is gone do no harm") {
  PublisherClient client;
  client.handshake();
  client.connect();
  client.ask();
  client.close();
  client.destroy();
  client.house.questions[0].kicked("late");
  client.house.questions[0].admit();
  client.connection.run_posted();
  CHECK(client.published().dropped);
}

TEST_CASE("rtmp: received bytes are acknowledged by the window the client names") {
  PublisherClient client;
  client.publish();
  client.messages();
  const auto window = [&](std::uint32_t size) {
    Writer body;
    client.message(MessageType::window_size, body.u32(size).view(), 0, 0);
  };
  window(5000);
  const std::vector<std::byte> some(3000);
  client.message(MessageType::audio, some);
  auto replies = client.messages();
  REQUIRE(replies.size() == 1);  // the handshake's bytes count too
  CHECK(replies[0].type == MessageType::acknowledgement);
  client.message(MessageType::audio, some);
  CHECK(client.messages().empty());
  client.message(MessageType::audio, some);
  replies = client.messages();
  REQUIRE(replies.size() == 1);
  CHECK(Reader(replies[0].payload).u32() > 9000 + 3073);
  for (const std::uint32_t size : {0U, 0xFFFFFFFFU}) {
    window(size);
    client.message(MessageType::audio, some);
    client.message(MessageType::audio, some);
    CHECK(client.messages().empty());
  }
  window(1);  // not an answer to every packet
  client.messages();
  client.message(MessageType::audio, std::vector<std::byte>(1000));
  CHECK(client.messages().empty());
}

TEST_CASE("rtmp: what came before the publisher was admitted is acknowledged when it is") {
  PublisherClient client;
  client.handshake();
  client.connect();
  Writer window;
  client.message(MessageType::window_size, window.u32(5000).view(), 0, 0);
  client.ask();
  client.messages();
  client.message(MessageType::audio, std::vector<std::byte>(6000));
  CHECK(client.messages().empty());
  client.house.questions[0].admit();
  client.connection.run_posted();
  const auto replies = client.messages();
  REQUIRE(!replies.empty());
  CHECK(replies.back().type == MessageType::acknowledgement);
}

TEST_CASE("rtmp: a handshake or a publish that is dripped is cut off in time") {
  PublisherClient slow;
  CHECK(slow.connection.deadline == 10s);
  CHECK(slow.connection.awaited == "the RTMP handshake");
  slow.send(from_hex("03"));
  slow.now += 9s;
  slow.send(from_hex("00"));
  CHECK(!slow.error);
  slow.now += 2s;
  slow.send(from_hex("00"));
  REQUIRE(slow.error);
  CHECK(slow.error->code == Errc::timeout);
  CHECK(slow.house.metrics_.refused("handshake_time") == 1);

  PublisherClient idler;
  idler.handshake();
  CHECK(idler.connection.deadline == 30s);
  idler.connect();
  for (int i = 0; i < 4; ++i) {
    idler.now += 10s;
    idler.message(MessageType::acknowledgement, from_hex("00000000"), 0, 0);
  }
  REQUIRE(idler.error);
  CHECK(idler.error->what == "nothing was published for too long");
  CHECK(idler.house.metrics_.refused("idle_time") == 1);

  PublisherClient publisher;
  publisher.publish();
  publisher.now += 1h;
  publisher.video("1702000000", {}, 0);
  CHECK(!publisher.error);
}

TEST_CASE("rtmp: a flood of commands is cut off, a steady few are not") {
  PublisherClient flood;
  flood.publish();
  for (int i = 0; i < 100; ++i) flood.command("noise", 0, {AmfValue()});
  REQUIRE(flood.error);
  CHECK(flood.error->code == Errc::limit);
  CHECK(flood.house.metrics_.refused("command_rate") == 1);
  CHECK(flood.published().ended.has_value());

  PublisherClient steady;
  steady.publish();
  for (int i = 0; i < 300; ++i) {
    steady.now += 200ms;
    steady.command("noise", 0, {AmfValue()});
  }
  CHECK(!steady.error);
}

TEST_CASE("rtmp: AMF bombs and long commands end the connection with a clear reason") {
  PublisherClient bomb;
  bomb.handshake();
  bomb.connect();
  Writer nested;
  write_amf0(nested, "publish");
  write_amf0(nested, 1.0);
  for (int i = 0; i < 10'000; ++i) nested.bytes(from_hex("03000161"));
  bomb.message(MessageType::command, nested.view());
  REQUIRE(bomb.error);
  CHECK(bomb.error->message() == "a command is broken: AMF0: its values nest too deep");
  CHECK(bomb.house.metrics_.refused("amf") == 1);

  PublisherClient longer;
  longer.handshake();
  longer.connect();
  longer.message(MessageType::command, std::vector<std::byte>(65'537));
  REQUIRE(longer.error);
  CHECK(longer.error->what == "a command of 65537 bytes, the limit is 65536");
  CHECK(longer.house.metrics_.refused("message_size") == 1);
}

TEST_CASE("rtmp: no log line, reason or answer has a token") {
  std::string heard;
  set_log_level(Level::debug);
  set_log_sink([&](Level, std::string_view, std::string_view stream, std::string_view text) {
    heard += std::string(stream) + std::string(text) + "\n";
  });
  for (const bool admitted : {true, false}) {
    PublisherClient client;
    client.handshake();
    client.connect("live?apptoken=hush", "rtmp://u:hush@host/live?apptoken=hush");
    client.ask("cam?token=hush");
    auto& question = client.house.questions.at(0);
    admitted ? question.admit() : question.refuse(Errc::denied, "no");
    client.message(MessageType::audio, from_hex("2faabb"));
    if (admitted) question.kicked("enough");
    client.connection.run_posted();
    heard += client.connection.closed_because.value_or("") + std::string(as_text(client.connection.sent));
  }
  set_log_sink({});
  set_log_level(Level::info);
  CHECK(heard.find("live/cam") != heard.npos);
  CHECK(heard.find("hush") == heard.npos);
}

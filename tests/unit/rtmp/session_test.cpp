#include <rostrum/log.hpp>

#include "publisher_client.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;
using namespace std::chrono_literals;

namespace {

std::string_view code_of(const Command& command) {
  return command.arguments.at(0)["code"].text();
}
std::string_view description_of(const Command& command) {
  return command.arguments.at(0)["description"].text();
}

}  // namespace

TEST_CASE("rtmp: connect is answered with window, bandwidth, chunk size and Enhanced RTMP's codecs") {
  PublisherClient client;
  client.handshake();
  CHECK(client.connection.sent.size() == 3073);
  client.connect();
  const auto replies = client.messages();
  REQUIRE(replies.size() == 3);  // the chunk size is obeyed by the reader
  CHECK(replies[0].type == MessageType::window_size);
  CHECK(replies[1].type == MessageType::peer_bandwidth);
  const auto result = read_command(replies[2]);
  REQUIRE(result.has_value());
  CHECK(result->name == "_result");
  CHECK(result->transaction == 1);
  CHECK(!result->object["fmsVer"].text().empty());
  CHECK(code_of(*result) == "NetConnection.Connect.Success");
  CHECK(result->arguments[0]["objectEncoding"].number(-1) == 0);
  std::string codecs;
  for (const AmfValue& codec : std::get<AmfValue::Array>(result->arguments[0]["fourCcList"].value))
    codecs += std::string(codec.text()) + " ";
  CHECK(codecs == "avc1 hvc1 av01 vp09 mp4a Opus ");
}

TEST_CASE("rtmp: the dialogue of ffmpeg and OBS ends in a publisher, whatever pieces the bytes come in") {
  for (const std::size_t piece : {SIZE_MAX, std::size_t{1}, std::size_t{17}}) {
    PublisherClient client;
    client.piece = piece;
    client.handshake();
    client.connect("live?region=eu", "rtmp://user:pass@host:1935/live?region=eu");
    client.command("releaseStream", 2, {AmfValue(), "cam?token=secret"});
    client.command("FCPublish", 3, {AmfValue(), "cam?token=secret"});
    client.command("_checkbw", 0, {AmfValue()});
    client.command("createStream", 4, {AmfValue()});
    client.command("publish", 5, {AmfValue(), "cam?token=secret", "live"}, 1);
    auto replies = client.commands();
    REQUIRE(replies.size() == 4);  // connect, releaseStream, FCPublish, createStream
    CHECK(replies[3].transaction == 4);
    CHECK(replies[3].arguments[0].number() == 1);
    REQUIRE(client.house.questions.size() == 1);
    auto& question = client.house.questions[0];
    CHECK(question.request.app == "live");
    CHECK(question.request.name == "cam");
    CHECK(question.request.query == "token=secret&region=eu");
    CHECK(question.request.protocol == "rtmp");
    CHECK(question.request.url == "rtmp://host:1935/live/cam");
    CHECK(question.request.client.user_agent == "FMLE/3.0");
    CHECK(question.request.client.address == "127.0.0.1");
    CHECK(question.quantum == 1ms);
    question.admit();
    replies = client.commands();
    REQUIRE(replies.size() == 2);
    CHECK(replies[0].name == "onFCPublish");
    CHECK(replies[1].name == "onStatus");
    CHECK(code_of(replies[1]) == "NetStream.Publish.Start");
    CHECK(!client.connection.paused);
    CHECK(!client.error);
  }
}

TEST_CASE("rtmp: reading pauses while the house decides, and what was under way is not lost") {
  PublisherClient client;
  client.handshake();
  client.connect();
  Writer burst;  // publish, and media in the same packet
  write_message(burst, 3, MessageType::command, 1, write_command("publish", 5, std::vector<AmfValue>{AmfValue(), "cam", "live"}),
                128);
  write_message(burst, 6, MessageType::video, 1, joined("1700000000", from_hex(avc_180p)), 128);
  write_message(burst, 6, MessageType::video, 1, joined("1701000000", nals({idr})), 128);
  client.send(burst.view());
  CHECK(client.connection.paused);
  client.video("2701000000", nals({slice}), 40);  // was in the socket already
  REQUIRE(client.house.questions.size() == 1);
  CHECK(client.published().frames.empty());
  client.house.questions[0].admit();
  CHECK(!client.connection.paused);
  REQUIRE(client.published().frames.size() == 2);
  CHECK(client.published().frames[0].keyframe);
  CHECK(client.published().frames[1].dts == 40ms);
}

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

TEST_CASE("rtmp: refusals reach the client with their reason, then the connection closes") {
  struct Case {
    Errc code;
    std::string_view status, reason;
  };
  for (const auto& [error, status, reason] :
       {Case{Errc::busy, "NetStream.Publish.BadName", "busy"}, Case{Errc::denied, "NetStream.Publish.Denied", "denied"},
        Case{Errc::not_found, "NetStream.Publish.Rejected", "denied"}}) {
    PublisherClient client;
    client.handshake();
    client.connect();
    client.ask();
    client.commands();
    client.house.questions[0].refuse(error, "because of this");
    const auto replies = client.commands();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].name == "onStatus");
    CHECK(code_of(replies[0]) == status);
    CHECK(description_of(replies[0]) == "because of this");
    CHECK(replies[0].arguments[0]["level"].text() == "error");
    CHECK(client.connection.closed_because == "live/cam: because of this");
    CHECK(client.house.metrics_.refused(reason) == 1);
  }
}

TEST_CASE("rtmp: keys and applications that cannot be names are refused without asking the house") {
  for (const char* key : {"a/b", "..", "", "a\x01", "?token=x"}) {
    PublisherClient client;
    client.handshake();
    client.connect();
    client.commands();
    client.ask(key);
    const auto replies = client.commands();
    REQUIRE(replies.size() == 2);
    CHECK(code_of(replies[1]) == "NetStream.Publish.BadName");
    CHECK(client.house.questions.empty());
    CHECK(client.connection.closed_because.has_value());
    CHECK(client.house.metrics_.refused("name") == 1);
  }
  PublisherClient client;
  client.handshake();
  client.connect("live/../x");
  const auto replies = client.commands();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].name == "_error");
  CHECK(code_of(replies[0]) == "NetConnection.Connect.InvalidApp");
  CHECK(description_of(replies[0]) == "the application's name must not be '.' or '..'");
}

TEST_CASE("rtmp: commands at the wrong time get an answer and an end") {
  PublisherClient early;
  early.handshake();
  early.command("publish", 5, {AmfValue(), "cam", "live"}, 1);
  auto replies = early.commands();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].name == "_error");
  CHECK(description_of(replies[0]) == "connect to an application first");
  CHECK(early.connection.closed_because == "publish came before connect");
  CHECK(early.house.metrics_.refused("sequence") == 1);

  PublisherClient twice;
  twice.publish();
  twice.commands();
  twice.command("publish", 6, {AmfValue(), "other", "live"}, 1);
  replies = twice.commands();
  REQUIRE(replies.size() == 1);
  CHECK(code_of(replies[0]) == "NetStream.Publish.BadName");
  CHECK(twice.published().ended == "this connection publishes already");

  PublisherClient again;
  again.handshake();
  again.connect();
  again.commands();
  again.connect();
  CHECK(code_of(again.commands().at(0)) == "NetConnection.Connect.Rejected");

  PublisherClient viewer;
  viewer.handshake();
  viewer.connect();
  viewer.commands();
  viewer.command("play", 5, {AmfValue(), "cam?token=secret", -2.0}, 1);
  replies = viewer.commands();
  REQUIRE(replies.size() == 1);
  CHECK(code_of(replies[0]) == "NetStream.Play.Failed");
  CHECK(description_of(replies[0]) == "viewers are not served over RTMP; play /live/cam/index.m3u8 over HTTP");
}

TEST_CASE("rtmp: unknown commands get _error when they ask for an answer") {
  PublisherClient client;
  client.handshake();
  client.connect();
  client.commands();
  client.command("makeCoffee", 9, {AmfValue()});
  client.command("makeCoffee", 0, {AmfValue()});
  client.command("getStreamLength", 10, {AmfValue(), "cam"});
  client.command("_checkbw", 11, {AmfValue()});
  const auto replies = client.commands();
  REQUIRE(replies.size() == 3);
  CHECK(replies[0].name == "_error");
  CHECK(description_of(replies[0]) == "makeCoffee is not known here");
  CHECK(replies[1].arguments[0].number(-1) == 0);
  CHECK(replies[2].name == "_result");
  CHECK(!client.connection.closed_because);
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

TEST_CASE("rtmp: pings are answered") {
  PublisherClient client;
  client.publish();
  client.messages();
  client.message(MessageType::user_control, from_hex("0006000004d2"), 0, 0);
  const auto replies = client.messages();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].payload == from_hex("0007000004d2"));
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

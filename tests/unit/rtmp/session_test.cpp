// What a publisher asks, and what it is answered.
#include <doctest/doctest.h>

#include "publisher_client.hpp"

using namespace rostrum;
using namespace rostrum::rtmp;
using namespace rostrum::rtmp::test;
using namespace std::chrono_literals;

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

TEST_CASE("rtmp: pings are answered") {
  PublisherClient client;
  client.publish();
  client.messages();
  client.message(MessageType::user_control, from_hex("0006000004d2"), 0, 0);
  const auto replies = client.messages();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].payload == from_hex("0007000004d2"));
}

#!/usr/bin/env python3
"""Writes the first inputs of every fuzzer into corpus/: what real clients send, and the shapes that have been trouble.

Inputs that a fuzzer found are kept beside them under their own names."""

import hashlib
import hmac
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
ROOT = pathlib.Path(__file__).resolve().parents[2]

AVC = "0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001000668ebe3cb22c0fdf8f800"
AVC_SCALING = "0164001effe100156764001ead8000000300fffffffefffe02d028332001000568ebe3cb20"
HEVC = (
    "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003c959809a10001002b42010101"
    "600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840a2000100074401c172b46240"
)
AV1 = "81000c000a0b000000043cfeccdaf90040"
AV1_TICKS = "81000c000a100400000fa40003a98280000021e7f670"
AV1_FRAME = "12000a0b0000000cc4ff6736be4010320210bb"
AAC, HE_AAC = "121056e500", "131056e598"
OPUS_BOX, OPUS_HEAD = "000101380000bb80000000", "4f707573486561640102380180bb0000000000"
VP9_KEY = "824983420027f016760638241c184a10"
CODECS = {"h264": 0, "hevc": 1, "av1": 2, "aac": 5, "opus": 6}


def keep(fuzzer, name, data):
    folder = CORPUS / f"fuzz_{fuzzer}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def string(text):
    return b"\x02" + struct.pack(">H", len(text)) + text.encode()


def number(value):
    return b"\x00" + struct.pack(">d", value)


def obj(marker=b"\x03", **properties):
    body = b"".join(struct.pack(">H", len(name)) + name.encode() + value for name, value in properties.items())
    return marker + body + b"\x00\x00\x09"


def command(name, transaction, *values):
    return string(name) + number(transaction) + b"".join(values)


CONNECT = command("connect", 1, obj(app=string("live"), tcUrl=string("rtmp://h/live?x=1"), flashVer=string("FMLE/3.0")))
CREATE = command("createStream", 2, b"\x05")
PUBLISH = command("publish", 3, b"\x05", string("cam?token=t"), string("live"))
GOODBYE = command("deleteStream", 4, b"\x05", number(1))
METADATA = string("@setDataFrame") + string("onMetaData") + b"\x08\0\0\0\2" + obj(
    b"", width=number(1280), height=number(720), framerate=number(29.97), videocodecid=number(7), audiocodecid=number(10))
AMF3_OBJECT = bytes.fromhex("11" "0a0b01" "0361" "0401" "0362" "0607636174" "0363" "090501" "0401" "0402" "01")


def message(kind, body, stream=0, timestamp=0, chunk_stream=3, chunk=128):
    """One message, format 0 and then 3, with the extended timestamp again on each chunk (RTMP 1.0, 5.3.1.3)."""
    extended = struct.pack(">I", timestamp) if timestamp >= 0xFFFFFF else b""
    out = bytes([chunk_stream]) + min(timestamp, 0xFFFFFF).to_bytes(3, "big") + len(body).to_bytes(3, "big") + bytes([kind])
    out += struct.pack("<I", stream) + extended + body[:chunk]
    for at in range(chunk, len(body), chunk):
        out += bytes([0xC0 | chunk_stream]) + extended + body[at:at + chunk]
    return out


def tag(kind, body):
    """A message as fuzz_rtmp_media reads it."""
    order = {"video": 0, "audio": 1, "data": 2, "data_amf3": 3, "aggregate": 4}
    return bytes([order[kind] + 5 * 8]) + struct.pack(">H", len(body)) + body


def nals(*units):
    return b"".join(struct.pack(">I", len(bytes.fromhex(unit))) + bytes.fromhex(unit) for unit in units)


def digest_c1(scheme):
    key = b"Genuine Adobe Flash Player 001"
    c1 = bytearray((i * 7 + scheme) & 0xFF for i in range(1536))
    field = 8 if scheme == 0 else 772
    at = field + 4 + sum(c1[field:field + 4]) % 728
    c1[at:at + 32] = hmac.new(key, bytes(c1[:at] + c1[at + 32:]), hashlib.sha256).digest()
    return bytes(c1)


def codec_configs():
    for name, codec, record in [("avc", "h264", AVC), ("avc_scaling", "h264", AVC_SCALING), ("hevc", "hevc", HEVC), ("av1", "av1", AV1),
                                ("av1_ticks", "av1", AV1_TICKS), ("aac", "aac", AAC), ("he_aac", "aac", HE_AAC), ("opus", "opus", OPUS_BOX)]:
        keep("codec_config", name, bytes([CODECS[codec]]) + bytes.fromhex(record))


def http():
    requests = {
        "get": "GET /live/cam/index.m3u8?_HLS_msn=5&_HLS_part=1 HTTP/1.1\r\nHost: h:1\r\nAccept-Encoding: gzip;q=0\r\nRange: bytes=0-1,3-\r\n\r\n",
        "pipelined": "GET / HTTP/1.1\r\nHost: h\r\n\r\nHEAD /a/./b%20c HTTP/1.1\r\nHost: h\r\n\r\nOPTIONS * HTTP/1.0\r\n\r\n",
        "chunked": "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3;a=b\r\nabc\r\n0A\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
        "length": "\r\nPUT http://h?x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
        "smuggled": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "version": "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "codings": "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "many_headers": "GET / HTTP/1.1\r\nHost: h\r\n" + "A: b\r\n" * 11 + "\r\n",
        "long_line": "GET /" + "a" * 520,
        "long_head": "GET / HTTP/1.1\r\nHost: h\r\nA: " + "a" * 520,
        "long_target": "GET /" + "a" * 300 + " HTTP/1.1\r\nHost: h\r\n\r\n",
        "broken_extension": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"\n\"\r\nabc\r\n0\r\n\r\n",
        "endless_trailer": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: " + "t" * 520,
    }
    for name, text in requests.items():
        keep("http_request", name, text.encode())
    for name, text in {"both": 'for="[2001:db8::1]:80";proto=https, for=10.0.0.2\n198.51.100.7, 10.0.0.9', "hidden": "for=_x, for=unknown\n,,",
                       "target": "/live/%2e/cam?x#y", "network": "2001:db8::/32", "trusted": "for=10.0.0.9, for=\"[::ffff:10.1.2.3]\"", "none": "",
                       "query": "b=1&%61=%41+%zz&a", "narrow": "10.0.0.1/8", "wide": "10.0.0.0/99", "list": "203.0.113.7;proto=http\n203.0.113.7"}.items():
        keep("forwarded", name, text.encode())
    for name, text in {"reload": "source/index.m3u8\n_HLS_msn=12&_HLS_part=3&_HLS_skip=YES&session=0123456789abcdef0123456789abcdef",
                       "part": "source/a1-12.3.m4s\nsession=%41b", "segment": "source/a1-12.m4s\n_HLS_msn=%31", "init": "720p/a1-init1.mp4\n", "multivariant": "index.m3u8\n",
                       "foreign": "a/b.html\n_HLS_msn=x", "absurd": "index.m3u8\n_HLS_part=1&_HLS_msn=99999999999999999999"}.items():
        keep("llhls_query", name, text.encode())


def http_connection():
    """Scripts of fuzz_http_session: what happens, each with its bytes."""
    raw = lambda text: b"".join(b"\0" + bytes([len(piece)]) + piece for piece in (text[i:i + 250] for i in range(0, len(text), 250)))
    dripped = lambda text: b"\x01" + bytes([len(text)]) + text
    get = lambda path, more="": f"GET {path} HTTP/1.1\r\nHost: h\r\n{more}\r\n".encode()
    first, last, read, finish, wind_down = b"\x0a", b"\x03", b"\x05", b"\x06", b"\x07"
    after = lambda seconds: bytes([4 + 8 * seconds])
    scripts = {
        "pipelined": raw(get("/a") + get("/b") + get("/now")) + last + last + first + read,
        "queued_beyond": raw(get("/a") * 6) + first * 3 + read + first * 3,
        "body": raw(b"POST /now HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\nExpect: 100-continue\r\n\r\n") + read + raw(b"x" * 300) + read,
        "large": raw(get("/large")) + read * 8 + raw(get("/now", "Connection: close\r\n")),
        "http10": dripped(b"GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") + raw(b"HEAD /now HTTP/1.0\r\n\r\n"),
        "handlers": raw(get("/throw") + get("/odd")) + read + raw(get("/drop")),
        "slow_head": raw(b"GET / HT") + after(11),
        "slow_body": raw(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx") + after(31) + after(31),
        "idle": raw(get("/now")) + read + after(31) * 3,
        "silent": after(11),
        "unanswered": raw(get("/a")) + after(31) * 2 + read + last,
        "gone": raw(get("/a") + get("/now")) + finish,
        "finished": raw(get("/now") + get("/a") + get("/now")) + finish + read,
        "stops": raw(get("/a")) + wind_down + first + read,
        "stops_idle": raw(get("/now")) + read + wind_down,
        "refused_behind": raw(get("/a") + b"GET / HTTP/3.0\r\n\r\n") + first + read,
        "upgrade_ignored": raw(get("/a", "Upgrade: x\r\nConnection: Upgrade\r\n") + get("/now")) + first + read,
    }
    for name, script in scripts.items():
        keep("http_session", name, script)
    for name, text in {
            "range": "GET\nRange: bytes=2-7\n<ETag: \"v1\"", "suffix": "GET\nRange: bytes=-5\nIf-Range: \"v1\"\n<ETag: \"v1\"",
            "open": "GET\nRange: bytes=30-\n<Accept-Ranges: bytes", "beyond": "GET\nRange: bytes=36-\n<ETag: W/\"v1\"",
            "several": "GET\nRange: bytes=0-1,3-4\n<ETag: \"v1\"", "none_match": "HEAD\nIf-None-Match: \"a\", W/\"v1\"\n<ETag: \"v1\"",
            "any": "GET\nIf-None-Match: *\n<ETag: \"v1\"", "match": "GET\nIf-Match: \"v2\"\n<ETag: \"v1\"",
            "encoded": "GET\nRange: bytes=0-1\n<ETag: \"v1\"\n<Content-Encoding: gzip", "date": "GET\nRange: bytes=0-1\nIf-Range: Sat, 21 Nov 2026 10:00:00 GMT\n<ETag: \"v1\"",
    }.items():
        keep("http_conditions", name, text.encode())


def graphs():
    texts = {
        "service.yaml": (ROOT / "examples/server/rostrum.yaml").read_text(),
        "graph.yaml": "rostrum: 1\nstream: live/demo\nnodes:\n  in: {kind: test, size: 1280x720}\n  picture: {kind: encode, from: in.video, codec: h264, bitrate: 2500k}\n"
                      "  hls:\n    kind: llhls\n    from: [picture]\n    part: 500ms\n",
        "graph.json": '{"rostrum": 1, "stream": "live/demo", "nodes": {"in": {"kind": "test"}, "h": {"kind": "llhls", "from": ["in.video"], "window": 3, "x": [1.5e3, true, null, "\\u20ac"]}}}',
        "doors.yaml": 'rostrum: 1\nlisten:\n  https: {bind: "[::1]:8443", certificate: a.pem, key: b.pem}\n  rtmp: [{bind: "0.0.0.0:1935", idle: 5s}, {bind: ":x"}]\n  gopher: {}\n'
                      'trusted_proxies: ["10.0.0.0/8", 7]\nstreams:\n  "live/{name}": {in: {kind: publisher}, hls: {kind: llhls, from: in.video}}\n  "live/{name}": {}\n  "x": {}\n',
        "wrong.yaml": "rostrum: 2\nnodes:\n  a: {kind: ladder, from: b, rungs: [{name: x, height: 7, bitrate: fast}, 3]}\n  b: {kind: scale, from: a, size: 12}\n  c: {kind: nothing}\n"
                      "  c: &x {kind: llhls, from: *x, part: ${NOT_SET}, parts: 1}\n  d: {from: [a.q, zz, a.x.y]}\n",
        "cycle.yaml": "rostrum: 1\nnodes: {a: {kind: scale, from: b}, b: {kind: scale, from: a}, h: {kind: llhls, from: a}}",
        "variable.yaml": "rostrum: 1\nnodes:\n  in: {kind: test, text: \"${HOME}$${x}${\"}\n  h: {kind: llhls, from: in}",
        "quoted.yaml": "%YAML 1.2\n---\nrostrum: 1 # one\nnodes:\n  'in': {kind: \"te\\x73t\", note: |\n    two\n    lines\n  }\n",
        "deep.json": '{"a":' * 40 + "1" + "}" * 40,
        "two.json": '{"rostrum": 1, "rostrum": 1} x',
        "latin.yaml": "rostrum: 1\nstream: caf\udce9\n",
    }
    node = lambda name, **values: f"  {name}: {{{', '.join(f'{key}: {value}' for key, value in values.items())}}}\n"
    graph = lambda *nodes: "rostrum: 1\nnodes:\n" + "".join(nodes)
    publisher, test, devices = node("in", kind="publisher"), node("t", kind="test"), node("dev", kind="odd.devices")
    picture = node("picture", kind="decode", **{"from": "in.video"})
    reads = lambda name, kind, source, **values: node(name, kind=kind, **{"from": source}, **values)
    fan = lambda legs, source="t.video": graph(test, reads("f", "odd.fan", source, legs=legs), reads("end", "discard", "f"))
    texts |= {
        "mismatch.yaml": graph(publisher, test, devices, reads("a", "scale", "in.video"), reads("b", "llhls", "t.video"), reads("c", "scale", "t.audio"),
                               reads("d", "encode", "t.audio", codec="h264", bitrate="1M"), reads("e", "encode", "[t.video, t.audio]", codec="aac"),
                               reads("f", "scale", "[t.video, dev.picture]"), reads("g", "discard", "[t.video, t.video, a, zz]"), reads("h", "scale", "g")),
        "carry.yaml": graph(publisher, test, reads("v", "encode", "t.video", codec="hevc", bitrate="2M"), node("film", kind="odd.film"),
                            node("vp9", kind="odd.film", codec="vp9"), reads("call", "odd.call", "[in, v]"), reads("film_call", "odd.call", "film"),
                            reads("vp9_hls", "llhls", "vp9"), reads("radio", "odd.radio", "in.video", **{"for": "3s"}),
                            reads("picture_radio", "odd.radio", "t.audio", codec="h264", **{"for": "3s"}), reads("loud", "odd.radio", "film", loudness="1e3")),
        "both_tracks.yaml": graph(publisher, reads("which", "decode", "in"), reads("l", "ladder", "which", rungs="[3, {name: x, height: 90}]"),
                                  reads("every", "discard", "[" + ", ".join(["in"] * 3) + "]")),
        "mix.yaml": graph(devices, reads("mix", "odd.mix", "[dev.picture, dev.sound, dev.events]"), reads("half", "odd.mix", "dev.picture"),
                          reads("both", "decode", "dev"), reads("text", "scale", "dev.events"), node("none", kind="scale"), node("source", kind="test", **{"from": "dev"}),
                          reads("kept", "discard", "[mix, half]"), reads("sound", "odd.radio", "[mix.events, dev.sound]", **{"for": "5"})),
        "legs.yaml": fan("[{name: a, kind: scale, set: height, to: 90, hidden: true}, {name: b, kind: scale, from: a}]"),
        "legs_hidden.yaml": graph(test, reads("f", "odd.fan", "t.video", legs="[{name: a, kind: scale, hidden: true}]"), reads("end", "discard", "[f, f.a, f.a.out, f.z, t.q, g.q]")),
        "legs_unknown.yaml": fan("[{name: a, kind: nothing}]"),
        "legs_again.yaml": fan("[{name: a, kind: odd.fan}]"),
        "legs_elsewhere.yaml": fan("[{name: /a, kind: scale}]"),
        "legs_unset.yaml": fan("[{name: a, kind: scale, set: height, to: tall}]"),
        "legs_nameless.yaml": fan('[{name: "", kind: scale}]'),
        "legs_checked.yaml": fan("[{name: a, kind: scale, to: odd}, {name: b, kind: scale, to: even}]"),
        "legs_circle.yaml": fan("[{name: a, kind: scale, from: b}, {name: b, kind: scale, from: a}]"),
        "circles.yaml": graph(reads("self", "scale", "self"), *(reads(f"n{i}", "scale", f"n{(i + 1) % 7}") for i in range(7)), reads("tail", "scale", "n3")),
        "unread.yaml": graph(publisher, picture, reads("l", "ladder", "picture", rungs="[{name: x, height: 90, bitrate: 1M}, {name: y, height: 80, bitrate: 1M}]"),
                             reads("h", "llhls", "l.x")),
        "shapes.yaml": graph(node("Bad name", kind="test"), "  flat: text\n", "  kindless: {form: x}\n", node("near", kind="tset"), node("far", kind="{}"), node("nothing", kind=""),
                             node("list", kind="ladder", **{"from": "near"}, rungs="x"), node("map", kind="scale", **{"from": "{}"}, height="[1]"), reads("l", "scale", "")),
        "empty.yaml": "rostrum: 1\nstream: {}\nnodes: {}\n",
        "no_version.yaml": "streams: {}\nlisten: []\nadmission: x\n",
        "old.yaml": "rostrum: one\nnode: {}\nstream: live\n",
        "graph_in_service.yaml": "rostrum: 99\nnodes: []\nlisten: {}\n",
        "binds.yaml": "rostrum: 1\nlisten:\n  http: ["
                      + ", ".join(f'{{bind: "{bind}"}}' for bind in ("0.0.0.0:80", "127.0.0.1:80", "[::]:80", "[::1]:80", "::1", "10.0.0.1", "*:80", "localhost:80", "::1:80", "x:80",
                                                                    "[x]:80", "1.2.3.4:99999", "8080", "1.2.3.4:0"))
                      + "]\n  https: [{bind: \"0.0.0.0:443\", certificate: one, key: one}, {bind: \"0.0.0.0:444\", certificate: a.pem, key: b}, x]\n  htp: {}\n  rtmp: {bend: x}\n"
                        "trusted_proxies: [x, \"10.0.0.0/99\", \"::/x\", \"::1\"]\n",
        "templates.yaml": "rostrum: 1\nadmission: [{use: webhook}, {ask: x}, y]\nstreams:\n"
                          + "".join(f'  "{name}":\n    in: {{kind: publisher}}\n    h: {{kind: llhls, from: in}}\n' for name in ("live/{name}", "live/x", "{app}/x", "{app}/{name}", "a/b/c", "./x"))
                          + '  "two/{n}": {a: {kind: publisher}, b: {kind: publisher}}\n  "none/{n}": {a: {kind: test}}\n  "odd/{n}": {a: {kind: nothing}}\n',
        "variables.yaml": "rostrum: 1\nstream: live/${PATH}\nnodes:\n  a: {kind: test, size: \"${PATH}\", rate: \"${1}\", paced: \"$${\", pattern: \"${\"}\n",
        "control.json": '{"a": "\\u001b", "b": -1}',
        "broken.json": '{"a": -1, "b": false,\n "c": {"d" 1}}',
        "list.json": ' [1]',
        "null.yaml": "~",
        "scalar.yaml": "rostrum",
        "utf16.yaml": "\udcff\udcfer",
        "bom.yaml": "\ufeffrostrum: 1\n\u20ac: \U0001f600\n",
        "control.yaml": "a: \x01",
        "two.yaml": "rostrum: 1\n---\nrostrum: 1\n",
        "merge.yaml": "rostrum: 1\n<<: {a: 1}\n",
        "tag.yaml": "rostrum: !int 1\n",
        "tag_map.yaml": "!x {a: 1}\n",
        "alias.yaml": "rostrum: *x\n",
        "complex_key.yaml": "? {a: 1}\n: 2\n",
        "indentation.yaml": "a: 1\n  b: 2\n",
        "null_values.yaml": "rostrum: ~\nstream:\nnodes:\n",
    }
    for name, text in texts.items():
        keep("graph_file", name, text.encode("utf-8", "surrogateescape"))


def frame(opcode, payload=b"", final=True, mask=b"\x37\xfa\x21\x3d", length=None):
    """A client's WebSocket frame (RFC 6455 5.2)."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if final else 0) | opcode])
    head += bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def websocket():
    text, more, binary, close, ping, pong = 1, 0, 2, 8, 9, 10
    euro = "\u20ac".encode()
    keep("websocket_frames", "messages", frame(text, b"hello " + euro) + frame(binary, bytes(range(200))) + frame(text))
    keep("websocket_frames", "fragments", frame(text, euro[:1], False) + frame(ping, b"p") + frame(more, b"", False) + frame(more, euro[1:]) + frame(pong))
    keep("websocket_frames", "close", frame(close, struct.pack(">H", 1000) + b"bye"))
    keep("websocket_frames", "no_utf8", frame(text, b"\xed\xa0\x80"))
    keep("websocket_frames", "too_big", frame(binary, b"", length=301) + frame(binary, b"", length=2**63))
    keep("websocket_frames", "too_long", frame(binary, bytes(300), False) + frame(more, bytes(201)))
    keep("websocket_frames", "long_form", b"\x82\xfe\x00\x05\0\0\0\0hello")
    keep("websocket_frames", "unmasked", b"\x81\x01x")
    keep("websocket_frames", "reserved", b"\xc1\x80\0\0\0\0")
    # A script of fuzz_websocket_session: its shape, then what happens, each with its bytes.
    said = lambda first, payload=b"": bytes([1, first, len(payload)]) + payload
    raw = lambda payload: bytes([0, len(payload)]) + payload
    request = (b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               b"Origin: http://h\r\nSec-WebSocket-Protocol: b, a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    after = lambda seconds: bytes([3 + 11 * seconds])
    read, finish, wind_down, answer, closing = b"\x04", b"\x05", b"\x06", b"\x07", b"\x09\x03\xe8"
    send = lambda hundreds: bytes([8 + 11 * hundreds])
    keep("websocket_session", "echo", b"\0" + said(0x81, b"hi") + read + said(0x01, b"a") + said(0x89, b"p") + said(0x80, b"b") + said(0x88, b"\x03\xe8"))
    keep("websocket_session", "closes", b"\0" + closing + said(0x82, b"late") + said(0x88))
    keep("websocket_session", "unanswered_close", b"\0" + closing + after(6))
    keep("websocket_session", "ping_times_out", b"\0" + after(22) + after(22) + after(22))
    keep("websocket_session", "idle", b"\2" + (after(22) + after(9) + said(0x8a)) * 4)
    keep("websocket_session", "slow_skips", b"\1" + send(20) * 3 + read + said(0x89, b"p") + read + send(1) + finish)
    keep("websocket_session", "slow_closes", b"\0" + send(20) * 3 + said(0x89, b"p"))
    keep("websocket_session", "pongs_owed", b"\1" + send(20) * 2 + send(2) + said(0x89, b"p") + said(0x89, b"q") + read)
    keep("websocket_session", "parked", b"\4" + said(0x81, b"early") + answer + read + wind_down + said(0x88, b"\x03\xe9"))
    keep("websocket_session", "raw", b"\x08" + raw(request[:250]) + raw(request[250:]) + b"\x02\x81\x03abc" + said(0x81, b"pause") + after(20) + b"\x0a" + said(0x81))
    keep("websocket_session", "message_times_out", b"\0" + said(0x01, b"begun") + after(20) + said(0x89) + after(15))
    for name, more in {"no_upgrade": "Upgrade: h2c\r\n", "old": "Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n",
                       "no_key": "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n"}.items():
        keep("websocket_session", name, b"\x08" + raw(f"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n{more}\r\n".encode()))
    keep("websocket_session", "foreign", b"\x08" + raw(request.replace(b"http://h", b"http://evil")[:250]) + raw(request.replace(b"http://h", b"http://evil")[250:]))
    keep("websocket_session", "post", b"\x08" + raw(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"))
    for name, what in {"unmasked": raw(b"\x81\x01x"), "no_utf8": said(0x81, b"\xff"), "too_big": raw(b"\x81\xff" + b"\x7f" * 8 + bytes(4)),
                       "close_999": said(0x88, b"\x03\xe7"), "close_1": said(0x88, b"\x03"), "close_no_utf8": said(0x88, b"\x03\xe8\xff"),
                       "close_4000": said(0x88, b"\x0f\xa0" + b"r" * 100), "binary": said(0x82, b"\0" * 200) * 3}.items():
        keep("websocket_session", name, b"\0" + what)
    keep("websocket_session", "wound_down_early", b"\4" + wind_down + answer)


def http2():
    """Scripts as fuzz_http2_session reads them: a byte says what (low half) and how much (high half)."""
    def step(what, count=0, *rest):
        return bytes([count << 4 | what, *rest])

    def frame(kind, flags=0, back=255, body=b""):
        return step(1, 0, kind, flags, back, len(body)) + body

    def request(path, post=False, whole=True, head=None):
        return step(2 if whole else 3, path | (8 if post else 0) | (4 if head is not None else 0)) + (b"" if head is None else bytes([len(head)]) + head)

    read, finish, drain = step(4), step(7), step(8)
    field = b"\x00\x01x\x04cafe"
    keep("http2_session", "answers", b"\0" + request(0) + request(1) + read * 3 + request(0, head=field) + read)
    keep("http2_session", "parked", b"\0" + request(2) + request(2) + request(3) + step(6, 1) + read + step(6, 0) + read)
    keep("http2_session", "parked_too_long", b"\0" + request(2) + step(5, 8) + read)
    keep("http2_session", "body", b"\0" + request(0, True, False) + step(11, 1) + b"a" * 300 + step(11, 9) + b"b" * 2700 + read)
    keep("http2_session", "body_too_large", b"\0" + request(0, True, False) + (step(11, 7) + b"a" * 2100) * 3 + read)
    keep("http2_session", "body_late", b"\0" + request(0, True, False) + step(5, 8) + read)
    keep("http2_session", "cancelled", b"\0" + request(2) * 4 + step(9, 3) + read + step(6, 0))
    keep("http2_session", "windows", b"\0" + request(1) + step(10, 14) * 4 + read * 4)
    keep("http2_session", "stalled", b"\0" + request(1) + read + step(5, 6) + read)
    keep("http2_session", "idle", b"\0" + request(0) + read + step(5, 9) + read)
    keep("http2_session", "drained", b"\0" + request(2) + drain + request(0) + step(6, 0) + read)
    keep("http2_session", "finished", b"\0" + request(1) + request(2) + finish + read * 3)
    keep("http2_session", "controls", b"\0" + frame(6, body=b"12345678") + frame(4, body=bytes.fromhex("000400000010")) + frame(4, 1) + frame(2, 0, 0, bytes(5))
         + frame(0xee, body=b"what") + frame(16, body=bytes.fromhex("00000001") + b"u=1") + read)
    keep("http2_session", "head_in_pieces", b"\0" + frame(1, 1, 0, b"\x82\x84\x87") + frame(9, 4, 0, b"\x41\x01a") + read)
    keep("http2_session", "head_unfinished", b"\0" + frame(1, 1, 0, b"\x82\x84") + step(5, 4))
    keep("http2_session", "many_fields", b"\0" + request(0, head=field * 20) + read)
    keep("http2_session", "expect", b"\0" + request(0, True, False, b"\x00\x06expect\x0c100-continue") + read)
    keep("http2_session", "no_preface", b"\1" + step(0, 15) + b"GET / HTTP/1.1\r\n")
    keep("http2_session", "preface_in_pieces", b"\1" + step(0, 15) + b"PRI * HTTP/2.0\r\n" + step(0, 7) + b"\r\nSM\r\n\r\n" + step(0, 8) + bytes.fromhex("000000040000000000") + request(0) + read)


def rtmp():
    keep("rtmp_amf", "connect", CONNECT)
    keep("rtmp_amf", "metadata", METADATA)
    keep("rtmp_amf", "amf3", AMF3_OBJECT)
    keep("rtmp_amf", "nested", b"\x03\x00\x01a" * 40 + b"\x0a\x00\x00\x00\x01" * 40)
    keep("rtmp_amf", "kinds", bytes.fromhex("0101" "0b000000000000000000f0" "070001" "0c0000000161" "10000161000009" "0d" "0f0000000162"))

    for scheme in 0, 1:
        keep("rtmp_handshake", f"digest_{scheme}", b"\xff\x03" + digest_c1(scheme) + bytes(1536))
    keep("rtmp_handshake", "tls", b"\x40\x16\x03\x01")

    video = bytes.fromhex("1701000000") + nals("65888400aabbcc")
    long = bytes(range(256)) * 2
    keep("rtmp_chunks", "formats", message(8, b"\xaf\x01ab", 1, 5, 4) + bytes([0x44]) + bytes.fromhex("000017" "000002" "08") + b"cd"
         + bytes([0x84]) + bytes.fromhex("000017") + b"ef" + bytes([0xC4]) + b"gh")
    keep("rtmp_chunks", "extended", message(9, long, 1, 0x01000000, 6) + message(9, long, 1, 0xFFFFFFF0, 6, 200))
    keep("rtmp_chunks", "extended_left_out", message(9, long, 1, 0x01020304, 6)[:16 + 128] + b"\xc6" + long[128:256] + b"\xc6\x01\x02\x09" + long[259:384])
    keep("rtmp_chunks", "chunk_size", message(1, struct.pack(">I", 1), chunk_stream=2) + message(8, b"abc", 1, 0, 4, 1)
         + message(1, struct.pack(">I", 4096), chunk_stream=2, chunk=1) + message(9, long, 1, 0, 6, 4096))
    keep("rtmp_chunks", "aborted", message(9, long, 1, 0, 6)[:140] + message(2, struct.pack(">I", 6), chunk_stream=2) + message(9, video, 1, 0, 6))
    keep("rtmp_chunks", "wide_ids", b"\x00\x05" + message(8, b"ab", 1)[1:] + b"\x01\x05\x01" + message(8, b"cd", 1)[1:])

    config, sound = bytes.fromhex("1700000000" + AVC), bytes.fromhex("af00" + AAC)
    keep("rtmp_media", "avc_aac", tag("data", METADATA) + tag("video", config) + tag("audio", sound) + tag("video", video)
         + tag("audio", b"\xaf\x01ab") + tag("video", bytes.fromhex("2701ffffd8") + nals("419a2211")) + tag("video", b"\x17\x02\0\0\0"))
    keep("rtmp_media", "sets_in_frames", tag("video", bytes.fromhex("1701000000") + nals(
        "6764001eacd940a02ff97011000003000100000300320f162d96", "68ebe3cb22c0", "0605ff0180", "060601c480", "65888400aa")))
    keep("rtmp_media", "hevc", tag("video", bytes.fromhex("9068766331" + HEVC)) + tag("video", bytes.fromhex("9168766331000028") + nals("2601aabb"))
         + tag("video", bytes.fromhex("9368766331") + nals("0201aa")))
    record, at, sets = bytes.fromhex(HEVC), 23, []
    while at < len(record):  # ISO/IEC 14496-15 8.3.2.1: arrays of one parameter set each
        length = struct.unpack_from(">H", record, at + 3)[0]
        sets.append(record[at + 5:at + 5 + length].hex())
        at += 5 + length
    keep("rtmp_media", "hevc_sets_in_frames", tag("video", bytes.fromhex("9168766331000000") + nals(*sets, "4e01058001", "2601aabb")))
    keep("rtmp_media", "avc_lengths", tag("video", bytes.fromhex("1700000000" + AVC.replace("fe", "fc", 1).replace("ffe1", "fce1", 1))) + tag("video", bytes.fromhex("1701000000" "0365888400" )))
    keep("rtmp_media", "sequence_end", tag("video", bytes.fromhex("9268766331")) + tag("video", bytes.fromhex("1702000000")))
    keep("rtmp_media", "av1", tag("video", bytes.fromhex("9061763031" + AV1)) + tag("video", bytes.fromhex("9161763031" + AV1_FRAME)))
    keep("rtmp_media", "vp9", tag("video", bytes.fromhex("9076703039" "000a080101010000")) + tag("video", bytes.fromhex("9176703039" + VP9_KEY)))
    keep("rtmp_media", "opus", tag("audio", bytes.fromhex("904f707573" + OPUS_HEAD)) + tag("audio", bytes.fromhex("914f707573" "fcaabb")))
    keep("rtmp_media", "mod_ex_multitrack", tag("video", bytes.fromhex("97" "02000123" "06" "01" "61766331" "00" + AVC))
         + tag("video", bytes.fromhex("96" "11" "61766331" "00" "00000c" "000000") + nals("6588840011") + bytes.fromhex("01" "000002" "aabb")))
    inner = b"\x09" + len(video).to_bytes(3, "big") + bytes(7) + video + bytes(4)
    keep("rtmp_media", "aggregate", tag("video", config) + tag("aggregate", inner + inner))

    dialogue = message(20, CONNECT) + message(20, CREATE) + message(20, PUBLISH, 1)
    after = message(18, METADATA, 1, 0, 4) + message(9, config, 1, 0, 6) + message(9, video, 1, 40, 6)
    keep("rtmp_session", "whole", b"\x7f\0\x03" + bytes(3072) + dialogue + after + message(20, GOODBYE))
    call = lambda name, *values: message(20, command(name, 5, b"\x05", *values))
    for name, mood in {"busy": 4, "denied": 5, "not_found": 6, "kicked": 7, "held": 16, "held_kicked": 23}.items():
        keep("rtmp_session", name, b"\xff" + bytes([mood]) + after + call("FCUnpublish", string("cam")))
    keep("rtmp_session", "calls", b"\x7f\0\x03" + bytes(3072) + message(20, CONNECT) + call("releaseStream", string("cam")) + call("FCPublish", string("cam"))
         + call("_checkbw") + call("getStreamLength", string("cam")) + call("FCSubscribe", string("cam")) + call("unheard of") + message(20, PUBLISH, 1)
         + after + call("FCUnpublish", string("cam")) + call("closeStream"))
    keep("rtmp_session", "play", b"\x7f\0\x03" + bytes(3072) + message(20, CONNECT) + message(20, CREATE) + call("play", string("cam")))
    keep("rtmp_session", "connect_alone", b"\x7f\0\x03" + bytes(3072) + message(20, command("connect", 1, b"\x05")))
    keep("rtmp_session", "publish_first", b"\x7f\0\x03" + bytes(3072) + message(20, PUBLISH, 1))
    keep("rtmp_session", "slow_handshake", b"\x00\x08\x03" + bytes(8))
    keep("rtmp_session", "slow_to_publish", b"\x7f\x08\x03" + bytes(3072))
    keep("rtmp_session", "large_command", b"\xff\0" + message(20, string("x") + bytes(66_000)))
    keep("rtmp_session", "command_rate", b"\x7f\0\x03" + bytes(3072) + message(20, CONNECT) + call("_checkbw") * 70)
    keep("rtmp_session", "held_beyond", b"\x7f\x10\x03" + bytes(3072) + message(20, CONNECT) + message(20, PUBLISH, 1) + b"x" * 110_000)
    keep("rtmp_session", "published", b"\xff\0" + after + message(5, struct.pack(">I", 0), chunk_stream=2) + message(4, bytes.fromhex("000600000001"), chunk_stream=2)
         + message(20, GOODBYE) + message(20, PUBLISH, 1) + message(17, b"\0" + PUBLISH, 1))


if __name__ == "__main__":
    codec_configs()
    http()
    http2()
    http_connection()
    graphs()
    websocket()
    rtmp()

"""RTMP: handshakes, chunks, media messages and whole sessions."""

import hashlib
import hmac
import struct

from amf import AMF3_OBJECT, CONNECT, CREATE, GOODBYE, METADATA, PUBLISH, command, string
from codec_records import AAC, AV1, AV1_FRAME, AVC, HEVC, OPUS_HEAD, VP9_KEY
from corpus import keep


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

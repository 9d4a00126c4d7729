"""WebSocket frames and sessions (RFC 6455)."""

import struct

from corpus import keep


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

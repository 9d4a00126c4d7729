"""HTTP/2 sessions."""

from corpus import keep


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

"""HTTP/1.1 requests, connections and headers."""

from corpus import keep


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
        "long_trailer": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: " + "t" * 520 + "\r\n\r\n",
        "long_extension": "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + "e" * 520 + "\r\nx\r\n0\r\n\r\n",
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


def http_words():
    """Values of Accept-Encoding; a Host header above the target of its request."""
    for name, text in {
            "usual": "gzip, deflate, br", "weighted": "br, GZIP ; Q=0.5", "refused": "gzip;q=0", "refused_long": "gzip; x=1 ;\tQ=0.000, *", "first_holds": "gzip;q=0.1,gzip;q=0",
            "any": "*", "other": "xgzip, gzip2;q=0", "other_parameter": "gzip;iq=0;q", "empty": "", "commas": ",,;;=,gzip;=;q==0",
    }.items():
        keep("accept_encoding", name, text.encode())
    for name, text in {
            "viewer": "cam.example:8080\n/live/cam/source/a1-12.m4s", "control": "127.0.0.1:8080\n/v1/streams/live/cam", "six": "[::1]:80\n/v1/streams/live/cam/dot",
            "six_bare": "::ffff:127.0.0.1\n/live/cam/", "local": "demo.LocalHost.:1\n/live/cam", "rebound": "localhost:80.evil.example\n/healthz", "nothing": "\n/", "dots": "...:\n/./a/./b",
            "ports": "a:b:c.localhost\n/{app}/{name}/x", "open_bracket": "[evil.localhost\n//a/../b", "path_in_it": "evil/.localhost\n/a%2fb/c/d", "stream_list": "h\n/v1/streams",
            "bracketed_port": "[::1]:80.evil.example\n/a", "escaped": "1\n/v1/streams/%2e%2e/%63",
    }.items():
        keep("http_names", name, text.encode())

"""Scripts of fuzz_tls_session: what the client wants, and what happens to what both sides say."""

from corpus import keep

ANY, TLS12, TLS13, TLS11 = range(4)
NOTHING, HTTP1, HTTP2, IMAP = (4 * i for i in range(4))
DISTRUSTS, ODD_CIPHERS, SHORT, RESUMES = 16, 32, 64, 128

deliver, by_record = b"\x00", b"\x02"
swap, twice = b"\x06", b"\x07"
read = b"\x0c\xff"
server_ends, client_ends = b"\x0d", b"\x1d"
vanish, bend_answer, reload = b"\x0f", b"\x1f", b"\x2f"
shake = (deliver + read) * 2


def drip(count):
    return b"\x01" + bytes([count])


def bend(at, bit=0):
    return bytes([4 + 32 * bit]) + at.to_bytes(2, "big")


def foreign(text):
    return b"\x08" + bytes([len(text)]) + text


def client_says(size, blocks=False):
    return bytes([9 + 16 * blocks, size])


def server_says(pieces, size):
    """Of 16 bytes each; or one piece in 700 bytes."""
    return bytes([10 + 16 * (pieces - 1), size]) if pieces else bytes([11, size])


def renew(times=1):
    return bytes([14 + 16 * (times - 1)])


def tls():
    both = client_says(90) + deliver + server_says(3, 9) + read
    scripts = {
        "tls13": (TLS13 | HTTP2, shake + both + client_ends + deliver + server_ends + read),
        "tls12": (TLS12 | HTTP1, shake + both + server_ends + read + client_ends + deliver),
        "resumed13": (TLS13 | RESUMES, shake + both),
        "resumed12": (TLS12 | RESUMES | HTTP2, shake + both),
        "short_records": (ANY | SHORT, shake + client_says(250, True) + by_record * 5 + deliver + both),
        "dripped": (TLS13, drip(255) + drip(255) + read + drip(255) + both),
        "slow_reader": (TLS13 | HTTP2, shake + server_says(0, 255) + server_says(16, 255) + b"\x0c\x01" * 5 + client_says(200, True) + deliver + read * 3),
        "slow_resumer": (TLS12 | RESUMES, shake + server_says(0, 200) * 2 + b"\x0c\x07" * 9 + server_ends + read),
        "old": (TLS11, deliver + read), "other_protocol": (TLS13 | IMAP, deliver + read), "other_protocol12": (TLS12 | IMAP, deliver + read),
        "distrusts": (TLS13 | DISTRUSTS, shake), "distrusts12": (TLS12 | DISTRUSTS, shake), "no_cipher": (TLS12 | ODD_CIPHERS, shake),
        "plain_http": (ANY, foreign(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") + deliver), "proxy": (ANY, foreign(b"CONNECT h:443 HTTP/1.1\r\n\r\n") + deliver),
        "noise": (ANY, foreign(b"\xff" * 20) + deliver), "alert": (TLS13, foreign(bytes.fromhex("15030300020230")) + deliver),
        "cut": (TLS13, b"\x05\x28" + deliver + read), "bent_hello": (TLS13, bend(11) + deliver + read), "bent_group": (TLS13, bend(180, 3) + deliver + read),
        "bent_data": (TLS12, shake + client_says(50) + bend(20, 5) + deliver + read), "bent_ticket": (TLS13 | RESUMES, bend(330) + shake + both),
        "swapped": (TLS13, shake + client_says(5) + by_record + client_says(6) + client_says(7) + swap + deliver), "twice": (TLS12, shake + client_says(7) + twice + deliver),
        "bent_answer": (TLS13, shake + server_says(2, 9) + bend_answer + deliver + read), "new_keys": (TLS13, shake + renew() + both + renew(5) + both),
        "many_new_keys": (TLS13, shake + (renew(16) + deliver) * 8 + both + read), "again": (TLS12, shake + renew() + deliver + read + both),
        "vanishes": (TLS13, shake + server_says(0, 255) + vanish + server_says(3, 80) + client_says(9) + deliver), "reload": (TLS13 | RESUMES, reload + shake + reload + both),
        "vanishes_early": (TLS13, deliver + vanish + deliver), "ends_early": (TLS13, client_ends + server_ends + deliver + server_ends + read),
    }
    for name, (wishes, script) in scripts.items():
        keep("tls_session", name, bytes([wishes]) + script)

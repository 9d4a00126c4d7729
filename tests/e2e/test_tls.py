#!/usr/bin/env python3
"""TLS as its users meet it: curl, ffmpeg and the strict checker on the secure doors, certificates that change while the server serves."""

import signal
import socket
import ssl
import subprocess
import unittest
from pathlib import Path

from harness import PROGRAM, Child, EndToEnd, Server, ffmpeg, main_in_parallel, wait_until, write_certificate


def curl(server: Server, path: str, *options) -> subprocess.CompletedProcess:
    """Body, then a line of status, HTTP version and TLS's verdict (0: the certificate was verified)."""
    return subprocess.run(["curl", "-s", "--max-time", "20", "--cacert", Path(server.folder.name, "cert.pem"), "-w", r"\n%{http_code} %{http_version} %{ssl_verify_result}", *options,
                           f"https://127.0.0.1:{server.https}{path}"], capture_output=True, text=True, check=False)


def subject(server: Server) -> bytes:
    """The certificate that a new connection is shown, as DER."""
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", server.https), 10) as plain, context.wrap_socket(plain) as secure:
        return secure.getpeercert(True)


class Tls(EndToEnd):
    def test_a_stream_published_over_rtmps_plays_over_https(self):
        with Server(secure=True) as server, Child(ffmpeg(f"rtmps://127.0.0.1:{server.rtmps}/live/cam"), "ffmpeg"):
            server.wait_live()
            self.assertEqual([stream["publisher"] for stream in server.streams()], ["rtmps 127.0.0.1"])
            self.assert_right(f"https://127.0.0.1:{server.https}/live/cam/index.m3u8", 8)

    def test_curl_speaks_both_versions_of_tls_and_of_http(self):
        with Server(secure=True) as server:
            for tls in (("--tls-max", "1.2"), ("--tlsv1.3",)):
                for http, version in (("--http1.1", "1.1"), ("--http2", "2")):
                    done = curl(server, "/readyz", *tls, http)
                    self.assertEqual(done.stdout.split("\n")[-1], f"200 {version} 0", (tls, http, done.stderr))
            self.assertNotEqual(curl(server, "/readyz", "--tls-max", "1.1").returncode, 0)

    def test_a_new_certificate_is_used_at_once_on_sighup_and_by_itself(self):
        with Server(secure=True) as server:
            folder = Path(server.folder.name)
            first = subject(server)
            with socket.create_connection(("127.0.0.1", server.https), 30) as plain, ssl._create_unverified_context().wrap_socket(plain) as kept:
                def ask():
                    kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    return kept.recv(4096)[:15]
                self.assertEqual(ask(), b"HTTP/1.1 200 OK")
                write_certificate(folder, "second")
                server.process.send_signal(signal.SIGHUP)
                server.wait_line("https: the certificate was read again")
                second = subject(server)
                self.assertNotEqual(second, first)
                (folder / "key.pem").write_text("no key")
                server.wait_line("https.key: .*key.pem holds no private key in PEM.*; the old one stays", 20)
                self.assertEqual(subject(server), second)
                write_certificate(folder, "third")
                wait_until(lambda: subject(server) != second, 20, "the third certificate")
                self.assertEqual(ask(), b"HTTP/1.1 200 OK")

    def test_check_and_serve_refuse_files_that_are_no_pair(self):
        with Server(secure=True) as server:
            folder = Path(server.folder.name)
            (folder / "bad.yaml").write_text((folder / "rostrum.yaml").read_text().replace("key: key.pem", "key: cert.pem"))
            for verb in ("check", "serve"):
                done = subprocess.run([PROGRAM, verb, "bad.yaml"], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn("bad.yaml:3 listen.https.key: cert.pem holds a certificate and no private key; are certificate and key swapped?", done.stdout + done.stderr)


if __name__ == "__main__":
    main_in_parallel(2)

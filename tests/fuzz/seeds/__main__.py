"""Writes the first inputs of every fuzzer into corpus/: what real clients send, and the shapes that have been trouble.

Run it as `python3 tests/fuzz/seeds`. Inputs that a fuzzer found are kept beside them under their own names."""

import codec_records
import graphs
import http1
import http2
import rtmp
import tls
import websocket

codec_records.codec_configs()
http1.http()
http1.http_connection()
http1.http_words()
http2.http2()
graphs.graphs()
tls.tls()
websocket.websocket()
rtmp.rtmp()

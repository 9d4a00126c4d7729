#!/usr/bin/env python3
"""`./run bench idle`: the program before the first stream, and with streams whose publisher is away. The registry of GStreamer is
warm: the first of the starts warms it and does not count."""

import http.client
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import SERVER, Table, cpu_of, median, on, options_of, say, status_of
from films import film
from server import leave, publish, serve

from harness import free_port, wait_until

STREAMS = 20
NODES = """
    in:  {kind: publisher, linger: 120s}
    hls: {kind: llhls, from: [in.video, in.audio], part: 500ms, segment: 2s, window: 3}
"""


def seconds_to_ready(program: Path) -> float:
    """From the process's start to the first 200 of /readyz."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(f'rostrum: 1\nlisten:\n  http: {{bind: "127.0.0.1:{port}"}}\n  rtmp: {{bind: "127.0.0.1:{free_port()}"}}\nstreams:\n  "live/{{name}}":{NODES}')
        file.flush()
        begun = time.monotonic()
        child = subprocess.Popen([*on(SERVER), program, "serve", file.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not answers(port):
                if time.monotonic() - begun > 15:
                    raise SystemExit("the program is not ready after 15 s")
                time.sleep(0.002)
            return time.monotonic() - begun
        finally:
            child.terminate()
            child.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    options = options_of("idle", __doc__, seconds=15, rounds=5)
    table = Table()
    seconds_to_ready(options.program)
    table.add("ready after start", "s", median(seconds_to_ready(options.program) for _ in range(options.rounds)), promise=0.3)
    with serve(NODES) as server:
        pid = server.process.pid
        time.sleep(1)
        begun = cpu_of(pid)
        say(f"watching it do nothing for {options.seconds} s")
        time.sleep(options.seconds)
        used = (cpu_of(pid) - begun) / options.seconds * 100
        before = status_of(pid)
        table.add("resident memory", "MB", before["rss"], promise=20)
        table.add("processor", "%", used, promise=0.05, note="  0.0 as printed")
        publishers = publish(server.rtmp, film(2500), STREAMS)
        say(f"{STREAMS} streams come, and their publishers go")
        server.wait_live(f"cam{STREAMS - 1}")
        leave(publishers)
        wait_until(lambda: not any("publisher" in stream for stream in server.streams()), 10, "the streams wait for their publishers")
        time.sleep(1)
        table.add(f"threads more, with {STREAMS} streams that wait for their publisher", "", status_of(pid)["threads"] - before["threads"], promise=0)
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())

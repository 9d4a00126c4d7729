#!/usr/bin/env python3
"""`./run profile NAME`: where the server of that bench spends its time: `perf record` on the process while the bench's own load runs, then
the libraries and the functions with the most samples. What was recorded stays, with its call chains, for `perf report -i`."""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
from lab import LOAD, SOURCE, dismiss, load, on, say
from films import film
from machine import caption, machine
from server import leave, media_path, publish, serve

import harness

EVENT = ("-q", "-e", "cpu-clock", "-F", "1999", "-g")  # a timer: there is one on virtual machines too
STREAMS, CROWD = 50, 10_000
WIDTH = 140  # of a line: names of templates are long
REFUSED = """perf may not look at processes here:
{why}
Run it as root, or let it (sysctl kernel.perf_event_paranoid=1); a container needs CAP_PERFMON and a seccomp profile that allows perf_event_open."""


@contextmanager
def ladder(server, bench, _):
    with tempfile.TemporaryDirectory(prefix="rostrum-profile-") as folder:
        clip = Path(folder, "clip.mp4")
        bench.make_clip(clip, 10)
        publisher = subprocess.Popen([*on(LOAD), "ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "-1", "-re", "-i", clip, "-c", "copy", "-f", "flv", server.publish_url()])
        server.wait_live()
        yield "three rungs of 720p30"
        publisher.terminate()
        publisher.wait()


@contextmanager
def passthrough(server, *_):
    publishers = publish(server.rtmp, film(2500), STREAMS)
    server.wait_live(f"cam{STREAMS - 1}")
    yield f"{STREAMS} streams that nobody watches"
    leave(publishers)


@contextmanager
def delivery(server, bench, seconds):
    path = bench.published(server)["playlist"]
    with ThreadPoolExecutor() as asking:
        asked = asking.submit(bench.wrk, server.http, path, seconds + 2)
        yield "a playlist, HTTP/1.1, 32 connections"
    asked.result()


@contextmanager
def parked(server, *_):
    publishers = publish(server.rtmp, film(700, size="640x360"))
    crowd = load("parked", server.http, CROWD, media_path(server), server.process.pid, "wake", 1000)
    crowd.stdout.readline()
    yield f"{CROWD:,} parked reloads, woken every 2 s"
    dismiss(crowd)
    leave(publishers)


LOADS = {each.__name__: each for each in (ladder, passthrough, delivery, parked)}


def refusal() -> str:
    """Why perf cannot be used; nothing if it can."""
    with tempfile.NamedTemporaryFile(suffix=".perf") as file:
        try:
            done = subprocess.run(["perf", "record", *EVENT, "-o", file.name, "--", "true"], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return "there is no perf on this machine (Debian: apt-get install linux-perf)"
    return REFUSED.format(why=done.stderr.strip()) if done.returncode != 0 else ""


def shares(recorded: Path, sort: str, most: int) -> str:
    text = subprocess.run(["perf", "report", "-i", recorded, "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.3", "--sort", sort],
                          capture_output=True, text=True, check=True).stdout
    lines = [re.sub(r"[\s-]+$", "", line)[:WIDTH] for line in text.splitlines() if not line.startswith("#")]  # empty columns of the call chains
    return "\n".join([line for line in lines if line][:most])


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run profile", description=__doc__)
    parser.add_argument("name", choices=LOADS)
    parser.add_argument("--program", type=Path, default=SOURCE / "build/rostrum")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    if refused := refusal():
        raise SystemExit(refused)
    harness.PROGRAM = str(options.program.resolve())
    spec = importlib.util.spec_from_file_location(options.name, HERE / options.name / "run.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    recorded = SOURCE / f"build/bench/{options.name}.perf"
    recorded.parent.mkdir(parents=True, exist_ok=True)
    say("bringing the load up")
    with serve(bench.NODES) as server, LOADS[options.name](server, bench, options.seconds) as what:
        say(f"recording {options.seconds} s of {what}")
        subprocess.run(["perf", "record", *EVENT, "-o", recorded, "-p", str(server.process.pid), "--", "sleep", str(options.seconds)], check=True)
    print(f"{options.name}: {what}\n{caption(machine())}\n\n{shares(recorded, 'dso', 8)}\n\n{shares(recorded, 'dso,symbol', 40)}\n\nperf report -i {recorded}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

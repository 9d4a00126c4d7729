#!/usr/bin/env python3
"""`./run bench ladder`: CPU seconds of 720p30 -> 720p, 480p and 360p, against one ffmpeg process that does the same with the same
x264 settings. Both take the same clip at the pace of the clock, one thread an encoder, bilinear scaling, and both at once: each has one
of the two cores, and twice a second they change places, so that whatever a core gives less at some moment is the same loss for both.
CPU is what the kernel counted for each whole process, from when both run steadily until shortly before the end; the figure is the ratio
over all rounds. The rungs must be as good: SSIM against the scaled source within 0.002, and all frames there."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import CORES, Table, cpu_of, options_of, say

from harness import Server, wait_until

RUNGS = (("720p", 1280, 720, 2500), ("480p", 854, 480, 1200), ("360p", 640, 360, 700))
RATE = 30
SETTLE = 2  # seconds at each end that do not count
TURN = 0.5  # seconds on one core

NODES = """
    in:      {kind: publisher, linger: 0s}
    picture: {kind: decode, from: in.video}
    ladder:
      kind: ladder
      from: picture
      encoder: x264
      rungs:
""" + "".join(f"        - {{name: {name}, height: {height}, bitrate: {kbit}k}}\n" for name, _, height, kbit in RUNGS) + """
    hls:     {kind: llhls, from: ladder, part: 500ms, segment: 6s, window: 300s}
"""


def quietly(*command) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout + done.stderr


def make_clip(path: Path, seconds: int) -> None:
    """ffmpeg's moving test picture, with a keyframe each 2 s."""
    quietly("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=s=1280x720:r={RATE}:d={seconds}", "-pix_fmt", "yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", 2 * RATE, "-sc_threshold", "0", path)


def ffmpeg_ladder(clip: Path, folder: Path) -> subprocess.Popen:
    split = f"[0:v]split={len(RUNGS)}" + "".join(f"[i{name}]" for name, *_ in RUNGS)
    chains = [f"[i{name}]{'null' if height == 720 else f'scale={width}:{height}:flags=bilinear'}[{name}]" for name, width, height, _ in RUNGS]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1", "-re", "-i", clip, "-filter_threads", "1", "-filter_complex_threads", "1",
               "-filter_complex", ";".join([split, *chains])]
    for name, _, _, kbit in RUNGS:
        command += ["-map", f"[{name}]", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "high", "-bf", "0",
                    "-g", "100000", "-keyint_min", "1", "-sc_threshold", "0", "-force_key_frames", "source", "-threads", "1",
                    "-b:v", f"{kbit}k", "-maxrate", f"{kbit}k", "-bufsize", f"{kbit // 2}k", folder / f"ffmpeg-{name}.mp4"]
    return subprocess.Popen([str(word) for word in command])


def frames_in(path: Path) -> int:
    return int(quietly("ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path).strip(" ,\n"))


def pin(pid: int, core: int) -> None:
    """All threads that it has now."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task), {core})


def changing_places(pids: tuple, seconds: float) -> list:
    """CPU seconds of each."""
    begun, until = [cpu_of(pid) for pid in pids], time.monotonic() + seconds
    while time.monotonic() < until:
        for first, second in (CORES[:2], CORES[1::-1]):
            pin(pids[0], first)
            pin(pids[1], second)
            time.sleep(TURN)
    return [cpu_of(pid) - before for pid, before in zip(pids, begun)]


def both(clip: Path, folder: Path, seconds: int) -> tuple:
    """CPU seconds of ours and of ffmpeg's over the same steady stretch; their files are in the folder."""
    with Server(NODES) as server:
        theirs = ffmpeg_ladder(clip, folder)
        publisher = subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", "-re", "-i", str(clip), "-c", "copy", "-f", "flv", server.publish_url()])
        time.sleep(SETTLE)
        used = changing_places((server.process.pid, theirs.pid), seconds - 2 * SETTLE)
        if theirs.wait() + publisher.wait() != 0:
            raise SystemExit("ffmpeg failed")
        wait_until(lambda: server.streams() and server.streams()[0]["state"] == "ended", 10, "the stream ends")
        for name, *_ in RUNGS:
            path = f"/live/cam/{name}/"
            text = server.get(path + "index.m3u8").body.decode()
            uris = re.findall(r'#EXT-X-MAP:URI="([^"]+)"', text)[:1] + re.findall(r"^(?!#)\S+", text, re.MULTILINE)
            (folder / f"rostrum-{name}.mp4").write_bytes(b"".join(server.get(path + uri).body for uri in uris))
    return tuple(used)


def whole(clip: Path, folder: Path, seconds: int) -> tuple:
    """A live server leaves frames out where the machine is too busy for it: that is no measurement."""
    wanted = frames_in(clip)
    for _ in range(3):
        used = both(clip, folder, seconds)
        got = {name: frames_in(folder / f"rostrum-{name}.mp4") for name, *_ in RUNGS}
        if set(got.values()) == {wanted}:
            return used
        print(f"the machine was too busy ({got} frames of {wanted}); once more", file=sys.stderr)
    raise SystemExit("the machine is too busy to measure on")


def ssim(path: Path, clip: Path, width: int, height: int) -> float:
    """Frames are compared one by one, whatever their times."""
    text = quietly("ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-i", clip, "-lavfi",
                   f"[0:v]settb=1/{RATE},setpts=N[a];[1:v]settb=1/{RATE},setpts=N,scale={width}:{height}:flags=bilinear[b];[a][b]ssim", "-f", "null", "-")
    return float(re.search(r"All:([0-9.]+)", text).group(1))


def x264_options(path: Path) -> dict:
    """What x264 wrote of its settings into the stream."""
    text = re.search(rb"options: ([ -~]+)", path.read_bytes()).group(1).decode()
    return dict(word.split("=", 1) for word in text.split() if "=" in word)


def main() -> None:
    options = options_of("ladder", __doc__, both_cores=True, seconds=30, rounds=3)
    table = Table()
    rounds = []
    with tempfile.TemporaryDirectory(prefix="rostrum-ladder-") as name:
        folder = Path(name)
        clip = folder / "clip.mp4"
        say("encoding the clip")
        make_clip(clip, options.seconds)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}: both at once")
            rounds.append(whole(clip, folder, options.seconds))
        quality = {who: {rung: ssim(folder / f"{who}-{rung}.mp4", clip, width, height) for rung, width, height, _ in RUNGS} for who in ("ffmpeg", "rostrum")}
        settings = {who: x264_options(folder / f"{who}-720p.mp4") for who in quality}

    stretch = options.rounds * (options.seconds - 2 * SETTLE)
    ours, theirs = (sum(used) / stretch for used in zip(*rounds))
    table.add(f"720p{RATE} to {', '.join(rung for rung, *_ in RUNGS)}: CPU seconds for a second of media", "s", ours, theirs, "ffmpeg", 1.03,
              note=f"  each round: {', '.join(f'{mine / other:.3f}' for mine, other in rounds)}")
    for rung, *_ in RUNGS:
        theirs, ours = quality["ffmpeg"][rung], quality["rostrum"][rung]
        table.add(f"{rung}: SSIM below ffmpeg's by", "", max(0, theirs - ours), promise=0.002, note=f"  {theirs:.4f} and {ours:.4f}")
    differ = {key: (settings["ffmpeg"].get(key), settings["rostrum"].get(key)) for key in settings["ffmpeg"] | settings["rostrum"]
              if settings["ffmpeg"].get(key) != settings["rostrum"].get(key)}
    print(f"x264's settings: {'the same' if not differ else ', '.join(f'{k}: {a} and {b}' for k, (a, b) in differ.items())}")
    table.more.update(cpu_seconds=rounds, media_seconds=stretch, ssim=quality, x264_differs=differ)
    if options.json:
        table.write(options.json)


if __name__ == "__main__":
    main()

"""A picture that flashes and a tone that beeps at the same instant of every second, and the measure of how far apart they come out."""

import array
import re
import subprocess
from pathlib import Path
from statistics import median

RATE = 48000


def make(file: Path, seconds: int, size: str = "640x480", gop: int = 60) -> None:
    """An FLV file: 100 ms of white and of 1 kHz, each second."""
    flash = f"color=black:size={size}:rate=30:duration={seconds},drawbox=color=white:thickness=fill:enable='lt(mod(t,1),0.1)'"
    beep = f"aevalsrc='if(lt(mod(t,1),0.1),0.8*sin(2*PI*1000*t),0)':s={RATE}:d={seconds}"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep, "-c:v", "libx264", "-preset", "ultrafast",
                    "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", str(gop), "-c:a", "aac", "-b:a", "128k", "-ac", "2", str(file)], check=True)


def flashes(file: Path) -> list:
    """Seconds of the first white picture of each flash."""
    done = subprocess.run(["ffmpeg", "-hide_banner", "-nostdin", "-copyts", "-i", str(file), "-an", "-vf", "scale=16:16,showinfo", "-f", "null", "-"],
                          capture_output=True, text=True, timeout=120)
    base = re.search(r"config in time_base: (\d+)/(\d+)", done.stderr)
    times, white = [], True
    # pts, not pts_time: that has six digits, too few for times of day.
    for pts, mean in re.findall(r"pts:\s*(\d+).*?mean:\[(\d+)", done.stderr):
        if int(mean) > 128 and not white:
            times.append(int(pts) * int(base.group(1)) / int(base.group(2)))
        white = int(mean) > 128
    return times


def beeps(file: Path) -> list:
    """Seconds of the first sample of each beep."""
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-copyts", "-i", str(file), "-vn", "-af", f"asettb=1/{RATE},ashowinfo", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    first = re.search(rb"n:0 pts:(\d+)", done.stderr)
    samples = array.array("h", done.stdout[:len(done.stdout) // 2 * 2])
    times, quiet, start = [], 0, int(first.group(1)) / RATE if first else 0
    for index, sample in enumerate(samples):
        if abs(sample) > 6000:
            if quiet > RATE // 4:
                times.append(start + index / RATE)
            quiet = 0
        else:
            quiet += 1
    return times


def offset(video: Path, audio: Path) -> float:
    """Seconds that the beeps come after the flashes, the median of all pairs."""
    tones = beeps(audio)
    pairs = [min((tone - flash for tone in tones), key=abs) for flash in flashes(video) if tones]
    pairs = [pair for pair in pairs if abs(pair) < 0.5]
    if len(pairs) < 2:
        raise AssertionError(f"{len(pairs)} pairs of flash and beep in {video} and {audio}")
    return median(pairs)

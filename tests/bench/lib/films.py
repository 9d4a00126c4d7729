"""The clips that are published. Made once: encoding them takes longer than sending them."""

import subprocess
from pathlib import Path

from lab import SOURCE

CACHE = SOURCE / "build/bench/films"


def film(kbit: int, seconds: int = 12, size: str = "1280x720", gop: int = 2) -> Path:
    """FLV: ffmpeg's moving test picture at 30 frames a second, x264 at a constant bit rate with a keyframe every `gop` seconds and no
    B-frames, AAC at 128 kbit/s."""
    path = CACHE / f"{size}-{kbit}k-{seconds}s-gop{gop}.flv"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        rate, part = f"{kbit}k", path.with_suffix(".part")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30,noise=alls=12:allf=t",
                        "-f", "lavfi", "-i", "sine=frequency=1000:sample_rate=48000", "-t", str(seconds), "-pix_fmt", "yuv420p",
                        "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "main", "-b:v", rate, "-minrate", rate,
                        "-maxrate", rate, "-bufsize", rate, "-x264-params", "nal-hrd=cbr:force-cfr=1",
                        "-g", str(30 * gop), "-keyint_min", str(30 * gop), "-sc_threshold", "0",
                        "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-f", "flv", str(part)], check=True)
        part.rename(path)
    return path

"""A short film to publish: a moving picture and a tone, 1.5 s."""

import subprocess
import tempfile
from pathlib import Path

from harness import ffmpeg
from rtmp_publisher import flv_tags


def film_tags() -> list:
    """Its FLV tags."""
    with tempfile.TemporaryDirectory(prefix="rostrum-film-") as folder:
        film = Path(folder) / "film.flv"
        command = [word for word in ffmpeg(str(film), size="160x90", seconds=1.5, gop=15) if word != "-re"]
        subprocess.run(command, check=True, timeout=60)
        return flv_tags(film.read_bytes())

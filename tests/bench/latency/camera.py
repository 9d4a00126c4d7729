"""A publisher that knows to the millisecond when each frame left it."""

import subprocess
import tempfile
import threading
import time
from pathlib import Path

from rtmp_publisher import VIDEO, RtmpPublisher, flv_tags

FRAME = 1  # AVCPacketType: NALUs, not a configuration


def film(seconds: int, audio: bool) -> list:
    """FLV tags of a 640x360 picture at 30 frames a second, a keyframe every 2 s, in the order of their times."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.flv"
        sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-c:a", "aac", "-ac", "2"] if audio else []
        subprocess.run(["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", *sound,
                        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60", "-b:v", "1500k", "-pix_fmt", "yuv420p",
                        "-t", str(seconds), "-f", "flv", str(file)], check=True)
        tags = flv_tags(file.read_bytes())
    return sorted(tags, key=lambda tag: tag[1])  # sorted() is stable: configurations stay before their frames


class Camera:
    """Publishes the tags at their own pace on a thread of its own. `sent`: for each video frame the moment it was handed to the
    kernel, in monotonic seconds."""

    def __init__(self, port: int, tags: list, name: str = "cam"):
        self.sent = []
        self.tags = tags
        self.publisher = RtmpPublisher("127.0.0.1", port, "live", name).publish()
        self.leaving = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        begin = time.monotonic()
        for kind, timestamp, payload in self.tags:
            if self.leaving.wait(max(0, begin + timestamp / 1000 - time.monotonic())):
                return
            if kind == VIDEO and payload[1] == FRAME:
                self.sent.append(time.monotonic())
            self.publisher.send(kind, timestamp, payload)

    def leave(self) -> None:
        """Without a goodbye."""
        self.leaving.set()
        self.thread.join()
        self.publisher.socket.close()

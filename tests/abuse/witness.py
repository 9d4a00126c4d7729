"""A viewer of the healthy stream who writes down how late each part is, and what the server uses meanwhile."""

import http.client
import os
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from fetch import Client
from playlist import parse_media


@dataclass(frozen=True)
class Usage:
    """What /proc says of a process."""
    memory: int  # resident, KB
    peak: int  # the most of it since `forget_peak`, or ever
    files: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Usage":
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        kilobytes = (int(status[name].split()[0]) for name in ("VmRSS", "VmHWM"))
        return cls(*kilobytes, len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"]))

    @staticmethod
    def forget_peak(pid: int) -> None:
        Path(f"/proc/{pid}/clear_refs").write_text("5")


class Witness:
    """Follows one media playlist by blocking reloads, until the context is left."""

    def __init__(self, url: str):
        self.url = url
        self.lags = []  # (monotonic time, seconds from the end of the newest part, as the stream's clock has it, to its arrival)
        self.lost = []  # what else came
        self.client = Client(timeout=15)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.client.abort()
        self.thread.join()

    def run(self) -> None:
        target = self.url
        while not self.over.is_set():
            try:
                answer = self.client.request(target)
                if answer.status != 200:
                    raise OSError(f"{answer.status} for {target}")
                target = self.read(answer.body)
            except (OSError, http.client.HTTPException) as error:
                if not self.over.is_set():
                    self.lost.append(repr(error))
                    time.sleep(0.2)

    def read(self, body: bytes) -> str:
        now = time.time()
        playlist = parse_media(body, lambda rule, text: None)
        at = None
        for segment in playlist.all_segments():
            at = segment.pdt if segment.pdt is not None else at
            if at is not None:
                at += float(segment.duration if segment.duration is not None else sum(part.duration for part in segment.parts))
        if at is not None:
            self.lags.append((time.monotonic(), now - at))
        number, index = playlist.next_part()
        return f"{self.url}?_HLS_msn={number}&_HLS_part={index}"

    def worst(self, since: float) -> float:
        """How much later than usual the latest part came; a part that is still awaited counts as well."""
        usual = statistics.median(lag for _, lag in self.lags)
        waiting = time.monotonic() - self.lags[-1][0] - 0.5
        return max([lag - usual for at, lag in self.lags if at >= since] + [waiting])

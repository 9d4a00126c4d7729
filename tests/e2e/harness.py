"""The real server as a child process, and what the end-to-end tests ask of it. Port numbers are free ones, files are temporary."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

SOURCE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(SOURCE / "tests/checker"), str(SOURCE / "tests/tools")]

from fetch import Client, Response
from follower import Options
from llhls_check import check
from playlist import parse_media
from rtmp_publisher import VIDEO, flv_tags

PROGRAM = os.environ.get("ROSTRUM", str(SOURCE / "build/rostrum"))
LONG = bool(os.environ.get("ROSTRUM_LONG"))  # the whole minute that a release is held to
# The program was built with a sanitizer (`./run asan`): how soon it does what it does, and in how much memory, is not judged. All else is.
SANITIZED = bool(os.environ.get("ROSTRUM_SANITIZED"))
PATIENCE = 6 if SANITIZED else 1


def free_port(kind=socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(question, seconds: float, what: str):
    """Asks until the answer is true, and returns it. For what other programs do, and tell nobody."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Child:
    """A process with its output in memory. Leaving the context ends it; one that is `ours` has to end well then."""

    def __init__(self, arguments: list, name: str, end=signal.SIGINT, ours=False, **options):
        self.name, self.end, self.ours = name, end, ours
        self.lines = []
        self.news = threading.Condition()
        self.process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def read(self) -> None:
        for line in self.process.stdout:
            with self.news:
                self.lines.append(line.decode("utf-8", "replace").rstrip())
                self.news.notify_all()

    def output(self) -> str:
        with self.news:
            return "\n".join(self.lines)

    def wait_line(self, pattern: str, seconds: float = 10) -> str:
        """The first output line that matches, also one of the past."""
        def match():
            return next((line for line in self.lines if re.search(pattern, line)), None)
        with self.news:
            if not self.news.wait_for(match, seconds * PATIENCE):
                raise AssertionError(f"{self.name} did not say {pattern!r} within {seconds} s; its last lines:\n" + "\n".join(self.lines[-20:]))
            return match()

    def running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """Without a goodbye."""
        self.ours = False
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Asks it to end; kills it after 10 s."""
        ours = self.ours
        if self.running():
            self.process.send_signal(self.end)
            try:
                self.process.wait(10 * PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
                ours = ours and SANITIZED  # a drain alone may take as long
        self.reader.join(5)
        self.process.stdout.close()
        if ours and self.process.returncode != 0:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.output()[-20_000:]}")
        return self.process.returncode


PASSTHROUGH = """
    in:   {kind: publisher, linger: 10s}
    aac:  {kind: encode, from: in.audio, codec: aac, bitrate: 128k}
    hls:  {kind: llhls, from: [in.video, aac], part: 500ms, segment: 2s, window: 8}
"""
CARRY = """
    in:   {kind: publisher, linger: 10s}
    hls:  {kind: llhls, from: [in.video, in.audio], part: 500ms, segment: 2s, window: 8}
"""
LADDER = """
    in:      {kind: publisher, linger: 10s}
    picture: {kind: decode, from: in.video}
    ladder:
      kind: ladder
      from: picture
      codec: h264
      keyframes: 2s
      preset: ultrafast
      rungs:
        - {name: 360p, height: 360, bitrate: 800k}
        - {name: 240p, height: 240, bitrate: 400k}
        - {name: 144p, height: 144, bitrate: 200k}
    aac:  {kind: encode, from: in.audio, codec: aac, bitrate: 128k}
    hls:  {kind: llhls, from: [in.video, ladder, aac], part: 500ms, segment: 2s, window: 8}
"""


def write_certificate(folder: Path, name: str = "rostrum", days: int = 30) -> None:
    """cert.pem and key.pem, self-signed for 127.0.0.1."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days), "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)


class Server(Child):
    """`rostrum serve` with one stream template for live/{name}. Ready when the context is entered. `prefix`: what runs the program;
    `secure`: doors https and rtmps too, with the certificate cert.pem and key.pem of `folder`."""

    def __init__(self, nodes: str = PASSTHROUGH, prefix: tuple = (), secure: bool = False):
        self.folder = tempfile.TemporaryDirectory(prefix="rostrum-e2e-")
        self.http, self.rtmp = free_port(), free_port()
        config = Path(self.folder.name) / "rostrum.yaml"
        doors = ""
        if secure:
            write_certificate(config.parent)
            self.https, self.rtmps = free_port(), free_port()
            for door, port in (("https", self.https), ("rtmps", self.rtmps)):
                doors += f"  {door}: {{bind: \"127.0.0.1:{port}\", certificate: cert.pem, key: key.pem}}\n"
        config.write_text(f"""rostrum: 1
listen:
{doors}  http: {{bind: "127.0.0.1:{self.http}"}}
  rtmp: {{bind: "127.0.0.1:{self.rtmp}"}}
streams:
  "live/{{name}}":{nodes}""")
        super().__init__([*prefix, PROGRAM, "serve", config], "rostrum", signal.SIGTERM, ours=True)

    def __enter__(self):
        try:
            wait_until(self.ready, 15, "rostrum is ready")
        except AssertionError as error:
            self.ours = False
            self.stop()
            raise AssertionError(f"{error}\n{self.output()}") from None
        return self

    def ready(self) -> bool:
        if not self.running():
            raise AssertionError(f"rostrum exited with {self.process.returncode}")
        try:
            return self.get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self) -> int:
        try:
            return super().stop()
        finally:
            self.folder.cleanup()

    def publish_url(self, name: str = "cam", query: str = "") -> str:
        return f"rtmp://127.0.0.1:{self.rtmp}/live/{name}{query}"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http}{path}"

    def playlist_url(self, name: str = "cam") -> str:
        return self.url(f"/live/{name}/index.m3u8")

    def get(self, path: str, method: str = "GET", headers: dict = None) -> Response:
        client = Client(timeout=30)
        try:
            return client.request(self.url(path), method, headers)
        finally:
            client.close()

    def wait_live(self, name: str = "cam", seconds: float = 15) -> str:
        """The multivariant playlist, once there is one."""
        answer = wait_until(lambda: (a := self.get(f"/live/{name}/index.m3u8")).status == 200 and a, seconds, f"live/{name} plays")
        return answer.body.decode()

    def wait_gone(self, name: str = "cam", seconds: float = 20) -> None:
        wait_until(lambda: self.get(f"/live/{name}/index.m3u8").status == 404, seconds, f"live/{name} is gone")

    def renditions(self, name: str = "cam") -> list:
        """URLs of the media playlists, video first."""
        text = self.wait_live(name)
        found = re.findall(r"^(?!#)\S+$", text, re.MULTILINE) + re.findall(r'#EXT-X-MEDIA:.*URI="([^"]+)"', text)
        return [self.url(f"/live/{name}/{uri}") for uri in dict.fromkeys(found)]

    def streams(self) -> list:
        body = json.loads(self.get("/v1/streams").body)
        return body if isinstance(body, list) else body["streams"]

    def resident_kilobytes(self) -> int:
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text()).group(1))


def ffmpeg(output: str, size: str = "640x360", rate: str = "30", seconds: float = None, gop: int = 60, audio: bool = True, video: bool = True,
           extra: tuple = (), program: str = "ffmpeg", codec: tuple = None, audio_codec: tuple = ("aac", "-b:a", "128k")) -> list:
    """The command that publishes a moving test picture and a tone, at the pace of the clock."""
    command = [program, "-hide_banner", "-nostdin", "-loglevel", "warning"]
    if video:
        command += ["-re", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]
    if audio:
        command += ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    if video:
        command += ["-c:v", *(codec or ("libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "1500k", "-maxrate", "1500k", "-bufsize", "750k")),
                    "-g", str(gop), "-pix_fmt", "yuv420p"]
    if audio:
        command += ["-c:a", *audio_codec, "-ac", "2"]
    if seconds:
        command += ["-t", str(seconds)]
    return command + [*extra, "-f", "flv", output]


def publisher(server: Server, name: str = "cam", query: str = "", **options) -> Child:
    """ffmpeg on live/{name}. Leaving the context ends it with a goodbye; `kill` without."""
    return Child(ffmpeg(server.publish_url(name, query), **options), "ffmpeg")


def gst_publisher(server: Server, sink: str, name: str = "cam") -> Child:
    """`sink`: rtmp2sink or rtmpsink. What was sent is in `child.sent` too, an FLV file."""
    location = server.publish_url(name) + (" live=1" if sink == "rtmpsink" else "")
    sent = Path(server.folder.name) / f"{sink}.flv"
    pipeline = (f"flvmux name=mux streamable=true ! tee name=t t. ! queue ! {sink} location={location!r} t. ! queue ! filesink location={sent} "
                "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1 ! "
                "x264enc speed-preset=ultrafast tune=zerolatency bitrate=1500 key-int-max=60 ! h264parse ! queue ! mux. "
                "audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! avenc_aac bitrate=128000 ! aacparse ! queue ! mux.")
    child = Child(["sh", "-c", f"exec gst-launch-1.0 -e {pipeline}"], sink)
    child.sent = sent
    return child


# What follows from stamps of the publisher's own making: flvmux on a busy machine moves late frames, or leaves them out.
RESTAMPED = ("pdt.overlap", "pdt.mapping", "pdt.continuity", "media.aligned", "multivariant.frame-rate", "playlist.hint-broken")


def restamped(flv: Path) -> bool:
    stamps = [stamp for kind, stamp, *_ in flv_tags(flv.read_bytes()) if kind == VIDEO]
    return any(not 30 <= b - a <= 37 for a, b in zip(stamps, stamps[1:]))


# With a sanitizer encoders may be behind, and leave pictures out as they should.
UNJUDGED = ("multivariant.frame-rate",) if SANITIZED else ()


def problems(url: str, seconds: float, slack: float = 1.5, wall: float = None, but: tuple = ()) -> list:
    """What the strict checker finds, as lines; `but`: rules that this test breaks on purpose."""
    findings, _ = check(url, Options(60 if LONG and seconds > 10 else seconds, slack * 20 if SANITIZED else slack, None if SANITIZED else wall))
    return [finding.line() for finding in findings.items if finding.rule not in (*but, *UNJUDGED)]


# ffmpeg's HLS reader reads the init segment again when a playlist was renewed before it got to its end, and says so.
READER = ("Found duplicated MOOV Atom",)


def decode(url: str, seconds: float = 4, program: str = "ffmpeg") -> dict:
    """Decodes with ffmpeg as a plain player. {"errors": its complaints, "frames": pictures}."""
    done = subprocess.run([program, "-hide_banner", "-nostdin", "-loglevel", "warning", "-stats", "-i", url, "-t", str(seconds), "-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-f", "null", "-"],
                          capture_output=True, text=True, timeout=60)
    frames = re.findall(r"frame=\s*(\d+)", done.stderr)
    errors = [line for line in re.split(r"[\r\n]+", done.stderr) if line and not line.startswith(("frame=", "size=")) and "Last message" not in line
              and not any(noise in line for noise in READER)]
    return {"errors": errors if done.returncode == 0 else errors + [f"exit {done.returncode}"], "frames": int(frames[-1]) if frames else 0}


def probe(url: str, program: str = "ffprobe") -> list:
    """The streams that ffprobe sees."""
    done = subprocess.run([program, "-v", "error", "-show_streams", "-of", "json", url], capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout or "{}").get("streams", [])


def collect(playlist_url: str, segments: int) -> bytes:
    """Init segment and the newest whole segments of a rendition as one MP4 file; waits until there are so many."""
    client = Client()
    try:
        def enough():
            answer = client.request(playlist_url)
            found = parse_media(answer.body, lambda rule, text: None) if answer.status == 200 else None
            return found if found and len(found.segments) >= segments else None
        playlist = wait_until(enough, 60, f"{segments} segments in {playlist_url}")
        wanted = [s for s in playlist.segments[-segments:] if s.map_uri == playlist.segments[-1].map_uri]
        uris = [wanted[0].map_uri] + [segment.uri for segment in wanted]
        return b"".join(client.request(urljoin(playlist_url, uri)).body for uri in uris)
    finally:
        client.close()


class EndToEnd(unittest.TestCase):
    maxDiff = None

    def assert_right(self, url: str, seconds: float = 8, **options) -> None:
        """The strict checker finds nothing."""
        found = problems(url, seconds, **options)
        self.assertTrue(not found, f"{len(found)} findings of the checker:\n" + "\n".join(found))

    def assert_decodes(self, url: str, frames: int = 60, program: str = "ffmpeg") -> None:
        result = decode(url, program=program)
        self.assertEqual(result["errors"], [])
        self.assertGreaterEqual(result["frames"], frames)


def main_in_parallel(at_once: int, alone: tuple = ()) -> None:
    """As unittest.main, for tests that mostly wait: each in a process of its own, so many at once; those in `alone` after the others."""
    if len(sys.argv) > 1:
        unittest.main()
    script = sys.modules["__main__"].__file__
    suites = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    names = [f"{type(test).__name__}.{test._testMethodName}" for suite in suites for test in suite]

    def run(name: str) -> bool:
        done = subprocess.run([sys.executable, script, name], capture_output=True, text=True)
        print(f"{name} ... {'ok' if done.returncode == 0 else 'FAILED' + chr(10) + done.stdout + done.stderr}", flush=True)
        return done.returncode == 0
    last = [name for name in names if name.split(".")[1] in alone]
    with ThreadPoolExecutor(at_once) as pool:
        done = list(pool.map(run, [name for name in names if name not in last]))
    sys.exit(not all(done + [run(name) for name in last]))

"""Our server on its core, and what the benches ask of it."""

import re
import subprocess

from lab import SERVER, dismiss, load, on

from harness import Server, wait_until


def serve(nodes: str, **options) -> Server:
    """As a context; one stream template for live/{name}."""
    return Server(nodes, prefix=on(SERVER), **options)


def publish(server_port: int, film, count: int = 1, seconds: int = 3600, app: str = "live") -> subprocess.Popen:
    """`count` publishers on live/cam0, live/cam1, ...; returns when all are admitted."""
    child = load("publishers", server_port, count, film, app, "cam", seconds)
    if child.stdout.readline().strip() != "publishing":
        raise SystemExit("the publishers were not let in")
    return child


def leave(publishers: subprocess.Popen) -> tuple:
    """Ends the publishers. (When the first one's keyframes were sent, in monotonic seconds; how late the load was, in ms)."""
    text = dismiss(publishers)
    return [int(at) / 1e9 for at in re.findall(r"^end (\d+)$", text, re.MULTILINE)], float(re.search(r"^latest ([\d.]+) ms$", text, re.MULTILINE).group(1))


def media_path(server: Server, stream: str = "live/cam0") -> str:
    """Of the first variant's playlist, once there is one."""
    master = wait_until(lambda: (a := server.get(f"/{stream}/index.m3u8")).status == 200 and a, 20, f"{stream} plays")
    variant = re.findall(r"^(?!#)\S+$", master.body.decode(), re.MULTILINE)[0]
    path = f"/{stream}/{variant}"
    wait_until(lambda: server.get(path).status == 200, 10, f"{path} is there")
    return path

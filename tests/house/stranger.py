"""What a stranger has: a folder with the package in it, a compiler, CMake, pkg-config, and programs that want to run."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ROSTRUM_BUILD", ROOT / "build/release"))
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/tools")]

from harness import Child, free_port, wait_until
from rtmp_publisher import RtmpPublisher

# Every public header but gst.hpp, which wants GStreamer's own; compiled without a flag beside the package's.
HEADERS = sorted(path.name for path in (ROOT / "include/rostrum").glob("*.hpp"))
HOST = "\n".join(f"#include <rostrum/{name}>" for name in HEADERS if name != "gst.hpp") + """
#include <cstdio>
int main() {
  auto engine = rostrum::Engine::create();
  if (!engine) return std::puts(engine.error().message().c_str()), 1;
  auto graph = rostrum::Graph::parse("rostrum: 1\\nnodes: {in: {kind: nothing}}", "host.yaml");
  if (!graph) return std::puts(graph.error().message().c_str()), 2;
  for (const auto& finding : engine->check(*graph)) std::puts(finding.message().c_str());
}
"""
HOST_SAYS = "host.yaml:2 nodes.in.kind: no kind nothing"
# What a stranger writes round our sources; programs.cmake adds the numbered examples.
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES CXX)
find_package(rostrum 0.1 REQUIRED)
"""
SERVICE = """rostrum: 1
listen:
  http: {bind: "127.0.0.1:%d"}
  rtmp: {bind: "127.0.0.1:%d"}
streams:
  "live/{name}":
    in:  {kind: publisher, linger: 1s}
    hls: {kind: llhls, from: [in.video, in.audio]}
"""


def sh(*command, **options) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def example(number_and_name: str) -> Path:
    return ROOT / "examples" / number_and_name / "main.cpp"


def with_program(name: str, source: Path, *libraries: str) -> str:
    return f"add_executable({name} {source})\ntarget_link_libraries({name} PRIVATE {' '.join(libraries)})\n"


# 05-soup's own way to libsoup, as its reader would write it.
WITH_SOUP = "find_package(PkgConfig REQUIRED)\npkg_check_modules(LIBSOUP REQUIRED IMPORTED_TARGET libsoup-3.0)\n" + \
    with_program("soup", example("05-soup"), "rostrum::soup", "PkgConfig::LIBSOUP")


def build(source: Path, out: Path, prefix: Path) -> Path:
    sh("cmake", "-S", source, "-B", out, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF")
    sh("cmake", "--build", out)
    return out


def build_project(folder: Path, prefix: Path, text: str, **files: str) -> Path:
    """A project of that text (below PROJECT) and `name`.cpp files in `folder`/source, built in `folder`/programs."""
    source = folder / "source"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(PROJECT + text)
    for name, content in files.items():
        (source / f"{name}.cpp").write_text(content)
    return build(source, folder / "programs", prefix)


def by_pkg_config(prefix: Path, package: str, source: Path, program: Path) -> dict:
    """Builds `program` with what pkg-config says of `package`; the environment in which it finds a shared librostrum."""
    file = next(prefix.rglob(f"{package}.pc"))
    flags = sh("pkg-config", "--cflags", "--libs", package, env=dict(os.environ, PKG_CONFIG_PATH=str(file.parent))).split()
    sh("c++", "-std=c++20", source, "-o", program, *flags)
    return dict(os.environ, LD_LIBRARY_PATH=str(file.parents[1]))


def soup_plays(program: Path, env: dict = None) -> str:
    """The media playlist that the soup example serves from a port of its host."""
    with Child([program], "soup", env=env) as host:
        url = re.search(r"http://\S+", host.wait_line(r"http://"))[0]
        text = urllib.request.urlopen(url, timeout=10).read().decode()
        return urllib.request.urlopen(urljoin(url, text.strip().split("\n")[-1]), timeout=10).read().decode()


class Running:
    """An example that serves until Enter is pressed."""

    def __init__(self, program: Path, folder: Path, env: dict = None):
        self.http, self.rtmp = free_port(), free_port()
        file = folder / "service.yaml"
        file.write_text(SERVICE % (self.http, self.rtmp))
        self.process = subprocess.Popen([program, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)

    def __enter__(self):
        wait_until(lambda: self.process.poll() is not None or self.status("/readyz") == 200, 10, "the example is ready")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=10) as answer:
                return answer.status
        except OSError:
            return 0

    def publish(self, key: str) -> None:
        with RtmpPublisher("127.0.0.1", self.rtmp, "live", key) as publisher:
            publisher.publish()
            publisher.goodbye()

    def enter(self) -> str:
        """Presses Enter; what the program has printed."""
        output, _ = self.process.communicate("\n", timeout=20)
        return output

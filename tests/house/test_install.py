#!/usr/bin/env python3
"""What a stranger gets: the installed package, moved elsewhere, builds plugins and host programs, and its program runs them."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ROSTRUM_BUILD", ROOT / "build/release"))
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/tools")]

from harness import Child, free_port, wait_until
from rtmp_publisher import Refused, RtmpPublisher

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
# The programs that the docs print.
SNIPPETS = [block for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
            for block in re.findall(r"^```cpp\n(.*?)^```", path.read_text(), re.M | re.S) if "int main" in block]
# What a stranger writes round our examples' sources.
PROJECT = f"""cmake_minimum_required(VERSION 3.25)
project(stranger LANGUAGES CXX)
find_package(rostrum 0.1 REQUIRED)
add_executable(host main.cpp)
target_link_libraries(host PRIVATE rostrum::rostrum)
foreach(number RANGE 1 {len(SNIPPETS)})
  add_executable(snippet_${{number}} snippet_${{number}}.cpp)
  target_link_libraries(snippet_${{number}} PRIVATE rostrum::rostrum)
endforeach()
include({ROOT}/examples/programs.cmake)
"""
CAPTION = """rostrum: 1
nodes:
  in:      {kind: test, size: 320x180, duration: 1s, paced: false}
  caption: {kind: acme.watermark, from: in.video, text: "hi ! fakesink"}
  out:     {kind: discard, from: caption}
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


def build(source: Path, out: Path, prefix: Path) -> Path:
    sh("cmake", "-S", source, "-B", out, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF")
    sh("cmake", "--build", out)
    return out


class Running:
    """An example that serves until Enter is pressed."""

    def __init__(self, program: Path, folder: Path):
        self.http, self.rtmp = free_port(), free_port()
        file = folder / "service.yaml"
        file.write_text(SERVICE % (self.http, self.rtmp))
        self.process = subprocess.Popen([program, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

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


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        sh("cmake", "--install", BUILD, "--prefix", cls.folder / "first")
        cls.prefix = (cls.folder / "first").rename(cls.folder / "moved")
        cls.program = cls.prefix / "bin/rostrum"
        source = cls.folder / "source"
        source.mkdir()
        (source / "main.cpp").write_text(HOST)
        for number, text in enumerate(SNIPPETS, 1):
            (source / f"snippet_{number}.cpp").write_text(text)
        (source / "CMakeLists.txt").write_text(PROJECT)
        cls.programs = build(source, cls.folder / "programs", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_every_public_header_is_installed_and_nothing_private(self):
        self.assertEqual(HEADERS, sorted(path.relative_to(self.prefix / "include/rostrum").as_posix() for path in (self.prefix / "include/rostrum").rglob("*")))
        self.assertEqual(["rostrum"], [path.name for path in (self.prefix / "include").iterdir()])

    def test_no_installed_text_or_library_path_names_where_it_was_built(self):
        texts = [path for path in self.prefix.rglob("*") if path.suffix in {".cmake", ".pc", ".hpp", ".yaml"}]
        self.assertGreater(len(texts), len(HEADERS))
        for path in texts:
            for place in (str(ROOT), str(BUILD), str(self.folder)):
                self.assertNotIn(place, path.read_text(), path)
        for path in (self.program, next(self.prefix.rglob("librostrum.so"))):
            for found in re.findall(r"R(?:UN)?PATH.*\[(.*)\]", sh("readelf", "-d", path)):
                self.assertTrue(found.startswith("$ORIGIN"), f"{path}: {found}")

    def test_a_host_program_links_and_runs(self):
        self.assertEqual("host.yaml:2 nodes.in.kind: no kind nothing", sh(self.programs / "host").split(";")[0].strip())

    def test_pkg_config_says_the_same(self):
        environment = dict(os.environ, PKG_CONFIG_PATH=str(next(self.prefix.rglob("rostrum.pc")).parent))
        flags = sh("pkg-config", "--cflags", "--libs", "rostrum", env=environment).split()
        sh("c++", "-std=c++20", ROOT / "examples/01-embed/main.cpp", "-o", self.folder / "by-pkg-config", *flags)

    def test_the_plugin_example_builds_loads_and_runs(self):
        plugin = build(ROOT / "examples/plugin", self.folder / "plugin", self.prefix) / "acme.so"
        text = sh(self.program, "inspect", "acme.watermark", "--plugin", plugin)
        self.assertIn("burns a caption into raw video", text)
        self.assertIn("LIVE", text)
        (self.folder / "caption.yaml").write_text(CAPTION)
        sh(self.program, "run", self.folder / "caption.yaml", "--plugin", plugin)

    def test_the_installed_program_serves_its_page_and_checks_its_file(self):
        self.assertRegex(sh(self.program, "--version"), r"^rostrum \d+\.\d+\.\d+$")
        example = self.prefix / "share/doc/rostrum/rostrum.yaml"
        sh(self.program, "check", example)
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:0", example.read_text())
        (self.folder / "any-port.yaml").write_text(text)
        with Child([self.program, "serve", self.folder / "any-port.yaml"], "installed") as server:
            address = re.search(r"http.*?(127\.0\.0\.1:\d+)", server.wait_line(r"http.*127\.0\.0\.1:\d+"))[1]
            with urllib.request.urlopen(f"http://{address}/", timeout=10) as page:
                self.assertEqual("text/html; charset=utf-8", page.headers["content-type"])

    def test_embed_serves_until_enter(self):
        with Running(self.programs / "embed", self.folder) as embed:
            self.assertEqual(200, embed.status("/healthz"))
            embed.publish("cam")
            embed.enter()
            self.assertEqual(0, embed.process.returncode)

    def test_hooks_lets_in_who_has_the_key_and_tells_who_came(self):
        with Running(self.programs / "hooks", self.folder) as hooks:
            with self.assertRaisesRegex(Refused, "wrong key|Publish"):
                hooks.publish("cam?key=camera-2")
            hooks.publish("cam?key=camera-1")
            lines = hooks.enter()
        self.assertRegex(lines, r"(?m)^\d+ opened live/cam")
        self.assertRegex(lines, r"(?m)^\d+ closed live/cam \w")

    def test_a_graph_of_the_programs_own_runs_to_its_end(self):
        self.assertRegex(sh(self.programs / "graph", env={}), r"(?m)^test/card: ended after \d+ frames$")

    def test_handle_answers_with_a_playlist_without_any_door(self):
        lines = sh(self.programs / "handle", env={}).split("\n")
        self.assertEqual(["200", "#EXTM3U"], lines[:2])
        self.assertIn("video/index.m3u8", lines)

    def test_the_program_in_the_readme_is_about_ten_lines(self):
        self.assertEqual([SNIPPETS[0]], re.findall(r"^```cpp\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S))
        self.assertLessEqual(SNIPPETS[0].count("\n"), 12)

    def test_an_example_says_what_is_wrong_with_its_file(self):
        done = subprocess.run([self.programs / "embed", self.folder / "none.yaml"], capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("none.yaml", done.stdout)


class Packages(unittest.TestCase):
    """What Debian's dpkg gets: unpacked into an empty folder, the packages are the same to a stranger."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        sh("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", cls.folder / "packages")
        cls.packages = {path.name.split("_")[0]: path for path in (cls.folder / "packages").glob("*.deb")}
        for path in cls.packages.values():
            sh("dpkg-deb", "-x", path, cls.folder / "root")
        cls.prefix = cls.folder / "root/usr"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def field(self, package: str, name: str) -> str:
        return sh("dpkg-deb", "-f", self.packages[package], name).strip()

    def test_there_are_the_library_its_adapter_its_headers_and_the_program(self):
        self.assertEqual({"librostrum0", "librostrum-soup0", "librostrum-dev", "rostrum"}, set(self.packages))

    def test_each_names_what_it_needs(self):
        for package, needs in {"librostrum0": ("libgstreamer1.0-0", "libssl3", "gstreamer1.0-plugins-base"), "librostrum-soup0": ("libsoup-3.0-0", "librostrum0 (= "),
                               "librostrum-dev": ("librostrum0 (= ", "libexpected-dev"), "rostrum": ("librostrum0 (= ",)}.items():
            for need in needs:
                self.assertIn(need, self.field(package, "Depends"), package)
        self.assertNotIn("libsoup", self.field("librostrum0", "Depends"))
        self.assertIn("gstreamer1.0-plugins-ugly", self.field("librostrum0", "Recommends"))

    def test_a_strangers_program_builds_and_runs(self):
        source = self.folder / "source"
        source.mkdir()
        (source / "main.cpp").write_text(HOST)
        (source / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(stranger LANGUAGES CXX)\nfind_package(rostrum 0.1 REQUIRED)\n"
                                               "add_executable(host main.cpp)\ntarget_link_libraries(host PRIVATE rostrum::rostrum)\n")
        programs = build(source, self.folder / "programs", self.prefix)
        self.assertEqual("host.yaml:2 nodes.in.kind: no kind nothing", sh(programs / "host").split(";")[0].strip())

    def test_the_program_runs_where_it_was_unpacked(self):
        self.assertRegex(sh(self.prefix / "bin/rostrum", "--version"), r"^rostrum \d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/env python3
"""What a stranger gets: the installed package, moved elsewhere, builds plugins and host programs, and its program runs them."""

import re
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from stranger import (BUILD, HEADERS, HOST, HOST_SAYS, ROOT, Child, Running, build, build_project, by_pkg_config, example, sh,
                      soup_plays, with_program)
from rtmp_publisher import Refused

# The programs that the docs print.
SNIPPETS = [block for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
            for block in re.findall(r"^```cpp\n(.*?)^```", path.read_text(), re.M | re.S) if "int main" in block]
CAPTION = """rostrum: 1
nodes:
  in:      {kind: test, size: 320x180, duration: 1s, paced: false}
  caption: {kind: acme.watermark, from: in.video, text: "hi ! fakesink"}
  out:     {kind: discard, from: caption}
"""


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        sh("cmake", "--install", BUILD, "--prefix", cls.folder / "first")
        cls.prefix = (cls.folder / "first").rename(cls.folder / "moved")
        cls.program = cls.prefix / "bin/rostrum"
        files = {"host": HOST, **{f"snippet_{number}": text for number, text in enumerate(SNIPPETS, 1)}}
        text = "".join(with_program(name, f"{name}.cpp", "rostrum::rostrum") for name in files)
        cls.programs = build_project(cls.folder, cls.prefix, f"{text}include({ROOT}/examples/programs.cmake)\n", **files)

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
        self.assertEqual(HOST_SAYS, sh(self.programs / "host").split(";")[0].strip())

    def test_what_pkg_config_says_builds_programs_that_run(self):
        embed, soup = self.folder / "by-pkg-config", self.folder / "soup-by-pkg-config"
        found = by_pkg_config(self.prefix, "rostrum", example("01-embed"), embed)
        with Running(embed, self.folder, found) as running:
            self.assertEqual(200, running.status("/healthz"))
        found = by_pkg_config(self.prefix, "rostrum-soup", example("05-soup"), soup)
        self.assertIn("#EXT-X-PRELOAD-HINT", soup_plays(soup, found))

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

    def test_soup_serves_a_playlist_from_its_hosts_port(self):
        self.assertIn("#EXT-X-PRELOAD-HINT", soup_plays(self.programs / "soup"))

    def test_the_program_in_the_readme_is_about_ten_lines(self):
        self.assertEqual([SNIPPETS[0]], re.findall(r"^```cpp\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S))
        self.assertLessEqual(SNIPPETS[0].count("\n"), 12)

    def test_an_example_says_what_is_wrong_with_its_file(self):
        done = subprocess.run([self.programs / "embed", self.folder / "none.yaml"], capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("none.yaml", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/env python3
"""librostrum as an archive: a host links it by CMake or by pkg-config, with what it needs beside, and every built-in kind is in it."""

import os
import re
import tempfile
import unittest
from pathlib import Path

from stranger import BUILD, ROOT, WITH_SOUP, Running, build_project, by_pkg_config, example, sh, soup_plays, with_program


class Archive(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        archive, first = cls.folder / "archive", cls.folder / "first"
        kind = re.search(r"(?m)^CMAKE_BUILD_TYPE:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text())[1]
        sh("cmake", "-S", ROOT, "-B", archive, "-G", "Ninja", "-DBUILD_SHARED_LIBS=OFF", "-DROSTRUM_TESTS=OFF", "-DROSTRUM_EXAMPLES=OFF",
           f"-DCMAKE_BUILD_TYPE={kind}", f"-DCMAKE_CXX_COMPILER_LAUNCHER={Path(__file__).parent / 'take_object'}")
        sh("cmake", "--build", archive, env=dict(os.environ, ROSTRUM_BUILD=str(BUILD)))
        sh("cmake", "--install", archive, "--prefix", first)
        sh("strip", "--strip-debug", *first.rglob("*.a"))  # a fifth of the time that each link takes
        cls.prefix = first.rename(cls.folder / "moved")
        cls.programs = build_project(cls.folder, cls.prefix, with_program("handle", example("04-handle"), "rostrum::rostrum") + WITH_SOUP)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_there_is_no_shared_object_and_no_program_asks_for_one(self):
        self.assertEqual(["librostrum-soup.a", "librostrum.a"], sorted(path.name for path in self.prefix.rglob("librostrum*")))
        for name in ("handle", "soup"):
            self.assertNotIn("librostrum", sh("readelf", "-d", self.programs / name))

    def test_no_installed_text_names_where_it_was_built(self):
        texts = [path for path in self.prefix.rglob("*") if path.suffix in {".cmake", ".pc"}]
        self.assertGreaterEqual(len(texts), 6)
        for path in texts:
            for place in (str(ROOT), str(self.folder), "/usr/lib"):
                self.assertNotIn(place, path.read_text(), path)

    def test_what_find_package_finds_is_enough(self):
        self.assertEqual(["200", "#EXTM3U"], sh(self.programs / "handle").split("\n")[:2])
        self.assertIn("#EXT-X-PRELOAD-HINT", soup_plays(self.programs / "soup"))

    def test_what_pkg_config_says_is_enough(self):
        embed, soup = self.folder / "embed-by-pkg-config", self.folder / "soup-by-pkg-config"
        by_pkg_config(self.prefix, "rostrum", example("01-embed"), embed)
        with Running(embed, self.folder) as running:
            self.assertEqual(200, running.status("/healthz"))
            running.publish("cam")  # by the door of a plugin, which nothing names but the table of the built-in ones
        by_pkg_config(self.prefix, "rostrum-soup", example("05-soup"), soup)
        self.assertIn("#EXT-X-PRELOAD-HINT", soup_plays(soup))


if __name__ == "__main__":
    unittest.main(verbosity=1)

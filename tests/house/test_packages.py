#!/usr/bin/env python3
"""The Debian packages, installed by dpkg into a folder: it holds them to what this system has, and runs their scripts."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from stranger import BUILD, HOST, HOST_SAYS, WITH_SOUP, build_project, by_pkg_config, example, sh, soup_plays, with_program

SYSTEM = Path("/var/lib/dpkg")


class Dpkg:
    """Installs below `root` on a system that knows of every package and file of this one. Nothing outside changes, and nobody has to
    be root."""

    def __init__(self, folder: Path):
        self.root, self.admin, self.tools = (folder / name for name in ("root", "admin", "tools"))
        for path in (self.root, self.admin / "info", self.admin / "updates", self.tools):
            path.mkdir(parents=True)
        for path in [SYSTEM / "status", *(SYSTEM / "info").glob("*.list")]:
            shutil.copy(path, self.admin / path.relative_to(SYSTEM))
        # The packages' scripts are run outside of `root`: this keeps them from the system's linker cache, and tells who asked.
        ldconfig = self.tools / "ldconfig"
        ldconfig.write_text(f"#!/bin/sh\necho $DPKG_MAINTSCRIPT_PACKAGE >>{self.tools}/asked\n")
        ldconfig.chmod(0o755)

    def __call__(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run(["dpkg", "--force-not-root", "--force-script-chrootless", f"--instdir={self.root}", f"--admindir={self.admin}",
                               f"--log={self.tools}/log", *map(str, words)], capture_output=True, text=True, timeout=120, check=False,
                              env=dict(os.environ, PATH=f"{self.tools}:{os.environ['PATH']}:/usr/sbin:/sbin", LC_ALL="C"))

    def asked_for_ldconfig(self) -> list:
        """The packages that did since this was last asked."""
        asked = self.tools / "asked"
        return sorted(asked.rename(self.tools / "told").read_text().split()) if asked.exists() else []

    def files(self) -> list:
        return [path for path in self.root.rglob("*") if not path.is_dir()]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        sh("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", cls.folder / "packages")
        cls.packages = {path.name.split("_")[0]: path for path in (cls.folder / "packages").glob("*.deb")}
        dpkg = Dpkg(cls.folder / "system")
        done = dpkg("--install", *cls.packages.values())
        if done.returncode != 0:
            raise AssertionError(f"dpkg gave {done.returncode}:\n{done.stdout}{done.stderr}")
        cls.prefix = dpkg.root / "usr"

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

    def test_dpkg_wants_the_library_first_and_takes_all_away_again(self):
        dpkg = Dpkg(self.folder / "another")
        alone = dpkg("--install", self.packages["rostrum"])
        self.assertEqual(1, alone.returncode)
        self.assertIn("rostrum depends on librostrum0 (= ", alone.stderr)
        libraries = ["librostrum-soup0", "librostrum0"]
        done = dpkg("--install", *(self.packages[name] for name in libraries))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(libraries, dpkg.asked_for_ldconfig())
        self.assertEqual(0, dpkg("--configure", "rostrum").returncode)
        self.assertIn(dpkg.root / "usr/bin/rostrum", dpkg.files())
        done = dpkg("--purge", "rostrum", *libraries)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(libraries, dpkg.asked_for_ldconfig())
        self.assertEqual([], dpkg.files())

    def test_strangers_programs_build_and_run(self):
        text = with_program("host", "host.cpp", "rostrum::rostrum") + WITH_SOUP
        programs = build_project(self.folder, self.prefix, text, host=HOST)
        self.assertEqual(HOST_SAYS, sh(programs / "host").split(";")[0].strip())
        self.assertIn("#EXT-X-PRELOAD-HINT", soup_plays(programs / "soup"))

    def test_what_pkg_config_says_builds_programs_that_run(self):
        handle, soup = self.folder / "handle-by-pkg-config", self.folder / "soup-by-pkg-config"
        found = by_pkg_config(self.prefix, "rostrum", example("04-handle"), handle)
        self.assertEqual(["200", "#EXTM3U"], sh(handle, env=found).split("\n")[:2])
        found = by_pkg_config(self.prefix, "rostrum-soup", example("05-soup"), soup)
        self.assertIn("#EXT-X-PRELOAD-HINT", soup_plays(soup, found))

    def test_the_program_runs_where_it_was_installed(self):
        self.assertRegex(sh(self.prefix / "bin/rostrum", "--version"), r"^rostrum \d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main(verbosity=1)

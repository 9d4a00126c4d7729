#!/usr/bin/env python3
"""What the bench says beside measuring: ratios and what is judged, which code a figure is of, its tables and its chart;
and why there is no profile."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bench/lib"))

import chart
import tables
from lab import Row, median_between
from machine import caption, commit, machine

MACHINE = {"commit": "abc1234", "cores": 2, "processor": "Slow", "versions": {"ffmpeg": "7:5.1-0+deb12u1", "nginx": "", "GStreamer": "1.22.0"}}
PAIR = {"what": "waking", "unit": "ms", "ours": 156.48, "yardstick": 131.0, "peer": "bare", "promise": 1.3, "note": "  pairs", "ratio": 1.31, "judged": 1.31, "kept": False}
ALONE = {**PAIR, "what": "memory", "unit": "us", "ours": 1334, "yardstick": None, "ratio": None, "note": "", "promise": 1800, "judged": 1334, "kept": True}
LATE = {"what": "part", "count": 9, "p50": 0.9736, "p95": 11.0, "max": 12.5, "promise": 10, "judge": "p95", "judged": 11.0, "kept": False}
ONCE = {**LATE, "what": "first", "count": 1, "p50": -30.0, "p95": -30.0, "max": -30.0, "judge": "p95", "judged": -30.0, "kept": True}


class Rows(unittest.TestCase):
    def test_a_ratio_is_that_of_the_figures_unless_it_was_found_otherwise(self):
        self.assertEqual(1.5, Row("what", "ms", 3, 2, "peer", 1.3).judged)
        pairs = Row("what", "ms", 156, 131, "peer", 1.3, ratio=1.28)
        self.assertEqual((131, 1.28, True), (pairs.yardstick, pairs.judged, pairs.kept))

    def test_without_a_yardstick_the_figure_is_judged(self):
        self.assertEqual([True, False], [Row("what", "ms", ours, promise=10).kept for ours in (10, 10.1)])

    def test_the_true_median_is_between_the_order_statistics_of_the_sign_test(self):
        self.assertEqual((4, 13), median_between(list(range(16, 0, -1))))  # the 4th and the 13th of 16, as printed tables have it
        self.assertEqual((1, 5), median_between([1, 2, 3, 4, 5]))
        self.assertEqual((7, 7), median_between([7]))


class Machine(unittest.TestCase):
    def test_the_commit_says_that_files_were_changed(self):
        with tempfile.TemporaryDirectory() as folder:
            git = ("git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b")
            tree = Path(folder, "CMakeLists.txt")
            tree.write_text("project(rostrum VERSION 1.2.3 LANGUAGES CXX)")
            self.assertEqual("version 1.2.3", commit(Path(folder)))
            subprocess.run([*git, "init", "-q"], check=True)
            subprocess.run([*git, "add", "."], check=True)
            subprocess.run([*git, "commit", "-q", "-m", "one"], check=True)
            clean = commit(Path(folder))
            self.assertRegex(clean, r"^[0-9a-f]{7,}$")
            tree.write_text("project(rostrum VERSION 1.2.4 LANGUAGES CXX)")
            self.assertEqual(f"{clean}-dirty", commit(Path(folder)))

    def test_it_tells_the_commit_and_what_stands_beside(self):
        found = machine()
        self.assertEqual({"ffmpeg", "nginx", "nginx-rtmp", "GStreamer"}, set(found["versions"]))
        self.assertRegex(found["versions"]["GStreamer"], r"^\d+\.\d+\.\d+$")
        self.assertIn(found["commit"], caption(found))

    def test_a_caption_leaves_out_what_is_not_there(self):
        self.assertEqual("commit abc1234, 2 cores, Slow, ffmpeg 5.1, GStreamer 1.22.0", caption(MACHINE))


class Profile(unittest.TestCase):
    def said(self, perf: str) -> str:
        """By `./run profile` where that is all there is of perf."""
        with tempfile.TemporaryDirectory() as folder:
            if perf:
                Path(folder, "perf").write_text(f"#!/bin/sh\n{perf}\n")
                Path(folder, "perf").chmod(0o755)
            done = subprocess.run([sys.executable, ROOT / "tests/bench/perf.py", "ladder"], env={**os.environ, "PATH": folder}, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(1, done.returncode)
        return done.stderr

    def test_a_machine_without_perf_is_told_its_package(self):
        self.assertEqual("there is no perf on this machine (Debian: apt-get install linux-perf)\n", self.said(""))

    def test_a_machine_that_does_not_permit_it_is_told_why_and_what_would(self):
        self.assertRegex(self.said("echo no permission >&2; exit 255"), r"no permission\nRun it as root, .*perf_event_paranoid=1.*CAP_PERFMON")


class Drawn(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def put(self, name: str, *rows, **of) -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({**MACHINE, **of, "rows": rows}))
        return path

    def test_tables_are_written_from_the_figures(self):
        files = [self.put("latency", LATE, ONCE), self.put("parked", PAIR, ALONE), self.put("idle", ALONE)]
        self.assertEqual("""commit abc1234, 2 cores, Slow, ffmpeg 5.1, GStreamer 1.22.0

| what | ours | yardstick | ratio | promise |
| --- | --- | --- | --- | --- |
| `parked`: waking | 156.5 ms | bare 131 ms | **1.310** (pairs) | ≤ 1.3 |
| memory | 1,334 µs |  |  | ≤ 1,800 µs |
| `idle`: memory | 1,334 µs |  |  | ≤ 1,800 µs |

commit abc1234, 2 cores, Slow, ffmpeg 5.1, GStreamer 1.22.0

| what | p50 | p95 | most | promise |
| --- | --- | --- | --- | --- |
| `latency`: part | 0.974 ms | **11 ms** | 12.50 ms | p95 ≤ 10 ms |
| first |  |  | −30 ms | ≤ 10 ms |
""", tables.markdown(files))

    def test_figures_of_another_commit_stand_apart(self):
        files = [self.put("parked", PAIR), self.put("idle", ALONE, commit="def5678")]
        self.assertEqual(2, tables.markdown(files).count("| what |"))
        drawn = chart.draw(self.folder)
        self.assertIn(">parked: commit abc1234,", drawn)
        self.assertIn(">idle: commit def5678,", drawn)

    def test_a_chart_of_one_run_says_its_commit_once(self):
        self.put("parked", PAIR)
        self.put("idle", ALONE)
        drawn = chart.draw(self.folder)
        self.assertEqual(1, drawn.count(">commit abc1234, 2 cores"))
        self.assertIn(">1.310 of 1.3 x bare<", drawn)
        self.assertEqual((1, 1), (drawn.count('class="broken"'), drawn.count('class="kept"')))


if __name__ == "__main__":
    unittest.main(verbosity=1)

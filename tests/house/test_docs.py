#!/usr/bin/env python3
"""The docs keep their word: every link leads somewhere, every graph in them checks, every verb of ./run is told."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ROSTRUM_BUILD", ROOT / "build/release"))
PROGRAM = BUILD / "examples/rostrum/rostrum"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


def blocks(page: Path, language: str) -> list:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


class Docs(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        dead = [f"{page.relative_to(ROOT)}: {target}" for page in PAGES for target in LINK.findall(page.read_text())
                if "://" not in target and not (page.parent / target).exists()]
        self.assertEqual([], dead)

    def test_every_graph_in_the_docs_checks(self):
        graphs = [(page, text) for page in PAGES for text in blocks(page, "yaml")]
        self.assertGreaterEqual(len(graphs), 2)
        for page, text in graphs:
            with self.subTest(page.name), tempfile.TemporaryDirectory() as folder:
                Path(folder, "graph.yaml").write_text(text)
                done = subprocess.run([PROGRAM, "check", "graph.yaml"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(("", 0), (done.stdout, done.returncode))

    def test_the_findings_in_the_readme_are_what_check_says(self):
        readme = ROOT / "README.md"
        shown = re.search(r"^\$ rostrum check show\.yaml\n(.*?)^```", readme.read_text(), re.M | re.S)[1]
        text = blocks(readme, "yaml")[0]
        for right, wrong in (("from: picture", "from: pictur"), ("bitrate: 2500k", "bitrate: 2500"), ("part: 500ms", "part: 200")):
            self.assertIn(right, text)
            text = text.replace(right, wrong)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "show.yaml").write_text(text)
            done = subprocess.run([PROGRAM, "check", "show.yaml"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        self.assertEqual(sorted(shown.splitlines()), sorted(done.stdout.splitlines()))

    def test_help_of_run_tells_every_verb(self):
        script = (ROOT / "run").read_text()
        told = subprocess.run([ROOT / "run"], capture_output=True, text=True, timeout=20, check=True).stdout
        for verb in re.findall(r"^verb_(\w+)\(\)", script, re.M):
            if verb != "help":
                self.assertRegex(told, rf"(?m)^  {verb}\b")


if __name__ == "__main__":
    unittest.main(verbosity=1)

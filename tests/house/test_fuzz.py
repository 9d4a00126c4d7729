#!/usr/bin/env python3
"""What fuzzers found is not lost: an input that was a fault comes into the tree, small, and every fuzzer has its parsers and its seeds."""

import contextlib
import io
import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fuzz"))
import run  # noqa: E402

# Minimises an input that holds "BUG" to that, and knows of no edges.
FUZZER = """#!/bin/sh
for word; do
  case $word in -exact_artifact_path=*) small=${word#*=};; esac
  input=$word
done
case "$*" in *-minimize_crash=1*) grep -q BUG "$input" && printf BUG >"$small";; esac
true
"""


class Fuzz(unittest.TestCase):
    def test_keep_brings_each_fault_into_the_tree_minimised_where_it_still_is_one(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            build = Path(folder)
            run.KEPT, kept = build / "kept", build / "kept/fuzz_http_request"
            program = build / "fuzz_http_request"
            program.write_text(FUZZER)
            program.chmod(0o755)
            fuzzer = run.Fuzzer(build, program)
            for name, text in {"crash-0123456789abcdef": "some BUG or other", "oom-0123456789abcdef": "mended", "0123456789abcdef": "an edge"}.items():
                (fuzzer.found / name).write_text(text)
            fuzzer.keep()
            self.assertEqual({"crash-0123456789ab": "BUG", "oom-0123456789ab": "mended"}, {path.name: path.read_text() for path in kept.iterdir()})
            (kept / "crash-0123456789ab").write_text("smaller by hand")
            fuzzer.keep()
            self.assertEqual("smaller by hand", (kept / "crash-0123456789ab").read_text())

    def test_every_fuzzer_says_its_parsers_and_has_inputs_and_a_row_in_the_docs(self):
        fuzzers = {path.stem for path in (ROOT / "tests/fuzz").glob("*.cpp")}
        self.assertEqual(fuzzers, set(run.PARSERS))
        self.assertEqual(fuzzers, {path.name.removeprefix("fuzz_") for path in (ROOT / "tests/fuzz/corpus").iterdir()})
        rows = re.findall(r"^\| (\w+) \| ([^|]*) \|", (ROOT / "docs/security.md").read_text(), re.M)
        self.assertEqual({name: {path.stem for path in run.files_of(name)} for name in fuzzers},
                         {name: set(files.split(", ")) for name, files in rows if name in fuzzers})


if __name__ == "__main__":
    unittest.main(verbosity=1)

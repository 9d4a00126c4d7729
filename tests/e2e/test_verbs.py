#!/usr/bin/env python3
"""The verbs that start nothing: what they print, where, and with which exit code."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import PROGRAM, SOURCE

GOOD = SOURCE / "examples/server/rostrum.yaml"


def rostrum(*words, **more) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, check=False, **more)


class Verbs(unittest.TestCase):
    def test_check_prints_every_finding_on_a_line_and_exits_2(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "show.yaml").write_text(GOOD.read_text().replace("part: 500ms", "part: 200").replace("from: picture", "from: pictur"))
            done = rostrum("check", "show.yaml", cwd=folder)
        line = {word: next(i for i, text in enumerate(GOOD.read_text().split("\n"), 1) if word in text) for word in ("from: picture", "part: 500ms")}
        self.assertEqual(done.stdout.split("\n"), [
            f"show.yaml:{line['from: picture']} streams.\"live/{{name}}\".ladder.from: no node pictur; did you mean picture?",
            f"show.yaml:{line['part: 500ms']} streams.\"live/{{name}}\".hls.part: 200 is no duration; write 200ms", ""])
        self.assertEqual(done.stderr, "show.yaml: 2 errors\n")
        self.assertEqual(done.returncode, 2)

    def test_check_of_a_good_file_says_fine_and_exits_0(self):
        done = rostrum("check", GOOD)
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("", f"{GOOD}: fine\n", 0))

    def test_a_warning_is_marked_and_leaves_exit_0(self):
        text = GOOD.read_text() + "    more:    {kind: decode, from: in.audio}\n"
        done = rostrum("check", "/dev/stdin", input=text)
        self.assertRegex(done.stdout, r'^warning: /dev/stdin:\d+ streams\."live/\{name\}"\.more: nothing reads more, so it does not run\n$')
        self.assertEqual((done.stderr, done.returncode), ("/dev/stdin: fine, 1 warning\n", 0))

    def test_bad_usage_exits_2_and_says_where_help_is(self):
        for words, what in ((["chek"], "no verb chek; there are serve, run"), ([], "a verb is missing"), (["check"], "check: FILE is required (see `rostrum check --help`)"),
                            (["inspect", "lader"], "no kind lader; did you mean ladder?"), (["check", "/nowhere.yaml"], "/nowhere.yaml: 1 error"),
                            (["check", "--plugin", "/nowhere.so", GOOD], "/nowhere.so: no such file")):
            done = rostrum(*words)
            self.assertIn(what, done.stderr)
            self.assertEqual(done.returncode, 2, words)

    def test_inspect_fits_a_terminal_and_knows_doors_too(self):
        for words in ([], ["ladder"], ["llhls"], ["rtmp"]):
            done = rostrum("inspect", *words)
            self.assertEqual(done.returncode, 0)
            self.assertLessEqual(max(map(len, done.stdout.split("\n"))), 80)
        self.assertIn("publisher", rostrum("inspect", "--names").stdout.split("\n"))

    def test_what_is_generated_is_what_is_committed(self):
        self.assertEqual(rostrum("inspect", "--markdown").stdout, (SOURCE / "docs/graph-reference.md").read_text())
        self.assertEqual(json.loads(rostrum("schema").stdout), json.loads((SOURCE / "docs/rostrum.schema.json").read_text()))

    def test_dot_draws_a_service(self):
        self.assertIn('"live/{name}:in" -> "live/{name}:picture" [label="video"];', rostrum("dot", GOOD).stdout)

    def test_completion_of_bash_knows_verbs_kinds_and_files(self):
        script = rostrum("completion", "bash").stdout
        ask = """compopt() { :; }
            ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _rostrum; echo "${COMPREPLY[@]}"; }
            ask rostrum c; ask rostrum inspect la; ask rostrum inspect --m; ask rostrum check REA; ask rostrum completion f; ask rostrum serve --bind R"""
        path = f"{Path(PROGRAM).resolve().parent}:/usr/bin:/bin"
        done = subprocess.run(["bash", "-c", script + ask], capture_output=True, text=True, timeout=60, check=True, cwd=SOURCE, env={"PATH": path})
        self.assertEqual(done.stdout.split("\n"), ["check completion", "ladder", "--markdown", "README.md", "fish", "", ""])

    def test_completion_scripts_of_every_shell_balance_their_quotes(self):
        for shell in ("bash", "zsh", "fish"):
            script = rostrum("completion", shell).stdout
            self.assertIn("check", script)
            for line in script.split("\n"):
                bare = line.replace("'\\''", "").replace("\\'", "")
                self.assertEqual(bare.count("'") % 2, 0, line) if not line.lstrip().startswith("#") else None


if __name__ == "__main__":
    unittest.main()

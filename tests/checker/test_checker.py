#!/usr/bin/env python3
"""Proof of the checker: a right stream passes it, and each deliberately broken one fails it for its own reason."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from broken import LIVE, MUTATIONS, on_segment
from findings import RULES, Findings
from follower import Options
from llhls_check import check
from media_rules import MediaTrack
from synthetic_origin import FIRST, WINDOW, Origin

TOGETHER = 4  # streams checked at a time

# Rules that are judged when the run is over, and so need no longer than it takes to measure.
AT_END = ("multivariant.bandwidth", "multivariant.bandwidth-silly", "multivariant.average", "multivariant.codecs", "multivariant.resolution",
          "multivariant.frame-rate", "playlist.target-differs", "playlist.server-control-differs")
REAL_TIME = {"pace": 0.2}  # where dates are held to the wall clock


def run(rule: str, hooks: dict) -> Findings:
    findings = Findings()
    options = Options(seconds=1.5 if rule in AT_END else 9, slack=0.5, wall=1.0 if rule == "pdt.wall" else None)
    with Origin(hooks, **(REAL_TIME if rule == "pdt.wall" else {})) as origin:
        check(origin.url, options, findings, lambda: rule not in AT_END and rule in findings.rules())
    return findings


class Broken(unittest.TestCase):
    """One test a mutation, made below; they run some at a time, ahead of the tests that wait for them."""

    @classmethod
    def setUpClass(cls):
        cls.pool = ThreadPoolExecutor(TOGETHER)
        cls.runs = [cls.pool.submit(run, rule, hooks) for rule, _, hooks in MUTATIONS]

    @classmethod
    def tearDownClass(cls):
        cls.pool.shutdown(cancel_futures=True)


def make_test(index: int, rule: str, what: str):
    def test(self):
        findings = self.runs[index].result()
        self.assertIn(rule, findings.rules(), f"{what}: found only\n" + "\n".join(item.line() for item in findings.items))
    test.__doc__ = f"{rule}: {what}"
    return test


for number, (name, story, _) in enumerate(MUTATIONS):
    setattr(Broken, f"test_{number:03d}_{name}", make_test(number, name, story))


class Slewed(unittest.TestCase):
    def moved(self, milliseconds: float, lasted: float) -> set:
        """What is found where a date moves against media time, after a segment that `lasted` and before one of half a second."""
        findings = Findings()
        track = MediaTrack("video", SimpleNamespace(segment=lambda *_: None), findings)
        init = SimpleNamespace(timescale=1000, handler="soun")
        for msn, start, duration, moved in (1, 0, lasted, 0), (2, lasted, 0.5, milliseconds / 1000):
            media = SimpleNamespace(samples=[SimpleNamespace(duration=20)], first_pts=lambda start=start: 1000 * start)
            track.check_time(SimpleNamespace(msn=msn, dsn=0, pdt=1e6 + start + moved, duration=duration), media, init, f"msn {msn}")
        return findings.rules()

    def test_a_date_may_move_with_the_time_since_the_one_before(self):
        self.assertEqual(self.moved(5, lasted=2), set())
        self.assertEqual(self.moved(-5, lasted=2), set())
        self.assertEqual(self.moved(8, lasted=2), {"pdt.mapping"})
        self.assertEqual(self.moved(-8, lasted=2), {"pdt.overlap"})


class Right(unittest.TestCase):
    def clean(self, seconds: float, wall=None, **origin_options) -> dict:
        with Origin(**origin_options) as origin:
            findings, summary = check(origin.url, Options(seconds, slack=1.0, wall=wall))
        self.assertEqual([item.line() for item in findings.items], [])
        return summary

    def test_a_right_stream_passes_and_every_question_was_asked(self):
        summary = self.clean(5)
        self.assertEqual(len(summary), 3)
        for name, row in summary.items():
            self.assertTrue(row["all_probes_done"], name)
            self.assertGreater(row["delta_updates"], 5, name)
            self.assertGreater(row["segments"], 8, name)

    def test_a_right_stream_passes_against_the_wall_clock(self):
        self.clean(4, wall=1.0, **REAL_TIME)

    def test_a_right_stream_with_a_discontinuity_in_all_renditions_passes(self):
        self.clean(3, hooks=on_segment(lambda s: setattr(s, "discontinuity", s.msn in (FIRST + 2, LIVE + 2))))

    def test_a_right_stream_that_ends_passes(self):
        def end(halt, context):
            if context["origin"].step >= 6 * (WINDOW + 4):
                context["origin"].end()
                return True
            return halt
        self.clean(3, hooks={"halt": end})

    def test_every_rule_is_proved_by_a_mutation(self):
        self.assertEqual(set(RULES) - {rule for rule, _, _ in MUTATIONS}, set())


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""A strict LL-HLS checker: follows all renditions of a stream at the live edge and says everything that is against the rules.

Exit 0: nothing found; 1: findings; 2: bad usage. Needs nothing but Python's standard library.
"""

import argparse
import http.client
import json
import sys
import time
from urllib.parse import urlsplit

import http_rules
import multivariant_rules
from fetch import Client
from findings import RULES, Findings
from follower import Board, Follower, Options
from media_rules import Shared
from playlist import parse_multivariant
from probes import Prober


def check(url: str, options: Options, findings: Findings = None, enough=lambda: False) -> tuple:
    """(Findings, summary). `enough` is asked often and ends the run early; what was seen is still judged."""
    findings = findings or Findings()
    client = Client()
    try:
        answer = client.request(url)
    except (OSError, http.client.HTTPException) as error:
        findings.add("run.connection", "multivariant", f"{type(error).__name__}: {error}")
        return findings, {}
    finally:
        client.close()
    if not http_rules.check_common(answer, "playlist", "multivariant", findings.add):
        return findings, {}
    http_rules.check_plain_cache(answer, "multivariant", findings.add)
    playlist = parse_multivariant(answer.body, lambda rule, text: findings.add(rule, "multivariant", text))
    multivariant_rules.check(url, playlist, findings.add)
    board, shared = Board(), Shared(findings)
    followers = {rendition: Follower(name, rendition, board, shared, findings, options)
                 for rendition, name in multivariant_rules.renditions(url, playlist).items()}
    for rendition, follower in followers.items():
        follower.others = [other for other in followers if other != rendition]
    probers = [Prober(follower, url) for follower in followers.values()]
    for thread in (*followers.values(), *probers):
        thread.start()
    ended = lambda: all(not follower.is_alive() for follower in followers.values())
    end = time.monotonic() + options.seconds
    while time.monotonic() < end and not enough() and not ended():
        time.sleep(0.05)
    for thread in (*followers.values(), *probers):
        thread.stop()
    for thread in (*followers.values(), *probers):
        thread.join(10)
    compare_renditions(followers, findings.add)
    multivariant_rules.check_measured(url, newest(url, findings) or playlist, followers, findings.add)
    return findings, summary(followers, probers)


def newest(url: str, findings: Findings):
    """The multivariant playlist at the end: a live server learns what passes through it."""
    client = Client()
    try:
        answer = client.request(url)
        if answer.status == 200:
            return parse_multivariant(answer.body, lambda rule, text: findings.add(rule, "multivariant", text))
    except (OSError, http.client.HTTPException):
        pass  # gone with its stream, or with its server, which the followers have told
    finally:
        client.close()
    return None


def compare_renditions(followers: dict, add) -> None:
    known = [follower for follower in followers.values() if follower.playlist]
    for follower in known[1:]:
        mine, first = follower.playlist, known[0].playlist
        if mine.target != first.target:
            add("playlist.target-differs", follower.name, f"EXT-X-TARGETDURATION {mine.target}, {first.target} in {known[0].name}")
        if mine.control != first.control:
            add("playlist.server-control-differs", follower.name, f"{mine.control}, {first.control} in {known[0].name}")


def summary(followers: dict, probers: list) -> dict:
    return {follower.name: {"reloads": follower.reloads, "delta_updates": follower.deltas, "parts": follower.parts,
                            "segments": len(follower.track.measured.segments), "all_probes_done": prober.finished,
                            "bits_per_second": round(follower.track.measured.average())}
            for follower, prober in zip(followers.values(), probers)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog="exit: 0 nothing found, 1 findings, 2 bad usage")
    parser.add_argument("url", nargs="?", help="of a multivariant playlist")
    parser.add_argument("--seconds", type=float, default=60, help="how long to follow (default 60)")
    parser.add_argument("--slack", type=float, default=1.0, help="seconds that the machine may be late (default 1)")
    parser.add_argument("--wall", type=float, metavar="SECONDS", help="hold PROGRAM-DATE-TIME to the wall clock this near")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    parser.add_argument("--rules", action="store_true", help="print all rules and exit")
    arguments = parser.parse_args()
    if arguments.rules:
        for rule, (section, text) in RULES.items():
            print(f"{rule:36} {section:24} {text}")
        return 0
    if not arguments.url or urlsplit(arguments.url).scheme not in ("http", "https") or arguments.seconds <= 0:
        parser.error("wanted: the http(s) URL of a multivariant playlist, and more than 0 seconds")
    findings, seen = check(arguments.url, Options(arguments.seconds, arguments.slack, arguments.wall))
    if arguments.json:
        rows = [{"rule": f.rule, "section": RULES[f.rule][0], "place": f.place, "text": f.text, "count": f.count} for f in findings.items]
        print(json.dumps({"findings": rows, "renditions": seen}, indent=2))
    else:
        for finding in sorted(findings.items, key=lambda f: f.rule):
            print(finding.line())
        for name, row in seen.items():
            print(f"{name}: {row['parts']} parts, {row['segments']} segments, {row['reloads']} reloads, {row['delta_updates']} delta updates, {row['bits_per_second']} bit/s")
        print(f"{len(findings.items)} findings")
    return 1 if findings.items else 0


if __name__ == "__main__":
    sys.exit(main())

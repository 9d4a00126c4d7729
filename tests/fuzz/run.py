#!/usr/bin/env python3
"""Runs the fuzzers of a build, keeps what they find small, and says how much of each parser the kept inputs reach.

    run.py BUILD [NAME...]                     each for a minute
    run.py BUILD [NAME...] --seconds 600       each for so long
    run.py BUILD [NAME...] --until-quiet 15    each until no new edge was seen for so many CPU-minutes
    run.py BUILD [NAME...] --keep              only: adds to the tree, from what was found, what reaches edges that nothing there reaches
    run.py BUILD [NAME...] --coverage          only: the report
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "tests/fuzz/corpus"
WANTED = 90  # percent of a parser's lines
SLICE = 60  # seconds between looks at what was found

# What each fuzzer is there for; {a,b} as in a shell.
PARSERS = {
    "codec_config": "lib/codec/{audio,av1,avc,describe,hevc}.cpp",
    "forwarded": "lib/net/{forwarded,cidr}.cpp lib/base/uri.cpp",
    "graph_file": "lib/graph/{address,check,check_nodes,check_service,doors,environment,findings,json,links,nodes,order,parse,read,references,"
                  "source,tree,yaml}.cpp",
    "http2_session": "lib/net/{http2,http2_stream}.cpp",
    "http_conditions": "lib/net/http_conditions.cpp",
    "http_request": "lib/net/http_parser.cpp",
    "http_session": "lib/net/{http1,http_exchange,http_head}.cpp",
    "llhls_query": "plugins/llhls/ask.cpp",
    "rtmp_amf": "plugins/rtmp/{amf0,amf3}.cpp",
    "rtmp_chunks": "plugins/rtmp/chunk_reader.cpp",
    "rtmp_handshake": "plugins/rtmp/{handshake,handshake_digest}.cpp",
    "rtmp_media": "plugins/rtmp/{access_unit,flv_tag,obu,parameter_sets,publication,sequence_header,track_input}.cpp",
    "rtmp_session": "plugins/rtmp/{command,session,session_commands,stream_name}.cpp",
    "websocket_frames": "lib/net/websocket_reader.cpp lib/base/utf8.cpp",
    "websocket_session": "lib/net/{websocket_endpoint,websocket_handshake,websocket_message,websocket_session}.cpp",
}


def files_of(name):
    for pattern in PARSERS[name].split():
        folder, words, end = re.fullmatch(r"(.*?)(?:\{(.*)\})?([^{}]*)", pattern).groups()
        for word in words.split(",") if words else [""]:
            path = ROOT / f"{folder}{word}{end}"
            if path.exists():
                yield path


class Fuzzer:
    def __init__(self, build, program):
        self.program = program
        self.name = program.name.removeprefix("fuzz_")
        self.found = build / "corpus" / program.name
        self.kept = KEPT / program.name
        self.found.mkdir(parents=True, exist_ok=True)
        self.kept.mkdir(parents=True, exist_ok=True)
        if self.name not in PARSERS:
            sys.exit(f"{self.name}: which parser is it for? PARSERS in {__file__} does not say")

    def run(self, seconds):
        """Its output, and the processor time that it took. Ends the campaign when it finds something."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [self.program, f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048",
                   f"-artifact_prefix={self.found}/", self.found, self.kept]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=os.environ | {"LLVM_PROFILE_FILE": "/dev/null"})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(f"{self.name} has found something:\n{done.stderr[-6000:]}")
        return done.stderr, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def campaign(self, seconds, quiet):
        edges, runs, spent, last_new = 0, 0, 0.0, 0.0
        end = time.monotonic() + (seconds or 1 << 30)
        while time.monotonic() < end:
            output, cpu = self.run(min(SLICE, max(1, int(end - time.monotonic()))))
            spent += cpu
            runs += int(re.search(r"number_of_executed_units:\s*(\d+)", output)[1])
            reached = max(map(int, re.findall(r"cov: (\d+)", output)), default=0)
            if reached > edges:
                edges, last_new = reached, spent
            if quiet and spent - last_new >= quiet * 60:
                break
        print(f"{self.name}: {edges} edges, {runs} runs, {spent / 60:.1f} CPU-minutes, the last {(spent - last_new) / 60:.1f} without a new edge", flush=True)

    def keep(self):
        """The seeds stay; of what was found, the fewest inputs that reach further come beside them."""
        with tempfile.TemporaryDirectory() as folder:
            merged = pathlib.Path(folder) / "merged"
            shutil.copytree(self.kept, merged)
            before = set(os.listdir(merged))
            subprocess.run([self.program, "-set_cover_merge=1", "-use_counters=0", merged, self.found], check=True, capture_output=True,
                           env=os.environ | {"LLVM_PROFILE_FILE": "/dev/null"})
            new = set(os.listdir(merged)) - before
            for name in new:
                shutil.copy(merged / name, self.kept / name[:12])
        print(f"{self.name}: {len(new)} more inputs kept, {sum(p.stat().st_size for p in self.kept.iterdir())} bytes in all", flush=True)

    def coverage(self, folder):
        """Percent of the lines of its parsers, and the same by file, that the inputs in the tree reach."""
        raw, data = folder / f"{self.name}.profraw", folder / f"{self.name}.profdata"
        subprocess.run([self.program, "-runs=0", self.kept], check=True, capture_output=True, env=os.environ | {"LLVM_PROFILE_FILE": str(raw)})
        subprocess.run([tool("llvm-profdata"), "merge", "-sparse", raw, "-o", data], check=True)
        exported = subprocess.run([tool("llvm-cov"), "export", "-summary-only", self.program, f"-instr-profile={data}", *files_of(self.name)],
                                  check=True, capture_output=True, text=True)
        files = {pathlib.Path(row["filename"]).resolve(): row["summary"]["lines"] for row in json.loads(exported.stdout)["data"][0]["files"]}
        rows = [(path, files.get(path, {"count": 0, "covered": 0})) for path in files_of(self.name)]
        total, covered = (sum(row[key] for _, row in rows) for key in ("count", "covered"))
        return 100 * covered / max(total, 1), total, rows


def tool(name):
    for version in ("-14", "-19", ""):
        if found := shutil.which(name + version):
            return found
    sys.exit(f"{name} is missing: apt-get install llvm")


def report(fuzzers):
    print("| fuzzer | its parser | inputs | lines | reached |\n| --- | --- | --- | --- | --- |")
    poor = []
    with tempfile.TemporaryDirectory() as folder:
        for fuzzer in fuzzers:
            percent, total, rows = fuzzer.coverage(pathlib.Path(folder))
            print(f"| {fuzzer.name} | {', '.join(path.stem for path, _ in rows)} | {len(list(fuzzer.kept.iterdir()))} | {total} | {percent:.1f} % |", flush=True)
            if percent < WANTED:
                poor.append(fuzzer.name)
                for path, row in rows:
                    if row["covered"] < row["count"]:
                        print(f"    {path.relative_to(ROOT)}: {row['covered']} of {row['count']}", file=sys.stderr)
    if poor:
        sys.exit(f"below {WANTED} %: {', '.join(poor)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--seconds", type=int)
    what.add_argument("--until-quiet", type=float, metavar="CPU_MINUTES")
    what.add_argument("--keep", action="store_true")
    what.add_argument("--coverage", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    programs = sorted(p for p in (build / "tests/fuzz").glob("fuzz_*") if p.is_file() and os.access(p, os.X_OK))
    fuzzers = [Fuzzer(build, p) for p in programs if not options.names or p.name.removeprefix("fuzz_") in options.names]
    if unknown := set(options.names) - {fuzzer.name for fuzzer in fuzzers}:
        sys.exit(f"no fuzzer {', '.join(unknown)}; there are: {' '.join(p.name.removeprefix('fuzz_') for p in programs)}")
    if options.coverage:
        return report(fuzzers)
    for fuzzer in fuzzers:
        if options.keep:
            fuzzer.keep()
        else:
            fuzzer.campaign(options.seconds or (None if options.until_quiet else 60), options.until_quiet)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs the fuzzers of a build, keeps what they find small, and says how much of each parser the kept inputs reach.

    run.py BUILD [NAME...]                     each for a minute
    run.py BUILD [NAME...] --seconds 600       each for so long
    run.py BUILD [NAME...] --until-quiet 15    each until no new edge was seen for so many CPU-minutes; goes on where an earlier run stopped
    run.py BUILD [NAME...] --state             only: how long each has been fuzzed, and how long without a new edge
    run.py BUILD [NAME...] --keep              only: adds to the tree what was a fault, and what reaches edges that nothing there reaches
    run.py BUILD [NAME...] --coverage          only: the report
"""

import argparse
import hashlib
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
FAULTS = ("crash-", "leak-", "oom-", "timeout-")  # what libFuzzer calls an input that was one
TIMEOUT = 10  # seconds of processor time that one input may take

# What each fuzzer is there for; {a,b} as in a shell. What faces strangers most comes first, here and in a run.
PARSERS = {
    "http_session": "lib/net/{http1,http_exchange,http_head}.cpp",
    "http_request": "lib/net/http_parser.cpp",
    "http2_session": "lib/net/{http2_answers,http2_requests,http2_session,http2_stream}.cpp",
    "tls_session": "lib/net/{ticket_keys,tls_server,tls_session}.cpp",
    "rtmp_session": "plugins/rtmp/{command,session,session_commands,stream_name}.cpp",
    "rtmp_chunks": "plugins/rtmp/chunk_reader.cpp",
    "rtmp_media": "plugins/rtmp/{access_unit,flv_tag,obu,parameter_sets,publication,sequence_header,track_input}.cpp",
    "rtmp_handshake": "plugins/rtmp/{handshake,handshake_digest}.cpp",
    "rtmp_amf": "plugins/rtmp/{amf0,amf3}.cpp",
    "websocket_session": "lib/net/{websocket_endpoint,websocket_handshake,websocket_message,websocket_session}.cpp",
    "websocket_frames": "lib/net/websocket_reader.cpp lib/base/utf8.cpp",
    "http_names": "lib/http/names.cpp",
    "llhls_query": "plugins/llhls/ask.cpp",
    "accept_encoding": "plugins/llhls/accept_encoding.cpp",
    "codec_config": "lib/codec/{audio,av1,avc,describe,hevc}.cpp",
    "forwarded": "lib/net/{forwarded,cidr}.cpp lib/base/uri.cpp",
    "http_conditions": "lib/net/http_conditions.cpp",
    "graph_file": "lib/graph/{address,check,check_nodes,check_service,doors,environment,findings,json,links,nodes,order,parse,read,references,"
                  "source,tree,yaml}.cpp lib/base/{params,units}.cpp",
}


def files_of(name):
    for pattern in PARSERS[name].split():
        folder, words, end = re.fullmatch(r"(.*?)(?:\{(.*)\})?([^{}]*)", pattern).groups()
        for word in words.split(",") if words else [""]:
            path = ROOT / f"{folder}{word}{end}"
            if not path.exists():
                sys.exit(f"{name}: no file {path.relative_to(ROOT)}; PARSERS in {__file__} names it")
            yield path


class Fault(Exception):
    """An input that the parser, or the oracle, did not stand."""


class Fuzzer:
    def __init__(self, build, program):
        self.program = program
        self.name = program.name.removeprefix("fuzz_")
        self.found = build / "corpus" / program.name
        self.kept = KEPT / program.name
        self.record = build / "corpus" / f"{program.name}.json"
        self.found.mkdir(parents=True, exist_ok=True)
        self.kept.mkdir(parents=True, exist_ok=True)
        if self.name not in PARSERS:
            sys.exit(f"{self.name}: which parser is it for? PARSERS in {__file__} does not say")

    def start(self, *arguments):
        """How it ended, with its output, and the processor time that it took."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, errors="replace",
                              env=os.environ | {"LLVM_PROFILE_FILE": "/dev/null"})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def run(self, seconds):
        """Its output, and the processor time that it took. Throws Fault where it finds something."""
        done, cpu = self.start(f"-max_total_time={seconds}", "-print_final_stats=1", f"-timeout={TIMEOUT}", "-rss_limit_mb=2048",
                               f"-artifact_prefix={self.found}/", self.found, self.kept)
        if done.returncode != 0:
            slow = re.search(r"Test unit written to (\S*/timeout-\w+)", done.stderr)
            if not slow:
                raise Fault(done.stderr[-6000:])
            # libFuzzer looks at the wall's clock, and a busy machine's process may have stood still: ask again, by the processor's.
            again, spent = self.start(f"-timeout={100 * TIMEOUT}", slow[1])
            if again.returncode != 0 or spent > TIMEOUT:
                raise Fault(f"{spent:.0f} s of processor time for {slow[1]}\n{again.stderr[-6000:]}")
            os.remove(slow[1])
        return done.stderr, cpu

    def state(self):
        """What was spent on this very program, over all runs: other code has other edges, and begins anew."""
        program = hashlib.sha256(self.program.read_bytes()).hexdigest()
        try:
            state = json.loads(self.record.read_text())
        except FileNotFoundError:
            state = {}
        return state if state.get("program") == program else {"program": program, "edges": 0, "runs": 0, "cpu": 0.0, "last_new": 0.0}

    def write(self, state):
        fresh = self.record.with_suffix(".new")
        fresh.write_text(json.dumps(state))
        fresh.replace(self.record)

    def campaign(self, seconds, quiet):
        """Until the time is up, or no new edge was seen for so many minutes of its processor time."""
        state = self.state()
        end = time.monotonic() + (seconds or 1 << 30)
        while time.monotonic() < end and not (quiet and state["cpu"] - state["last_new"] >= quiet * 60):
            output, cpu = self.run(min(SLICE, max(1, int(end - time.monotonic()))))
            state["cpu"] += cpu
            state["runs"] += int(re.search(r"number_of_executed_units:\s*(\d+)", output)[1])
            reached = max(map(int, re.findall(r"cov: (\d+)", output)), default=0)
            if reached > state["edges"]:  # some time in this slice: its end is the latest that it can have been
                state["edges"], state["last_new"] = reached, state["cpu"]
            self.write(state)
        print(f"{self.name}: {self.told(state)}", flush=True)

    @staticmethod
    def told(state):
        return (f"{state['edges']} edges, {state['runs']:,} runs, {state['cpu'] / 60:.1f} CPU-minutes, "
                f"the last {(state['cpu'] - state['last_new']) / 60:.1f} without a new edge")

    def keep(self):
        """The seeds stay. Beside them comes what was a fault, so that it is replayed from now on, and the fewest inputs that reach further."""
        faults = [self.keep_fault(path) for path in sorted(self.found.iterdir()) if path.name.startswith(FAULTS)]
        with tempfile.TemporaryDirectory() as folder:
            merged = pathlib.Path(folder) / "merged"
            shutil.copytree(self.kept, merged)
            before = set(os.listdir(merged))
            subprocess.run([self.program, "-set_cover_merge=1", "-use_counters=0", merged, self.found], check=True, capture_output=True,
                           env=os.environ | {"LLVM_PROFILE_FILE": "/dev/null"})
            new = set(os.listdir(merged)) - before
            for name in new:
                shutil.copy(merged / name, self.kept / name[:12])
        print(f"{self.name}: {len(new)} more inputs and {sum(faults)} faults kept, {sum(p.stat().st_size for p in self.kept.iterdir())} bytes in all", flush=True)

    def keep_fault(self, path):
        """Under its own name, as small as half a minute makes it while it is still a fault; one that is mended stays as it is. Is it new there?"""
        name = path.name[: path.name.index("-") + 13]
        if (self.kept / name).exists():
            return False
        with tempfile.TemporaryDirectory() as folder:
            small = pathlib.Path(folder) / "small"
            self.start("-minimize_crash=1", "-max_total_time=30", f"-timeout={TIMEOUT}", "-rss_limit_mb=2048", f"-artifact_prefix={folder}/",
                       f"-exact_artifact_path={small}", path)
            shutil.copy(small if small.exists() else path, self.kept / name)
        return True

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
    what.add_argument("--state", action="store_true")
    what.add_argument("--keep", action="store_true")
    what.add_argument("--coverage", action="store_true")
    options = parser.parse_intermixed_args()
    build = options.build.resolve()
    programs = [p for p in (build / "tests/fuzz").glob("fuzz_*") if p.is_file() and os.access(p, os.X_OK)]
    fuzzers = {fuzzer.name: fuzzer for fuzzer in (Fuzzer(build, p) for p in programs)}
    if unknown := set(options.names) - set(fuzzers):
        sys.exit(f"no fuzzer {', '.join(unknown)}; there are: {' '.join(sorted(fuzzers))}")
    fuzzers = [fuzzers[name] for name in options.names or PARSERS if name in fuzzers]
    if options.coverage:
        return report(fuzzers)
    faulty = []
    for fuzzer in fuzzers:
        if options.keep:
            fuzzer.keep()
        elif options.state:
            print(f"{fuzzer.name}: {fuzzer.told(fuzzer.state())}")
        else:
            try:
                fuzzer.campaign(options.seconds or (None if options.until_quiet else 60), options.until_quiet)
            except Fault as fault:
                faulty.append(fuzzer.name)
                print(f"{fuzzer.name} has found something:\n{fault}", file=sys.stderr, flush=True)
    if faulty:
        sys.exit(f"to mend, each with its input in {build}/corpus: {', '.join(faulty)}")


if __name__ == "__main__":
    main()

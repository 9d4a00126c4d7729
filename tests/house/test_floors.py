#!/usr/bin/env python3
"""The house keeps its floors: an include from a wrong floor fails here, with the line and the rule."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder -> folders of lib/ that it may include; floor 0 (<rostrum/...>) is open to all.
LIB = {
    "base": {"base"},
    "codec": {"base", "codec"},
    "registry": {"base", "codec", "registry"},
    "graph": {"base", "codec", "registry", "graph"},
    "net": {"base", "codec", "net"},
    "pipeline": {"base", "codec", "registry", "graph", "pipeline"},
    "engine": {"base", "codec", "registry", "graph", "net", "pipeline", "engine"},
    "http": {"base", "codec", "registry", "graph", "net", "pipeline", "engine", "http"},
}
# Libraries that must stay where they are: header pattern -> folders that may include it.
FOREIGN = {
    r"boost/": {"lib/net"},
    r"yaml-cpp/": {"lib/graph"},
    r"nlohmann/": {"lib/graph", "lib/http", "lib/engine"},
    r"gst/": {"lib/pipeline", "plugins/*", "include/rostrum/gst.hpp"},
    r"openssl/": {"lib/net", "plugins/*"},
    r"nghttp2/": {"lib/net"},
    r"CLI/": {"examples"},
    r"libsoup/": {"lib/http/soup", "examples/05-soup"},
}
TOP = {
    "CMakeLists.txt", "include", "lib", "plugins", "examples", "bindings", "tests", "docs", "README.md", "LICENSE", "CHANGELOG.md",
    "CONTRIBUTING.md", "CMakePresets.json", "run", ".ci", ".clang-format", ".clang-tidy", ".gitignore", ".git", "build",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".cpp", ".hpp"} and "node_modules" not in path.parts:
                yield path


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2]


def allowed_foreign(path, places):
    relative = path.relative_to(ROOT).as_posix()
    return any(re.match(place.replace("*", "[^/]+") + r"(/|$)", relative) for place in places)


def floor_findings(files):
    found = []
    for path in files:
        relative = path.relative_to(ROOT).as_posix()
        parts = relative.split("/")
        for number, quote, name in includes(path):
            place = f"{relative}:{number} {name}"
            for pattern, places in FOREIGN.items():
                if re.match(pattern, name) and not allowed_foreign(path, places):
                    found.append(f"{place}: only {', '.join(sorted(places))} may include it")
            if quote == "<":
                continue
            first = name.split("/")[0]
            if parts[0] == "include":
                found.append(f"{place}: the API includes <rostrum/...> and the standard library only")
            elif parts[0] == "lib":
                if "/" not in name or first not in LIB:
                    found.append(f"{place}: write it as \"folder/file.hpp\"")
                elif first not in LIB[parts[1]]:
                    found.append(f"{place}: lib/{parts[1]} may not include lib/{first}")
            elif parts[0] == "plugins":
                if first in LIB and "/" in name or ("/" in name and first != parts[1]):
                    found.append(f"{place}: a plugin includes <rostrum/...> and its own folder only")
            elif parts[0] == "examples" and first in LIB:
                found.append(f"{place}: examples include <rostrum/...> only")
    return found


class Floors(unittest.TestCase):
    def test_every_include_is_from_an_allowed_floor(self):
        self.assertEqual([], floor_findings(sources("include", "lib", "plugins", "examples")))

    def test_a_wrong_include_would_be_found(self):
        wrong = ROOT / "lib/base/wrong_floor_probe.cpp"
        try:
            wrong.write_text('#include "engine/stream.hpp"\n#include <boost/asio.hpp>\n')
            self.assertEqual(2, len(floor_findings([wrong])))
        finally:
            wrong.unlink()

    def test_only_what_belongs_stands_at_the_top(self):
        here = {p.name for p in ROOT.iterdir()}
        self.assertEqual(set(), here - TOP)

    def test_the_page_of_a_machine_stays_out(self):
        bad = re.compile(r"(^|[^\w./-])/(root|home)/\w")
        found = [f"{p.relative_to(ROOT)}" for p in sources("include", "lib", "plugins", "examples", "tests") if bad.search(p.read_text())]
        self.assertEqual([], found)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))

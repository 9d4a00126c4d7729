"""Graph files in YAML and JSON."""

from corpus import ROOT, keep


def graphs():
    texts = {
        "service.yaml": (ROOT / "examples/server/rostrum.yaml").read_text(),
        "graph.yaml": "rostrum: 1\nstream: live/demo\nnodes:\n  in: {kind: test, size: 1280x720}\n  picture: {kind: encode, from: in.video, codec: h264, bitrate: 2500k}\n"
                      "  hls:\n    kind: llhls\n    from: [picture]\n    part: 500ms\n",
        "graph.json": '{"rostrum": 1, "stream": "live/demo", "nodes": {"in": {"kind": "test"}, "h": {"kind": "llhls", "from": ["in.video"], "window": 3, "x": [1.5e3, true, null, "\\u20ac"]}}}',
        "doors.yaml": 'rostrum: 1\nlisten:\n  https: {bind: "[::1]:8443", certificate: a.pem, key: b.pem}\n  rtmp: [{bind: "0.0.0.0:1935", idle: 5s}, {bind: ":x"}]\n  gopher: {}\n'
                      'trusted_proxies: ["10.0.0.0/8", 7]\nstreams:\n  "live/{name}": {in: {kind: publisher}, hls: {kind: llhls, from: in.video}}\n  "live/{name}": {}\n  "x": {}\n',
        "wrong.yaml": "rostrum: 2\nnodes:\n  a: {kind: ladder, from: b, rungs: [{name: x, height: 7, bitrate: fast}, 3]}\n  b: {kind: scale, from: a, size: 12}\n  c: {kind: nothing}\n"
                      "  c: &x {kind: llhls, from: *x, part: ${NOT_SET}, parts: 1}\n  d: {from: [a.q, zz, a.x.y]}\n",
        "cycle.yaml": "rostrum: 1\nnodes: {a: {kind: scale, from: b}, b: {kind: scale, from: a}, h: {kind: llhls, from: a}}",
        "variable.yaml": "rostrum: 1\nnodes:\n  in: {kind: test, text: \"${HOME}$${x}${\"}\n  h: {kind: llhls, from: in}",
        "quoted.yaml": "%YAML 1.2\n---\nrostrum: 1 # one\nnodes:\n  'in': {kind: \"te\\x73t\", note: |\n    two\n    lines\n  }\n",
        "deep.json": '{"a":' * 40 + "1" + "}" * 40,
        "two.json": '{"rostrum": 1, "rostrum": 1} x',
        "latin.yaml": "rostrum: 1\nstream: caf\udce9\n",
    }
    node = lambda name, **values: f"  {name}: {{{', '.join(f'{key}: {value}' for key, value in values.items())}}}\n"
    graph = lambda *nodes: "rostrum: 1\nnodes:\n" + "".join(nodes)
    publisher, test, devices = node("in", kind="publisher"), node("t", kind="test"), node("dev", kind="odd.devices")
    picture = node("picture", kind="decode", **{"from": "in.video"})
    reads = lambda name, kind, source, **values: node(name, kind=kind, **{"from": source}, **values)
    fan = lambda legs, source="t.video": graph(test, reads("f", "odd.fan", source, legs=legs), reads("end", "discard", "f"))
    texts |= {
        "mismatch.yaml": graph(publisher, test, devices, reads("a", "scale", "in.video"), reads("b", "llhls", "t.video"), reads("c", "scale", "t.audio"),
                               reads("d", "encode", "t.audio", codec="h264", bitrate="1M"), reads("e", "encode", "[t.video, t.audio]", codec="aac"),
                               reads("f", "scale", "[t.video, dev.picture]"), reads("g", "discard", "[t.video, t.video, a, zz]"), reads("h", "scale", "g")),
        "carry.yaml": graph(publisher, test, reads("v", "encode", "t.video", codec="hevc", bitrate="2M"), node("film", kind="odd.film"),
                            node("vp9", kind="odd.film", codec="vp9"), reads("call", "odd.call", "[in, v]"), reads("film_call", "odd.call", "film"),
                            reads("vp9_hls", "llhls", "vp9"), reads("radio", "odd.radio", "in.video", **{"for": "3s"}),
                            reads("picture_radio", "odd.radio", "t.audio", codec="h264", **{"for": "3s"}), reads("loud", "odd.radio", "film", loudness="1e3")),
        "both_tracks.yaml": graph(publisher, reads("which", "decode", "in"), reads("l", "ladder", "which", rungs="[3, {name: x, height: 90}]"),
                                  reads("every", "discard", "[" + ", ".join(["in"] * 3) + "]")),
        "mix.yaml": graph(devices, reads("mix", "odd.mix", "[dev.picture, dev.sound, dev.events]"), reads("half", "odd.mix", "dev.picture"),
                          reads("both", "decode", "dev"), reads("text", "scale", "dev.events"), node("none", kind="scale"), node("source", kind="test", **{"from": "dev"}),
                          reads("kept", "discard", "[mix, half]"), reads("sound", "odd.radio", "[mix.events, dev.sound]", **{"for": "5"})),
        "legs.yaml": fan("[{name: a, kind: scale, set: height, to: 90, hidden: true}, {name: b, kind: scale, from: a}]"),
        "legs_hidden.yaml": graph(test, reads("f", "odd.fan", "t.video", legs="[{name: a, kind: scale, hidden: true}]"), reads("end", "discard", "[f, f.a, f.a.out, f.z, t.q, g.q]")),
        "legs_unknown.yaml": fan("[{name: a, kind: nothing}]"),
        "legs_again.yaml": fan("[{name: a, kind: odd.fan}]"),
        "legs_elsewhere.yaml": fan("[{name: /a, kind: scale}]"),
        "legs_unset.yaml": fan("[{name: a, kind: scale, set: height, to: tall}]"),
        "legs_nameless.yaml": fan('[{name: "", kind: scale}]'),
        "legs_checked.yaml": fan("[{name: a, kind: scale, to: odd}, {name: b, kind: scale, to: even}]"),
        "legs_circle.yaml": fan("[{name: a, kind: scale, from: b}, {name: b, kind: scale, from: a}]"),
        "circles.yaml": graph(reads("self", "scale", "self"), *(reads(f"n{i}", "scale", f"n{(i + 1) % 7}") for i in range(7)), reads("tail", "scale", "n3")),
        "unread.yaml": graph(publisher, picture, reads("l", "ladder", "picture", rungs="[{name: x, height: 90, bitrate: 1M}, {name: y, height: 80, bitrate: 1M}]"),
                             reads("h", "llhls", "l.x")),
        "shapes.yaml": graph(node("Bad name", kind="test"), "  flat: text\n", "  kindless: {form: x}\n", node("near", kind="tset"), node("far", kind="{}"), node("nothing", kind=""),
                             node("list", kind="ladder", **{"from": "near"}, rungs="x"), node("map", kind="scale", **{"from": "{}"}, height="[1]"), reads("l", "scale", "")),
        "empty.yaml": "rostrum: 1\nstream: {}\nnodes: {}\n",
        "no_version.yaml": "streams: {}\nlisten: []\nadmission: x\n",
        "old.yaml": "rostrum: one\nnode: {}\nstream: live\n",
        "graph_in_service.yaml": "rostrum: 99\nnodes: []\nlisten: {}\n",
        "binds.yaml": "rostrum: 1\nlisten:\n  http: ["
                      + ", ".join(f'{{bind: "{bind}"}}' for bind in ("0.0.0.0:80", "127.0.0.1:80", "[::]:80", "[::1]:80", "::1", "10.0.0.1", "*:80", "localhost:80", "::1:80", "x:80",
                                                                    "[x]:80", "1.2.3.4:99999", "8080", "1.2.3.4:0"))
                      + "]\n  https: [{bind: \"0.0.0.0:443\", certificate: one, key: one}, {bind: \"0.0.0.0:444\", certificate: a.pem, key: b}, x]\n  htp: {}\n  rtmp: {bend: x}\n"
                        "trusted_proxies: [x, \"10.0.0.0/99\", \"::/x\", \"::1\"]\n",
        "templates.yaml": "rostrum: 1\nadmission: [{use: webhook}, {ask: x}, y]\nstreams:\n"
                          + "".join(f'  "{name}":\n    in: {{kind: publisher}}\n    h: {{kind: llhls, from: in}}\n' for name in ("live/{name}", "live/x", "{app}/x", "{app}/{name}", "a/b/c", "./x"))
                          + '  "two/{n}": {a: {kind: publisher}, b: {kind: publisher}}\n  "none/{n}": {a: {kind: test}}\n  "odd/{n}": {a: {kind: nothing}}\n',
        "variables.yaml": "rostrum: 1\nstream: live/${PATH}\nnodes:\n  a: {kind: test, size: \"${PATH}\", rate: \"${1}\", paced: \"$${\", pattern: \"${\"}\n",
        "control.json": '{"a": "\\u001b", "b": -1}',
        "broken.json": '{"a": -1, "b": false,\n "c": {"d" 1}}',
        "list.json": ' [1]',
        "null.yaml": "~",
        "scalar.yaml": "rostrum",
        "utf16.yaml": "\udcff\udcfer",
        "bom.yaml": "\ufeffrostrum: 1\n\u20ac: \U0001f600\n",
        "control.yaml": "a: \x01",
        "two.yaml": "rostrum: 1\n---\nrostrum: 1\n",
        "merge.yaml": "rostrum: 1\n<<: {a: 1}\n",
        "tag.yaml": "rostrum: !int 1\n",
        "tag_map.yaml": "!x {a: 1}\n",
        "alias.yaml": "rostrum: *x\n",
        "complex_key.yaml": "? {a: 1}\n: 2\n",
        "indentation.yaml": "a: 1\n  b: 2\n",
        "null_values.yaml": "rostrum: ~\nstream:\nnodes:\n",
    }
    texts |= units(graph, node)
    for name, text in texts.items():
        keep("graph_file", name, text.encode("utf-8", "surrogateescape"))


def units(graph, node):
    """Values of every type: right, out of range, and as people write them who have not read the manual."""
    written = {
        "length": "500ms 1.5s 0.000001ms 1.1234567891s 100000h -1s 2d 1h30m x 1h_2 100 0.5 0 3",
        "bitrate": "2500k 2.5M 0k 99999999M 5000 500000 1000001bps 1234567bps 2000000bit/s 1.5kbit 3mbit/s 2g 3kbyte x 0",
        "size": "1280x720 99999x1 0x0 1280*720 720p x 1.5x2 8x8 1920x1081",
        "rate": "30000/1001 29.97 23.976 12.5 2000 1/0 -5 25fps x 1/3 1001.5 60",
        "keep": "3 30s 0 1 200 x 30sec 1.5 9999999",
        "count": "2 3.5 x 99 -9",
        "gain": "1.5 1.5.2 x 1e999 0",
        "loop": "true no yes maybe",
        "shape": "round squar x",
    }
    right = {name: values.split()[0] for name, values in written.items()} | {"title": "x"}
    strict = lambda name, **values: node(name, kind="odd.strict", **{key: f'"{value}"' for key, value in values.items()})
    texts = {f"unit_{name}.yaml": graph(*(strict(f"n{i}", **right | {name: value}) for i, value in enumerate(values.split())))
             for name, values in written.items()}
    texts["unit_words.yaml"] = graph(*(strict(f"n{i}", **right | {name: value}) for i, (name, value) in enumerate(
        [("length", "1 day 2 hours"), ("length", ""), ("size", "1280 by 720"), ("bitrate", "3 Mbit"), ("rate", "25 FPS"), ("loop", "On")])))
    texts["units_right.yaml"] = graph(strict("a", **right), node("b", kind="odd.strict", **right | {"marks": "[{codec: mp3}]"}),
                                      node("end", kind="discard", **{"from": "[a, b]"}))
    texts["units_missing.yaml"] = graph(node("a", kind="odd.strict"), node("b", kind="odd.strict", marks="3"))
    texts["units_list.yaml"] = graph(node("t", kind="test"), node("f", kind="odd.fan", **{"from": "t.video"}, legs="[{name: a, kind: ladder, set: rungs, to: x}]"),
                                     node("g", kind="odd.fan", **{"from": "t.video"}, legs="[{name: a, kind: scale, set: heigt, to: 1}]"))
    return texts

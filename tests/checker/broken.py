"""The ways in which a stream can be broken, as data: the rule that has to be found, what is broken, and the hooks that break it."""

import re
import time

from synthetic_media import box
from synthetic_origin import FIRST, WINDOW

LIVE = FIRST + WINDOW + 1  # the segment that is open when a checker comes


def edit(pattern: str, replacement, only="v1", count=0, after=0):
    """A hook on playlists: re.sub from step `after` of the origin on. only=None: in all renditions."""
    def hook(text, context):
        if only and context["rendition"].name != only or context["origin"].step < after:
            return text
        return re.sub(pattern, replacement, text, count, re.MULTILINE)
    return {"playlist": hook}


def edit_multivariant(pattern: str, replacement, count=0):
    return {"multivariant": lambda text, context: re.sub(pattern, replacement, text, count)}


def drop_discontinuity_count(text: str) -> str:
    return re.sub(r"(DISCONTINUITY-SEQUENCE:)\d+", r"\g<1>0", text)


def fields(only="v1", **changes):
    """A hook on what a part is written from, in live segments; callables get the old value and the fields."""
    def hook(f, context):
        if f["rendition"].name == only and f["msn"] >= LIVE:
            for key, change in changes.items():
                f[key] = change(f[key], f) if callable(change) else change
        return f
    return {"fields": hook}


def header(path: str, name: str, value, when=lambda context, status: True):
    """A hook on answers whose path ends so: sets a header, or takes it away where value is None."""
    def hook(answer, context):
        status, headers, body = answer
        if context["path"].endswith(path) and when(context, status):
            headers = {k: v for k, v in headers.items() if k != name}
            if value is not None:
                headers[name] = value
        return status, headers, body
    return {"response": hook}


def respond(condition, change):
    """A hook on answers: change(status, headers, body, context) where the condition holds."""
    return {"response": lambda answer, context: change(*answer, context) if condition(context) else answer}


def on_segment(change, only=None):
    def hook(segment, context):
        if only in (None, context["rendition"].name):
            change(segment)
        return segment
    return {"segment": hook}


def on_record(change, only="v1", msn=None):
    """A hook on a written part, in live segments."""
    def hook(record, context):
        if only == context["rendition"].name and context["msn"] >= LIVE and (msn is None or context["msn"] == msn):
            change(record, context["index"])
        return record
    return {"record": hook}


def stored(condition, change):
    """A hook on what the origin keeps: change(data) where condition(context); None = gone."""
    return {"stored": lambda data, context: change(data) if condition(context) else data}


def set_to(name: str, value):
    return lambda target, *_: setattr(target, name, value)


def three_segments_late(now, context):
    return now - 4 if context["rendition"].name == "v2" else now


def tell_end_then_go_on(text, context):
    return text + "#EXT-X-ENDLIST\n" if context["origin"].step % 4 == 0 and context["rendition"].name == "v1" else text


def add_segments_back(text, context):
    """MEDIA-SEQUENCE falls back by one now and then."""
    if context["rendition"].name == "v1" and context["origin"].step % 10 > 6:
        return re.sub(r"MEDIA-SEQUENCE:(\d+)", lambda m: f"MEDIA-SEQUENCE:{int(m.group(1)) - 1}", text)
    return text


def stuck_sequence(text, context):
    """Segments go, MEDIA-SEQUENCE stays."""
    return re.sub(r"MEDIA-SEQUENCE:(\d+)", f"MEDIA-SEQUENCE:{FIRST + 1}", text) if context["rendition"].name == "v1" else text


def drop_old_parts(text, context):
    """Parts of all whole segments are taken off at once."""
    lines, kept = text.split("\n"), []
    last_extinf = max(index for index, line in enumerate(lines) if line.startswith("#EXTINF"))
    for index, line in enumerate(lines):
        if not (line.startswith("#EXT-X-PART:") and index < last_extinf):
            kept.append(line)
    return "\n".join(kept)


def keep_old_parts(text, context):
    """Parts of six segments are listed."""
    rendition = context["rendition"]

    def parts(match):
        msn = int(match.group(2))
        segment = next(s for s in rendition.segments if s.msn == msn)
        if f'{rendition.name}-{msn}.0.m4s"' in text:
            return match.group()
        rows = [f'#EXT-X-PART:DURATION={float(p.duration):g},URI="{p.uri}"' + (",INDEPENDENT=YES" if p.independent else "") for p in segment.parts]
        return "\n".join(rows) + "\n" + match.group()
    return re.sub(r"#EXTINF:([\d.]+),\n" + rendition.name + r"-(\d+)\.m4s", parts, text) if rendition.name == "v1" else text


def halt_after(step: int, seconds: float):
    """The origin adds nothing for so long."""
    def hook(halt, context):
        origin = context["origin"]
        if origin.step < step:
            return False
        origin.halted_at = getattr(origin, "halted_at", time.monotonic())
        return time.monotonic() < origin.halted_at + seconds
    return hook


def break_connection(answer, context):
    if context["origin"].step > 80:
        raise ConnectionAbortedError("as the mutation wants")
    return answer


def shift_date(milliseconds: int, every_segment=False, only="v1"):
    """Dates of v1 are off, or (every_segment) run away."""
    def hook(text, context):
        def move(match):
            off = milliseconds
            if every_segment:
                off = milliseconds * (int(match.group(2)[17:19]) % 2)
            second = float(match.group(2)[17:-1]) + off / 1000
            return f"{match.group(1)}{match.group(2)[:17]}{second:06.3f}Z" if 0 <= second < 60 else match.group()
        return re.sub(r"(#EXT-X-PROGRAM-DATE-TIME:)(\S+)", move, text) if only in (None, context["rendition"].name) else text
    return {"playlist": hook}


def swap_skip(text, context):
    """A delta update that skips one segment more than it says."""
    if "#EXT-X-SKIP" not in text:
        return text
    return re.sub(r"(#EXT-X-SKIP[^\n]*\n)#EXT-X-PROGRAM[^\n]*\n(#EXT-X-PART:[^\n]*\n)*#EXTINF[^\n]*\n[^\n]*\n", r"\1", text)


def skip_too_much(text, context):
    """The delta update skips two segments more, and says so."""
    if "#EXT-X-SKIP" not in text:
        return text
    for _ in range(3):
        text = re.sub(r"(SKIPPED-SEGMENTS=)(\d+)\n#EXT-X-PROGRAM[^\n]*\n(#EXT-X-PART:[^\n]*\n)*#EXTINF[^\n]*\n[^\n]*\n",
                      lambda m: f"{m.group(1)}{int(m.group(2)) + 1}\n", text)
    return text


def wrong_range(status, headers, body, context):
    if status == 206:
        return status, headers, body[1:] + b"x"
    return status, headers, body


def whole_for_range(status, headers, body, context):
    return (200 if status == 416 else status), headers, body


def refuse_with(status):
    return {"refuse": lambda answer, context: (status, *answer[1:])}


def is_media(context):
    return context["path"].endswith(".m4s")


def is_playlist(context):
    return context["path"].endswith("v1.m3u8")


def early_when(condition):
    """Blocking reloads of v1 do not wait."""
    return {"wanted": lambda wanted, context: (0, None) if context["rendition"].name == "v1" and condition(wanted) else wanted}


PART_TAG = r'^(#EXT-X-PART:DURATION=)0\.2(,URI="[^"]*"(?:,INDEPENDENT=YES)?)$'

# (rule that has to be found, what is broken, hooks)
MUTATIONS = [
    ("syntax.first-line", "blank line before #EXTM3U", edit(r"\A", "\n")),
    ("syntax.text", "BOM", edit(r"\A", "\ufeff")),
    ("syntax.unknown-tag", "EXT-X-PRELOADHINT", edit("EXT-X-PRELOAD-HINT", "EXT-X-PRELOADHINT")),
    ("syntax.unknown-attribute", "EXT-X-PART with LENGTH", edit("^(#EXT-X-PART:)", r"\1LENGTH=5,")),
    ("syntax.duplicate-tag", "two EXT-X-TARGETDURATION", edit("^(#EXT-X-TARGETDURATION:1)$", r"\1\n\1")),
    ("syntax.duplicate-attribute", "two DURATION in a part", edit("^(#EXT-X-PART:DURATION=0.2)", r"\1,DURATION=0.2")),
    ("syntax.missing-attribute", "EXT-X-PART without DURATION", edit("^#EXT-X-PART:DURATION=0.2,", "#EXT-X-PART:")),
    ("syntax.value", "URI without quotes", edit('PRELOAD-HINT:TYPE=PART,URI="([^"]*)"', r"PRELOAD-HINT:TYPE=PART,URI=\1")),
    ("syntax.order", "EXTINF without its URI", edit(r"^(#EXTINF:1.2,)\n(v1-\d+).m4s$", r"\1\n#EXTINF:1.2,\n\2.m4s", count=1)),
    ("syntax.wrong-kind", "EXT-X-STREAM-INF in a media playlist", edit(r"\Z", '#EXT-X-STREAM-INF:BANDWIDTH=1\n')),
    ("version.low", "EXT-X-VERSION 5 with EXT-X-MAP", edit("EXT-X-VERSION:9", "EXT-X-VERSION:5")),
    ("multivariant.bandwidth", "BANDWIDTH of a third", edit_multivariant(r"BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+)",
                                                             lambda m: f"BANDWIDTH={int(m.group(1)) // 3},AVERAGE-BANDWIDTH={int(m.group(2)) // 3}")),
    ("multivariant.bandwidth-silly", "BANDWIDTH of 900 Mbit/s", edit_multivariant(r":BANDWIDTH=\d+", ":BANDWIDTH=900000000")),
    ("multivariant.average", "AVERAGE-BANDWIDTH of a third", edit_multivariant(r"AVERAGE-BANDWIDTH=(\d+)", lambda m: f"AVERAGE-BANDWIDTH={int(m.group(1)) // 3}")),
    ("multivariant.average-above", "AVERAGE-BANDWIDTH above BANDWIDTH", edit_multivariant(r"AVERAGE-BANDWIDTH=(\d+)", lambda m: f"AVERAGE-BANDWIDTH={m.group(1)}0")),
    ("multivariant.codecs", "another level in CODECS", edit_multivariant("avc1.42c01f", "avc1.42c028")),
    ("multivariant.resolution", "RESOLUTION of the other rung", edit_multivariant("640x360", "640x368")),
    ("multivariant.frame-rate", "FRAME-RATE 30", edit_multivariant("25.000", "30.000")),
    ("multivariant.attribute", "no AVERAGE-BANDWIDTH", edit_multivariant(r"AVERAGE-BANDWIDTH=\d+,", "", 1)),
    ("multivariant.group", "an AUDIO group that is not there", edit_multivariant('AUDIO="aac"', 'AUDIO="mp3"')),
    ("multivariant.uri", "a variant that is 404", edit_multivariant("v2.m3u8", "v3.m3u8")),
    ("playlist.target-duration", "EXTINF 1.6 at TARGETDURATION 1", edit(r"^#EXTINF:1.2,", "#EXTINF:1.6,")),
    ("playlist.target-changed", "TARGETDURATION 1, then 2", edit("TARGETDURATION:1", "TARGETDURATION:2", after=75)),
    ("playlist.target-differs", "TARGETDURATION 2 in one rendition", edit("TARGETDURATION:1", "TARGETDURATION:2")),
    ("playlist.part-target-changed", "PART-TARGET moves", edit("PART-TARGET=0.2", "PART-TARGET=0.201", after=75)),
    ("playlist.part-inf", "no EXT-X-PART-INF", edit("^#EXT-X-PART-INF.*\n", "")),
    ("playlist.part-long", "a part of 0.201 s", edit(PART_TAG, r"\g<1>0.201\2", count=1)),
    ("playlist.part-short", "parts of 70 %", edit(PART_TAG, r"\g<1>0.14\2", count=2)),
    ("playlist.part-hold-back", "PART-HOLD-BACK of two parts", edit("PART-HOLD-BACK=0.6", "PART-HOLD-BACK=0.4", only=None)),
    ("playlist.hold-back", "HOLD-BACK of two target durations", edit("[^-]HOLD-BACK=3", ",HOLD-BACK=2", only=None)),
    ("playlist.skip-until", "CAN-SKIP-UNTIL of five", edit("CAN-SKIP-UNTIL=6", "CAN-SKIP-UNTIL=5", only=None)),
    ("playlist.block-reload", "no CAN-BLOCK-RELOAD", edit("CAN-BLOCK-RELOAD=YES,", "", only=None)),
    ("playlist.server-control-differs", "another HOLD-BACK in one rendition", edit(",HOLD-BACK=3", ",HOLD-BACK=4")),
    ("playlist.server-control-changed", "HOLD-BACK moves", edit(",HOLD-BACK=3", ",HOLD-BACK=4", only=None, after=75)),
    ("playlist.msn-zero", "no EXT-X-MEDIA-SEQUENCE", edit("^#EXT-X-MEDIA-SEQUENCE.*\n", "")),
    ("playlist.msn-back", "MEDIA-SEQUENCE falls", {"playlist": add_segments_back}),
    ("playlist.msn-step", "MEDIA-SEQUENCE stays", {"playlist": stuck_sequence}),
    ("playlist.dsn-step", "DISCONTINUITY-SEQUENCE forgets", {**on_segment(lambda s: setattr(s, "discontinuity", s.msn in (FIRST + 2, FIRST + 9))),
                                                  "playlist": lambda text, context: drop_discontinuity_count(text)}),
    ("playlist.dsn-differs", "a discontinuity in one rendition", on_segment(lambda s: setattr(s, "discontinuity", s.msn == LIVE + 1), "v1")),
    ("playlist.segment-changed", "another EXTINF later", edit(r"^#EXTINF:1.2,", "#EXTINF:1.21,", after=76)),
    ("playlist.part-changed", "another URI for a listed part", edit(r'(v1-\d+\.0)\.m4s"', r'\1.mp4"', after=80)),
    ("playlist.parts-short-lived", "no parts of whole segments", {"playlist": drop_old_parts}),
    ("playlist.parts-long-lived", "parts of all segments", {"playlist": keep_old_parts}),
    ("playlist.short", "a window of two segments", {"window": lambda window, context: 2}),
    ("playlist.playlist-type", "EVENT", edit(r"^(#EXT-X-TARGETDURATION.*)", r"\1\n#EXT-X-PLAYLIST-TYPE:EVENT")),
    ("playlist.extinf-parts", "EXTINF 20 ms over its parts", edit(r"^#EXTINF:1.2,", "#EXTINF:1.22,")),
    ("playlist.map", "no EXT-X-MAP", edit("^#EXT-X-MAP.*\n", "")),
    ("playlist.hint", "no EXT-X-PRELOAD-HINT", edit("^#EXT-X-PRELOAD-HINT.*\n", "")),
    ("playlist.hint-broken", "a hint for the part after", edit(r'HINT:TYPE=PART,URI="v1-(\d+)\.(\d)', lambda m: f'HINT:TYPE=PART,URI="v1-{m.group(1)}.{int(m.group(2)) + 1}')),
    ("playlist.report-missing", "no report of the audio", edit(r'^#EXT-X-RENDITION-REPORT:URI="a.*\n', "")),
    ("playlist.report-future", "reports one segment ahead", {"report": lambda edge, context: (edge[0] + 1, edge[1])}),
    ("playlist.report-stale", "reports one segment behind", {"report": lambda edge, context: (edge[0] - 1, edge[1])}),
    ("playlist.report-back", "reports jump", {"report": lambda edge, context: (edge[0] - context["origin"].step // 5 % 2, edge[1])}),
    ("playlist.endlist", "goes on after ENDLIST", {"playlist": tell_end_then_go_on}),
    ("playlist.msn-in-step", "one rendition three segments behind", {"now": three_segments_late}),
    ("pdt.missing", "no dates", edit("^#EXT-X-PROGRAM.*\n", "")),
    ("pdt.continuity", "dates jump by 100 ms", shift_date(100, every_segment=True)),
    ("pdt.overlap", "dates jump back by 100 ms", shift_date(-100, every_segment=True)),
    ("pdt.mapping", "dates of one rendition 30 ms off", shift_date(30)),
    ("delta.missing", "_HLS_skip is not answered", {"skip": lambda skip, context: False}),
    ("delta.boundary", "three segments too many are skipped", {"playlist": skip_too_much}),
    ("delta.content", "a segment is lost in the delta update", {"playlist": swap_skip}),
    ("blocking.early", "answered before the part is there", early_when(lambda wanted: wanted[1] is not None)),
    ("blocking.segment", "_HLS_msn waits for a part only", early_when(lambda wanted: wanted[1] is None)),
    ("blocking.late", "answers wait for half a minute of media", {"patience": lambda p, context: 20, "wanted": lambda wanted, context: (wanted[0] + 16, 0) if context["rendition"].name == "v1" else wanted}),
    ("blocking.past", "a reload of the past waits for the next segment", {"wanted": lambda wanted, context: (LIVE + 14, None) if wanted[0] < LIVE - 5 else wanted}),
    ("blocking.status", "blocking reloads are 503", respond(lambda c: is_playlist(c) and "_HLS_part" in c["query"], lambda s, h, b, c: (503, h, b""))),
    ("blocking.part-alone", "_HLS_part alone is served", respond(lambda c: c["query"] == "_HLS_part=0", lambda s, h, b, c: (200, h, b))),
    ("blocking.far", "msn far ahead is 404", refuse_with(404)),
    ("blocking.absurd", "absurd msn is 500", refuse_with(500)),
    ("blocking.part-far", "part far ahead is 503", refuse_with(503)),
    ("blocking.roll-over", "a part past the last is 404", respond(lambda c: re.search("_HLS_part=6", c["query"]), lambda s, h, b, c: (404, h, b""))),
    ("independent.false", "INDEPENDENT on every part", edit(PART_TAG, r"\g<1>0.2\2,INDEPENDENT=YES")),
    ("independent.missing", "INDEPENDENT nowhere", edit(",INDEPENDENT=YES", "")),
    ("independent.segment", "segments without a keyframe", {**fields(samples=lambda s, f: f["rendition"].samples(*f["rendition"].boundaries(f["msn"])[f["index"]:f["index"] + 2], False)),
                                                     **on_record(set_to("independent", False))}),
    ("media.box", "a box that is longer than its file", on_record(lambda r, i: setattr(r, "data", r.data[:-5]))),
    ("media.init", "no moov", {"init": lambda data, context: data.replace(b"moov", b"free")}),
    ("media.codec-config", "avcC cut off", {"init": lambda data, context: data.replace(b"\xff\xe1\x00", b"\xff\xe1\x40") if context["rendition"].video else data}),
    ("media.moof", "a part without tfdt", on_record(lambda r, i: setattr(r, "data", r.data.replace(b"tfdt", b"free")))),
    ("media.base", "no default-base-is-moof", fields(tfhd_flags=0)),
    ("media.data-offset", "data-offset 8 bytes off", fields(offset_error=8)),
    ("media.sizes", "a sample size 3 too small", fields(size_error=-3)),
    ("media.nal", "NAL length past its sample", fields(samples=lambda s, f: [[b"\0\0\1\0" + x[0][4:], *x[1:]] for x in s])),
    ("media.sync", "sync flag on each sample", fields(samples=lambda s, f: [[x[0], x[1], True, x[3]] for x in s])),
    ("media.sequence", "sequence numbers run back", fields(sequence=lambda v, f: 9999 - v)),
    ("media.tfdt-back", "decode time 40 ms back", fields(tfdt=lambda v, f: v - 3600 * (f["index"] == 2))),
    ("media.tfdt-gap", "decode time 2 ms ahead", fields(tfdt=lambda v, f: v + 180 * (f["index"] == 3))),
    ("media.tfdt-audio", "one sample is missing", fields("a", tfdt=lambda v, f: v + f["index"])),
    ("media.part-duration", "a sample 2 ms longer than it says", fields(samples=lambda s, f: [[x[0], x[1] + 180, *x[2:]] for x in s[:1]] + s[1:])),
    ("media.segment-duration", "the segment is 8 ms longer than EXTINF", fields(samples=lambda s, f: [[x[0], x[1] + 120, *x[2:]] for x in s[:1]] + s[1:])),
    ("media.concatenation", "a segment is not its parts", stored(lambda c: not c["part"] and c["rendition"].name == "v1", lambda d: box("free", b"x") + d)),
    ("media.aligned", "one rendition is 40 ms off", fields(tfdt=lambda v, f: v + 3600)),
    ("media.key-aligned", "a keyframe that the other rung has not",
     {**fields(samples=lambda s, f: f["rendition"].samples(*f["rendition"].boundaries(f["msn"])[f["index"]:f["index"] + 2], f["index"] in (0, 3))),
      **on_record(lambda r, i: setattr(r, "independent", i in (0, 3)))}),
    ("media.prft", "emsg between moof and mdat", fields(between=box("emsg", bytes(20)))),
    ("http.status", "every fifth part is 404", stored(lambda c: c["part"] and c["segment"].msn % 2, lambda d: None)),
    ("http.type", "playlists as text/plain", header("v1.m3u8", "Content-Type", "text/plain")),
    ("http.cors", "no CORS on media", header(".m4s", "Access-Control-Allow-Origin", None)),
    ("http.gzip", "no Vary", header(".m3u8", "Vary", None)),
    ("http.etag", "no ETag", header(".m4s", "ETag", None)),
    ("http.head", "HEAD with another length of life", header(".m4s", "Cache-Control", "public, max-age=99, immutable", lambda c, s: c["method"] == "HEAD")),
    ("http.range", "ranges one byte off", respond(is_media, wrong_range)),
    ("http.range-unsatisfiable", "200 for a range past the end", respond(is_media, whole_for_range)),
    ("http.cache-media", "media not immutable", header(".m4s", "Cache-Control", "public, max-age=10")),
    ("http.cache-blocking", "blocking answers not cacheable", header("v1.m3u8", "Cache-Control", "no-store", lambda c, s: "_HLS_msn" in c["query"])),
    ("http.cache-playlist", "plain playlists kept for 30 s", header("v1.m3u8", "Cache-Control", "public, max-age=30", lambda c, s: not c["query"])),
    ("http.cache-missing", "404 kept for a minute", header("", "Cache-Control", "max-age=60", lambda c, s: s == 404)),
    ("http.cache-unfulfilled", "a wait without its part is cacheable", {"halt": halt_after(80, 60), "unfulfilled_cache": lambda cache, context: "max-age=60"}),
    ("http.unknown", "500 for what is not there", respond(lambda c: "no-such" in c["path"], lambda s, h, b, c: (500, h, b))),
    ("http.expired-segment", "a segment goes with its line", stored(lambda c: not c["part"] and not c["listed"], lambda d: None)),
    ("http.expired-part", "a part goes with its tag", stored(lambda c: c["part"] and not c["listed"], lambda d: None)),
    ("http.hint-wait", "the hinted part is 404", stored(lambda c: c["hinted"], lambda d: None)),
    ("playlist.stalled", "the source stops for two seconds", {"halt": halt_after(80, 2)}),
    ("pdt.wall", "dates 1.5 s off", shift_date(-1500, only=None)),
    ("run.connection", "connections break", {"response": break_connection}),
]

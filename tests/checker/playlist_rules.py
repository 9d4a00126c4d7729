"""What must hold in one media playlist, and between two versions of it."""

from decimal import Decimal

from playlist import MediaPlaylist, Segment

SHORTEST_PART = Decimal("0.85")


def rounding(values: list) -> Decimal:
    """How far a sum may be off when every value was rounded to the decimals that are written."""
    decimals = max([3] + [-value.as_tuple().exponent for value in values])
    return Decimal(len(values)) * Decimal(10) ** -decimals / 2 + Decimal(10) ** -9


def check_one(p: MediaPlaylist, place: str, add) -> None:
    """`add(rule, place, text)`."""
    needed = 9 if p.skipped else 6 if p.has_map else 3
    if p.version < needed:
        add("version.low", place, f"EXT-X-VERSION is {p.version}, the features need {needed}")
    if p.msn == 0:
        add("playlist.msn-zero", place, "EXT-X-MEDIA-SEQUENCE is 0 or missing")
    if p.playlist_type and not p.endlist:
        add("playlist.playlist-type", place, p.playlist_type)
    for segment in p.segments:
        check_segment(p, segment, f"{place} msn {segment.msn}", add)
    for segment in p.all_segments():
        check_parts(p, segment, f"{place} msn {segment.msn}", add)
    check_control(p, place, add)
    check_part_age(p, place, add)
    hints = [hint for hint in p.hints if hint.get("TYPE") == "PART"]
    if p.endlist:
        if p.hints or (p.open and p.open.parts):
            add("playlist.endlist", place, "ENDLIST stands beside a hint or an open segment")
    elif p.part_target and len(hints) != 1:
        add("playlist.hint", place, f"{len(hints)} EXT-X-PRELOAD-HINT of TYPE=PART")
    elif hints and any(part.uri == hints[0].get("URI") for segment in p.all_segments() for part in segment.parts):
        add("playlist.hint", place, f"the hinted {hints[0].get('URI')} is listed already")


def check_segment(p: MediaPlaylist, segment: Segment, place: str, add) -> None:
    if int(segment.duration + Decimal("0.5")) > p.target:
        add("playlist.target-duration", place, f"EXTINF is {segment.duration}, EXT-X-TARGETDURATION {p.target}")
    if segment.pdt is None:
        add("pdt.missing", place, "no EXT-X-PROGRAM-DATE-TIME")
    if not segment.map_uri and not p.skipped:
        add("playlist.map", place, "no EXT-X-MAP")
    durations = [part.duration for part in segment.parts]
    if durations and abs(sum(durations) - segment.duration) > rounding(durations + [segment.duration]):
        add("playlist.extinf-parts", place, f"EXTINF is {segment.duration}, its parts have {sum(durations)}")


def check_parts(p: MediaPlaylist, segment: Segment, place: str, add) -> None:
    if segment.parts and not p.part_target:
        add("playlist.part-inf", place, "EXT-X-PART without EXT-X-PART-INF")
        return
    for index, part in enumerate(segment.parts):
        if part.duration > p.part_target:
            add("playlist.part-long", f"{place} part {index}", f"DURATION is {part.duration}, PART-TARGET {p.part_target}")
        last = index == len(segment.parts) - 1
        before_gap = not last and segment.parts[index + 1].gap
        if part.duration < SHORTEST_PART * p.part_target and not (part.gap or last or before_gap):
            add("playlist.part-short", f"{place} part {index}", f"DURATION is {part.duration}, PART-TARGET {p.part_target}")


def check_control(p: MediaPlaylist, place: str, add) -> None:
    control = {key: Decimal(value) for key, value in (p.control or {}).items() if value[:1].isdigit()}
    if p.part_target:
        if (p.control or {}).get("CAN-BLOCK-RELOAD") != "YES":
            add("playlist.block-reload", place, "parts without CAN-BLOCK-RELOAD=YES")
        if control.get("PART-HOLD-BACK", 0) < 3 * p.part_target:
            add("playlist.part-hold-back", place, f"PART-HOLD-BACK is {control.get('PART-HOLD-BACK')}, PART-TARGET {p.part_target}")
    if "HOLD-BACK" in control and control["HOLD-BACK"] < 3 * p.target:
        add("playlist.hold-back", place, f"HOLD-BACK is {control['HOLD-BACK']}, EXT-X-TARGETDURATION {p.target}")
    if "CAN-SKIP-UNTIL" in control and control["CAN-SKIP-UNTIL"] < 6 * p.target:
        add("playlist.skip-until", place, f"CAN-SKIP-UNTIL is {control['CAN-SKIP-UNTIL']}, EXT-X-TARGETDURATION {p.target}")


def check_part_age(p: MediaPlaylist, place: str, add) -> None:
    """Parts are listed for three target durations from the end. A segment across that line may go either way."""
    if p.endlist or not p.part_target:
        return
    line = 3 * Decimal(p.target)
    behind_segment = Decimal(0)  # from the end of the segment to that of the last whole one
    open_duration = sum((part.duration for part in p.open.parts), Decimal(0)) if p.open else Decimal(0)
    for segment in reversed(p.segments):
        start_to_edge = behind_segment + segment.duration + open_duration
        if not segment.parts and not segment.gap and start_to_edge <= line:
            add("playlist.parts-short-lived", f"{place} msn {segment.msn}", f"no parts, though it starts {start_to_edge} s from the end")
        if segment.parts and behind_segment > line:
            add("playlist.parts-long-lived", f"{place} msn {segment.msn}", f"parts, though it ends {behind_segment} s from the end")
        behind_segment += segment.duration


def check_two(old: MediaPlaylist, new: MediaPlaylist, place: str, add) -> None:
    """`old` was fetched before `new`; both are whole."""
    if new.target != old.target:
        add("playlist.target-changed", place, f"EXT-X-TARGETDURATION went from {old.target} to {new.target}")
    if new.part_target != old.part_target:
        add("playlist.part-target-changed", place, f"PART-TARGET went from {old.part_target} to {new.part_target}")
    if new.control != old.control:
        add("playlist.server-control-changed", place, f"{old.control} became {new.control}")
    if new.msn < old.msn:
        add("playlist.msn-back", place, f"EXT-X-MEDIA-SEQUENCE went from {old.msn} to {new.msn}")
        return
    if old.endlist and (not new.endlist or new.edge() != old.edge()):
        add("playlist.endlist", place, "the playlist changed after ENDLIST")
    before = {segment.uri: segment for segment in old.segments}
    moved = [s for s in new.segments if s.uri in before and before[s.uri].msn != s.msn]
    if moved:
        add("playlist.msn-step", place, f"{moved[0].uri} had number {before[moved[0].uri].msn}, now {moved[0].msn}")
        return
    if new.edge() < old.edge():
        add("playlist.segment-changed", place, f"the end went back from {old.edge()} to {new.edge()}")
    if new.msn > old.msn and new.duration() < 3 * new.target and not new.endlist:
        add("playlist.short", place, f"{new.duration()} s are left after a removal, EXT-X-TARGETDURATION is {new.target}")
    numbered = {segment.msn: segment for segment in old.all_segments()}
    for segment in new.all_segments():
        if segment.msn in numbered:
            check_same(numbered[segment.msn], segment, f"{place} msn {segment.msn}", add)
        elif segment.msn <= old.last_msn and segment.msn >= old.msn:
            add("playlist.segment-changed", f"{place} msn {segment.msn}", "a segment appeared in the middle")
    check_pdt(new, place, add)


def check_same(old: Segment, new: Segment, place: str, add) -> None:
    if old.dsn != new.dsn:
        add("playlist.dsn-step", place, f"the discontinuity sequence number went from {old.dsn} to {new.dsn}")
    elif old.duration is not None and old.key() != new.key():
        add("playlist.segment-changed", place, f"{old.key()} became {new.key()}")
    elif old.duration is None and (old.pdt_text, old.discontinuity) != (new.pdt_text, new.discontinuity):
        add("playlist.segment-changed", place, f"date {old.pdt_text} became {new.pdt_text}")
    # Parts of a whole segment leave from the front; those of the open one only grow.
    if old.duration is not None and len(new.parts) < len(old.parts):
        same = new.parts == old.parts[len(old.parts) - len(new.parts):]
    else:
        same = new.parts[:len(old.parts)] == old.parts
    if not same:
        add("playlist.part-changed", place, "parts that were listed are other ones now")


def check_hint(old: MediaPlaylist, new: MediaPlaylist, place: str, add):
    """The hinted URI where the segment ended instead: bis 6.2.6 permits that where the segmentation changes. Else None."""
    hint = next((hint.get("URI") for hint in old.hints if hint.get("TYPE") == "PART"), None)
    if hint is None or new.edge() <= old.edge():
        return None
    came = ((segment, index, part) for segment in new.all_segments() for index, part in enumerate(segment.parts)
            if (segment.msn, index) > old.edge() and not part.gap)
    segment, index, part = next(came, (None, 0, None))
    if part is None or part.uri == hint or segment.discontinuity:
        return None
    if index == 0 and old.next_part()[1] > 0:
        return hint
    add("playlist.hint-broken", f"{place} msn {segment.msn} part {index}", f"hinted was {hint}, it came as {part.uri}")
    return None


def drift(duration: float) -> float:
    """The timeline may be slewed by 2 ms in a second; dates are written in milliseconds."""
    return 0.002 + 0.002 * duration


def check_pdt(p: MediaPlaylist, place: str, add) -> None:
    """The last two segments: those before were checked when they came."""
    segments = p.all_segments()[-3:]
    for a, b in zip(segments, segments[1:]):
        if a.pdt is None or b.pdt is None or a.duration is None or b.discontinuity:
            continue
        wrong = b.pdt - a.pdt - float(a.duration)
        if abs(wrong) > drift(float(a.duration)):
            add("pdt.overlap" if -1 < wrong < 0 else "pdt.continuity", f"{place} msn {b.msn}", f"the date is {wrong * 1000:+.1f} ms off {a.pdt_text} + {a.duration}")


def merge(old: MediaPlaylist, delta: MediaPlaylist):
    """The whole playlist that `delta` stands for; None where `old` has not what was skipped."""
    kept = [segment for segment in old.segments if delta.msn <= segment.msn < delta.msn + delta.skipped]
    if len(kept) != delta.skipped:
        return None
    shift, inherited = kept[-1].dsn - delta.dsn, kept[-1].map_uri
    for segment in delta.all_segments():
        segment.dsn += shift
        segment.map_uri = segment.map_uri or inherited
    delta.segments = kept + delta.segments
    delta.has_map = delta.has_map or old.has_map
    return delta


def check_delta(delta: MediaPlaylist, whole: MediaPlaylist, place: str, add) -> None:
    """`whole` is the plain playlist fetched before; `delta` still counts what it skips."""
    if delta.endlist:
        return  # bis 6.2.5.1: the directive is ignored then
    until = Decimal((whole.control or {}).get("CAN-SKIP-UNTIL", "0"))
    skipped = [s for s in whole.segments if delta.msn <= s.msn < delta.msn + delta.skipped]
    behind = sum((s.duration for s in delta.segments), Decimal(0))
    if skipped and behind < until:
        # The newest skipped segment must lie past the boundary with its end.
        add("delta.boundary", place, f"segment {skipped[-1].msn} ends {behind} s from the end; CAN-SKIP-UNTIL is {until}")
    if not delta.skipped:
        total = sum((s.duration for s in delta.segments[1:]), Decimal(0))
        if until and total > until:
            add("delta.missing", place, f"no EXT-X-SKIP though a segment ends {total} s from the end; CAN-SKIP-UNTIL is {until}")

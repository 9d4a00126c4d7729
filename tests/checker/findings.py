"""What the checker can complain about, and what it found. Every rule has an id, the place in the specification, and one line."""

import threading
from dataclasses import dataclass, field

# bis = draft-pantos-hls-rfc8216bis, author = Apple's HLS authoring specification, bmff = ISO/IEC 14496-12, cmaf = ISO/IEC 23000-19,
# house = rostrum's own promise, stricter than the draft.
RULES = {
    "syntax.first-line": ("bis 4.4.1.1", "a playlist starts with #EXTM3U"),
    "syntax.text": ("bis 4.1", "UTF-8 without BOM or control characters"),
    "syntax.unknown-tag": ("bis 4.1", "every #EXT line is a tag of the specification"),
    "syntax.unknown-attribute": ("bis 4.2", "every attribute is one of its tag's"),
    "syntax.duplicate-tag": ("bis 4.4", "a tag that may stand once stands once"),
    "syntax.duplicate-attribute": ("bis 4.2", "an attribute stands once in its list"),
    "syntax.missing-attribute": ("bis 4.4", "required attributes are there"),
    "syntax.value": ("bis 4.2", "values follow their grammar"),
    "syntax.order": ("bis 4.4", "tags stand where they have a meaning"),
    "syntax.wrong-kind": ("bis 4.1", "no media playlist tag in a multivariant playlist and the reverse"),
    "version.low": ("bis 8", "EXT-X-VERSION is high enough for the features used"),
    "multivariant.bandwidth": ("author 9.2x; house", "the measured peak is at most 125 % of BANDWIDTH"),
    "multivariant.bandwidth-silly": ("bis 4.4.6.2", "BANDWIDTH is not many times the measured peak"),
    "multivariant.average": ("author; house", "the measured average is at most 110 % of AVERAGE-BANDWIDTH"),
    "multivariant.average-above": ("bis 4.4.6.2", "AVERAGE-BANDWIDTH is not above BANDWIDTH"),
    "multivariant.codecs": ("bis 4.4.6.2, 6.2.4", "CODECS names what is in the init segments"),
    "multivariant.resolution": ("bis 4.4.6.2", "RESOLUTION is that of the pictures"),
    "multivariant.frame-rate": ("bis 4.4.6.2", "FRAME-RATE has three decimals and is the measured rate"),
    "multivariant.attribute": ("author", "BANDWIDTH, AVERAGE-BANDWIDTH, CODECS, RESOLUTION, FRAME-RATE are given"),
    "multivariant.group": ("bis 4.4.6.2.1", "an AUDIO group that is referred to exists, and its members agree"),
    "multivariant.uri": ("bis 4.4.6", "every URI resolves to a media playlist"),
    "playlist.target-duration": ("bis 4.4.3.1", "EXTINF rounded is at most TARGETDURATION"),
    "playlist.target-changed": ("bis 6.2.1", "TARGETDURATION never changes"),
    "playlist.target-differs": ("bis 6.2.4", "TARGETDURATION is equal in all renditions"),
    "playlist.part-target-changed": ("bis 4.4.3.7", "PART-TARGET never changes"),
    "playlist.part-inf": ("bis 4.4.3.7", "a playlist with parts has EXT-X-PART-INF"),
    "playlist.part-long": ("bis 4.4.4.9", "no part is longer than PART-TARGET"),
    "playlist.part-short": ("bis 4.4.4.9", "a part is at least 85 % of PART-TARGET, but for the last of a segment and the last before a gap"),
    "playlist.part-hold-back": ("bis 4.4.3.8", "PART-HOLD-BACK is given and at least three times PART-TARGET"),
    "playlist.hold-back": ("bis 4.4.3.8", "HOLD-BACK is at least three times TARGETDURATION"),
    "playlist.skip-until": ("bis 4.4.3.8", "CAN-SKIP-UNTIL is at least six times TARGETDURATION"),
    "playlist.block-reload": ("bis 4.4.3.8", "CAN-BLOCK-RELOAD=YES where there are parts"),
    "playlist.server-control-differs": ("bis 6.2.4", "SERVER-CONTROL is equal in all renditions"),
    "playlist.server-control-changed": ("house", "SERVER-CONTROL never changes"),
    "playlist.msn-zero": ("house", "MEDIA-SEQUENCE is not 0 (players take 0 for none)"),
    "playlist.msn-back": ("bis 6.2.2", "MEDIA-SEQUENCE never decreases"),
    "playlist.msn-step": ("bis 6.2.2", "MEDIA-SEQUENCE rises by one for each removed segment"),
    "playlist.dsn-step": ("bis 6.2.2", "a segment's discontinuity sequence number never changes"),
    "playlist.dsn-differs": ("bis 6.2.4", "a segment's discontinuity sequence number is equal in all renditions"),
    "playlist.segment-changed": ("bis 6.2.1", "what is listed once never changes"),
    "playlist.part-changed": ("bis 6.2.1", "a part that is listed once never changes"),
    "playlist.parts-short-lived": ("bis 4.4.4.9; house", "parts stay listed for three target durations"),
    "playlist.parts-long-lived": ("bis 6.2.2", "parts further back than three target durations are no longer listed"),
    "playlist.short": ("bis 6.2.2", "a live playlist holds at least three target durations"),
    "playlist.playlist-type": ("bis 6.2.2", "a live playlist has no PLAYLIST-TYPE"),
    "playlist.extinf-parts": ("bis 4.4.4.9", "EXTINF is the sum of the segment's parts"),
    "playlist.map": ("bis 4.4.4.5", "every fMP4 segment has an EXT-X-MAP"),
    "playlist.hint": ("bis 4.4.5.3, 6.2.6", "a live playlist hints its next part, once"),
    "playlist.hint-broken": ("bis 6.2.6", "the hinted part appears under the URI that was hinted, but for some at the end of a segment"),
    "playlist.report-missing": ("bis 4.4.5.4", "there is a RENDITION-REPORT for every other rendition"),
    "playlist.report-future": ("bis 4.4.5.4", "a report names nothing that its rendition has not listed"),
    "playlist.report-stale": ("bis 4.4.5.4", "a report is up to date"),
    "playlist.report-back": ("bis 4.4.5.4", "a report never goes back"),
    "playlist.endlist": ("bis 4.4.3.4", "after ENDLIST nothing is hinted, added or changed"),
    "playlist.msn-in-step": ("house", "all renditions are at the same segment within one"),
    "playlist.stalled": ("bis 6.2.1", "parts and segments are added in time"),
    "pdt.missing": ("house", "every segment has a PROGRAM-DATE-TIME"),
    "pdt.continuity": ("bis 6.2.1", "PROGRAM-DATE-TIME goes on by EXTINF"),
    "pdt.overlap": ("house; bis 6.2.1", "PROGRAM-DATE-TIME does not step back against media time, not even by less than a second"),
    "pdt.mapping": ("bis 6.2.4", "media time to PROGRAM-DATE-TIME is the same map in all renditions and all along"),
    "pdt.wall": ("house", "PROGRAM-DATE-TIME is near the arrival of the segment"),
    "delta.missing": ("bis 6.2.5.1", "_HLS_skip is answered by a delta update where segments are past the skip boundary"),
    "delta.boundary": ("bis 6.2.5.1", "only segments past the skip boundary are skipped"),
    "delta.content": ("bis 6.2.5.1", "a delta update is the playlist less what it skips"),
    "blocking.early": ("bis 6.2.5.2", "a blocking reload is answered with what was asked for"),
    "blocking.segment": ("bis 6.2.5.2", "_HLS_msn alone waits for the whole segment"),
    "blocking.late": ("bis 6.2.5.2", "a blocking reload is answered within three target durations"),
    "blocking.past": ("bis 6.2.5.2", "a reload of what is listed is answered at once"),
    "blocking.status": ("bis 6.2.5.2", "a blocking reload of what comes next is answered with 200"),
    "blocking.part-alone": ("bis 6.2.5.2", "_HLS_part without _HLS_msn is 400"),
    "blocking.far": ("bis 6.2.5.2", "an msn more than two ahead is 400, at once"),
    "blocking.absurd": ("bis 6.2.5.2; house", "an msn that is no decimal-integer is 400"),
    "blocking.part-far": ("bis 6.2.5.2", "a part past the advance part limit is 400, at once"),
    "blocking.roll-over": ("bis 6.2.5.2", "a part past a segment's last is part 0 of the next"),
    "independent.false": ("bis 4.4.4.9", "INDEPENDENT=YES only where the first sample is a sync sample"),
    "independent.missing": ("bis 4.4.4.9", "a part that starts with a sync sample says INDEPENDENT=YES"),
    "independent.segment": ("bis 4.4.2.1", "with EXT-X-INDEPENDENT-SEGMENTS each segment starts with a sync sample"),
    "media.box": ("bmff 4.2", "boxes nest, and their sizes fit"),
    "media.init": ("bmff 8.1, 8.8", "an init segment is ftyp and moov with mvex and one empty track"),
    "media.codec-config": ("iso 14496-15", "codec configuration is whole"),
    "media.moof": ("cmaf 7.3.2", "a part is moof and mdat pairs, each with mfhd, tfhd, tfdt, trun"),
    "media.base": ("bmff 8.8.7", "default-base-is-moof is set, and no base-data-offset"),
    "media.data-offset": ("bmff 8.8.8", "trun's data-offset points to the mdat's payload"),
    "media.sizes": ("bmff 8.8.8", "sample sizes add up to the mdat"),
    "media.nal": ("iso 14496-15", "a video sample is whole length-prefixed NAL units"),
    "media.sync": ("bmff 8.8.8", "sync flags tell the truth about the sample"),
    "media.sequence": ("bmff 8.8.5", "mfhd sequence numbers rise"),
    "media.tfdt-back": ("bmff 8.8.12", "decode time never steps back"),
    "media.tfdt-gap": ("house", "decode time has no gap of more than 1 ms"),
    "media.tfdt-audio": ("house", "audio decode time goes on by exactly the samples"),
    "media.part-duration": ("bis 4.4.4.9", "samples add up to the part's DURATION"),
    "media.segment-duration": ("bis 4.4.4.1", "samples add up to EXTINF"),
    "media.concatenation": ("bis 3, 6.2.1; house", "a segment is the concatenation of its parts"),
    "media.aligned": ("bis 6.2.4", "a segment starts at the same media time in all renditions"),
    "media.key-aligned": ("house", "sync samples are at the same times in all video renditions"),
    "media.prft": ("bmff 8.16.5", "prft and emsg stand before their moof"),
    "http.status": ("bis 6.2.1", "what is listed can be fetched"),
    "http.type": ("bis 10", "Content-Type is right"),
    "http.cors": ("house", "Access-Control-Allow-Origin lets any page read"),
    "http.gzip": ("bis 6.2.1", "playlists come gzipped when asked, with the same content and Vary"),
    "http.etag": ("rfc9110 13.1.2", "media have an ETag and answer 304 to it"),
    "http.head": ("rfc9110 9.3.2", "HEAD says what GET says"),
    "http.range": ("rfc9110 14", "byte ranges: 206 with the right bytes and Content-Range"),
    "http.range-unsatisfiable": ("rfc9110 15.5.17", "a range past the end is 416 with bytes */length"),
    "http.cache-media": ("house", "media are cacheable for long and immutable"),
    "http.cache-blocking": ("bis B; house", "a fulfilled blocking answer is cacheable"),
    "http.cache-playlist": ("house", "a plain playlist is cached for 1 s at most"),
    "http.cache-missing": ("house", "a 404 is cached for 1 s at most"),
    "http.cache-unfulfilled": ("house", "an answer to a wait that ended without its part is no-store"),
    "http.unknown": ("rfc9110 15.5.5", "an unknown path is 404"),
    "http.expired-segment": ("bis 6.2.2", "a segment stays fetchable for its availability duration"),
    "http.expired-part": ("bis 6.2.2", "a part stays fetchable for three target durations after its tag is gone"),
    "http.hint-wait": ("bis 6.2.6", "the GET of a hinted part waits and is answered with the part"),
    "run.connection": ("-", "the server answers"),
}


@dataclass
class Finding:
    rule: str
    place: str
    text: str
    count: int = 1

    def line(self) -> str:
        times = f" (x{self.count})" if self.count > 1 else ""
        return f"{self.rule}: {self.place}: {self.text}{times} [{RULES[self.rule][0]}: {RULES[self.rule][1]}]"


@dataclass
class Findings:
    """Thread-safe. A rule that fails often in one rendition is kept with its first places and a count."""

    items: list = field(default_factory=list)
    limit: int = 5  # places kept for one rule in one rendition
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, rule: str, place: str, text: str) -> None:
        if rule not in RULES:
            raise KeyError(rule)
        rendition = place.split(" ")[0]
        with self.lock:
            same = [item for item in self.items if item.rule == rule and item.place.split(" ")[0] == rendition]
            again = next((item for item in same if (item.place, item.text) == (place, text)), None)
            if again:
                again.count += 1
            elif len(same) >= self.limit:
                same[-1].count += 1
            else:
                self.items.append(Finding(rule, place, text))

    def rules(self) -> set:
        with self.lock:
            return {item.rule for item in self.items}

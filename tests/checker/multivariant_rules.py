"""What must hold in the multivariant playlist, and between it and what was measured."""

import re
from urllib.parse import urljoin

import codec
from isobmff import Broken
from playlist import Multivariant

WANTED = ("AVERAGE-BANDWIDTH", "CODECS")
WANTED_VIDEO = ("RESOLUTION", "FRAME-RATE")
SILLY = 20


def renditions(url: str, playlist: Multivariant) -> dict:
    """{playlist URL: name}; names are the last folder or file that tells them apart."""
    urls = [urljoin(url, variant.uri) for variant in playlist.variants]
    urls += [urljoin(url, media["URI"]) for media in playlist.media if "URI" in media]
    result = {}
    for item in dict.fromkeys(urls):
        words = item.split("?")[0].split("/")
        name = words[-2] if words[-1].split(".")[0] in ("index", "playlist", "media", "stream", "video", "audio", "chunklist") else words[-1].split(".")[0]
        result[item] = name if name not in result.values() else "/".join(words[-2:])
    return result


def check(url: str, playlist: Multivariant, add) -> None:
    """`add(rule, place, text)`."""
    groups = {}
    for media in playlist.media:
        groups.setdefault((media.get("TYPE"), media.get("GROUP-ID")), []).append(media)
    for (kind, group), members in groups.items():
        names = [member.get("NAME") for member in members]
        if len(set(names)) != len(names):
            add("multivariant.group", f"multivariant {group}", "two members with one NAME")
        if sum(member.get("DEFAULT") == "YES" for member in members) > 1:
            add("multivariant.group", f"multivariant {group}", "two members with DEFAULT=YES")
        for member in members:
            if member.get("DEFAULT") == "YES" and member.get("AUTOSELECT") == "NO":
                add("multivariant.group", f"multivariant {group}", "DEFAULT=YES with AUTOSELECT=NO")
            if kind == "AUDIO" and "CHANNELS" not in member:
                add("multivariant.attribute", f"multivariant {group}", "an AUDIO rendition without CHANNELS")
    if not playlist.variants:
        add("multivariant.uri", "multivariant", "no variant")
    for variant in playlist.variants:
        place, attributes = f"multivariant {variant.uri}", variant.attributes
        video = "RESOLUTION" in attributes or "FRAME-RATE" in attributes or re.search("avc|hvc|hev|av01|vp09", attributes.get("CODECS", ""))
        for wanted in WANTED + (WANTED_VIDEO if video else ()):
            if wanted not in attributes:
                add("multivariant.attribute", place, f"no {wanted}")
        if "AVERAGE-BANDWIDTH" in attributes and int(attributes["AVERAGE-BANDWIDTH"]) > int(attributes.get("BANDWIDTH", 0)):
            add("multivariant.average-above", place, f"{attributes['AVERAGE-BANDWIDTH']} is above BANDWIDTH {attributes.get('BANDWIDTH')}")
        if "FRAME-RATE" in attributes and not re.fullmatch(r"\d+\.\d{3}", attributes["FRAME-RATE"]):
            add("multivariant.frame-rate", place, f"FRAME-RATE={attributes['FRAME-RATE']} has not three decimals")
        if "AUDIO" in attributes and ("AUDIO", attributes["AUDIO"]) not in groups:
            add("multivariant.group", place, f"no AUDIO group {attributes['AUDIO']}")


def check_measured(url: str, playlist: Multivariant, followers: dict, add) -> None:
    """`followers`: {playlist URL: Follower}, at the end of the run."""
    for variant in playlist.variants:
        place, attributes = f"multivariant {variant.uri}", variant.attributes
        main = followers.get(urljoin(url, variant.uri))
        audio = [followers.get(urljoin(url, media["URI"])) for media in playlist.media
                 if media.get("TYPE") == "AUDIO" and media.get("GROUP-ID") == attributes.get("AUDIO") and "URI" in media]
        audio = [follower for follower in audio if follower is not None]
        if main is None or main.playlist is None:
            continue
        check_codecs(attributes, [main] + audio, place, add)
        check_picture(attributes, main, place, add)
        check_rates(attributes, main, audio, place, add)


def check_codecs(attributes: dict, parts: list, place: str, add) -> None:
    declared = [item.strip() for item in attributes.get("CODECS", "").split(",") if item.strip()]
    real = set()
    for follower in parts:
        for init in follower.track.inits.values():
            try:
                real.add(codec.name(init))
            except Broken:
                pass  # reported where the init segment was read
    for item in real:
        if not any(codec.same(other, item) for other in declared):
            add("multivariant.codecs", place, f"CODECS={','.join(declared)} lacks {item}")
    for other in declared if all(follower.track.inits for follower in parts) else ():
        if real and not any(codec.same(other, item) for item in real):
            add("multivariant.codecs", place, f"CODECS names {other}; there is {', '.join(sorted(real))}")


def check_picture(attributes: dict, main, place: str, add) -> None:
    inits = [init for init in main.track.inits.values() if init.handler == "vide"]
    if not inits:
        return
    init = inits[-1]
    try:
        size = codec.picture_size(init) or (init.width, init.height)
    except Broken as broken:
        add(broken.rule, place, str(broken))
        return
    for width, height, where in ((*size, "SPS"), (init.width, init.height, "sample entry")):
        if attributes.get("RESOLUTION") and attributes["RESOLUTION"] != f"{width}x{height}":
            add("multivariant.resolution", place, f"RESOLUTION={attributes['RESOLUTION']}, the {where} says {width}x{height}")
    measured = main.track.measured
    if measured.seconds > 1 and re.fullmatch(r"\d+(\.\d+)?", attributes.get("FRAME-RATE", "")):
        rate, declared = measured.samples / measured.seconds, float(attributes["FRAME-RATE"])
        if abs(rate - declared) > 0.01 * declared:
            add("multivariant.frame-rate", place, f"FRAME-RATE={declared}, measured {rate:.3f}")


def check_rates(attributes: dict, main, audio: list, place: str, add) -> None:
    target = main.playlist.target
    peak = main.track.measured.peak(target) + max((follower.track.measured.peak(target) for follower in audio), default=0)
    average = main.track.measured.average() + max((follower.track.measured.average() for follower in audio), default=0)
    bandwidth = int(attributes.get("BANDWIDTH", "0"))
    if peak > 1.25 * bandwidth:
        add("multivariant.bandwidth", place, f"measured peak {peak:.0f}, BANDWIDTH {bandwidth}")
    if peak and bandwidth > SILLY * peak:
        add("multivariant.bandwidth-silly", place, f"measured peak {peak:.0f}, BANDWIDTH {bandwidth}")
    if "AVERAGE-BANDWIDTH" in attributes and average > 1.1 * int(attributes["AVERAGE-BANDWIDTH"]):
        add("multivariant.average", place, f"measured average {average:.0f}, AVERAGE-BANDWIDTH {attributes['AVERAGE-BANDWIDTH']}")

"""Rules of HTTP: what every answer shows, and probes of one resource."""

import gzip
from urllib.parse import urljoin

from fetch import Client, Response

PLAYLIST_TYPES = ("application/vnd.apple.mpegurl", "audio/mpegurl")
MEDIA_TYPES = ("video/mp4", "audio/mp4", "video/iso.segment", "audio/iso.segment")
LONG = 60  # seconds: shorter than that is no use to a cache


def check_common(response: Response, kind: str, place: str, add) -> bool:
    """`kind`: "playlist" or "media". Was it delivered?"""
    if response.status not in (200, 206):
        add("http.status", place, f"{response.status} for {response.url}")
        return False
    content_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in (PLAYLIST_TYPES if kind == "playlist" else MEDIA_TYPES):
        add("http.type", place, f"Content-Type is {content_type or 'missing'}")
    if response.headers.get("access-control-allow-origin") not in ("*", "http://player.example"):
        add("http.cors", place, f"Access-Control-Allow-Origin is {response.headers.get('access-control-allow-origin')}")
    return True


def check_media_cache(response: Response, place: str, add) -> None:
    age = response.max_age()
    if age is None or age < LONG or "immutable" not in response.cache():
        add("http.cache-media", place, f"Cache-Control is {response.headers.get('cache-control')}")


def check_plain_cache(response: Response, place: str, add) -> None:
    age = response.max_age()
    if age is None or age > 1:
        add("http.cache-playlist", place, f"Cache-Control is {response.headers.get('cache-control')}")


def check_missing(response: Response, place: str, add) -> None:
    if response.status not in (404, 410):
        add("http.unknown", place, f"{response.status} for {response.url}")
        return
    age = response.max_age()
    if age is None or age > 1:
        add("http.cache-missing", place, f"Cache-Control of a {response.status} is {response.headers.get('cache-control')}")


def probe_media(client: Client, url: str, place: str, add) -> None:
    """Validators, HEAD and ranges of an init segment, part or segment."""
    whole = client.request(url)
    if not check_common(whole, "media", place, add):
        return
    check_media_cache(whole, place, add)
    probe_head(client, whole, place, add)
    etag = whole.headers.get("etag")
    if not etag:
        add("http.etag", place, f"no ETag for {url}")
    else:
        again = client.request(url, headers={"If-None-Match": etag})
        if again.status != 304 or again.body:
            add("http.etag", place, f"If-None-Match is answered with {again.status} and {len(again.body)} bytes")
        other = client.request(url, headers={"If-None-Match": '"no-such-tag"'})
        if other.status != 200:
            add("http.etag", place, f"another tag in If-None-Match is answered with {other.status}")
    probe_ranges(client, whole, place, add)


def probe_head(client: Client, whole: Response, place: str, add) -> None:
    head = client.request(whole.url, "HEAD")
    if head.status != whole.status or head.body:
        add("http.head", place, f"HEAD is answered with {head.status} and {len(head.body)} bytes")
    for name in ("content-type", "content-length", "cache-control", "etag"):
        if head.headers.get(name) != whole.headers.get(name):
            add("http.head", place, f"{name} is {head.headers.get(name)} by HEAD and {whole.headers.get(name)} by GET")


def probe_ranges(client: Client, whole: Response, place: str, add) -> None:
    size = len(whole.body)
    middle = size // 2
    for header, first, last in ((f"bytes=0-{middle}", 0, middle), (f"bytes={middle}-", middle, size - 1),
                                (f"bytes=-{size - middle}", middle, size - 1), (f"bytes=1-{size + 99}", 1, size - 1)):
        answer = client.request(whole.url, headers={"Range": header})
        wanted = f"bytes {first}-{last}/{size}"
        if answer.status != 206 or answer.headers.get("content-range") != wanted or answer.body != whole.body[first:last + 1]:
            add("http.range", place, f"{header}: {answer.status}, {answer.headers.get('content-range')}, {len(answer.body)} bytes; wanted {wanted}")
    answer = client.request(whole.url, headers={"Range": f"bytes={size}-"})
    if answer.status != 416 or answer.headers.get("content-range") != f"bytes */{size}":
        add("http.range-unsatisfiable", place, f"{answer.status}, {answer.headers.get('content-range')}")


def probe_gzip(client: Client, url: str, place: str, add, comparable: bool) -> None:
    """`comparable`: the text changes seldom (a multivariant playlist, when more is known of its rates)."""
    plain = client.request(url)
    packed = client.request(url, headers={"Accept-Encoding": "gzip"})
    if packed.headers.get("content-encoding") != "gzip":
        add("http.gzip", place, f"Content-Encoding is {packed.headers.get('content-encoding')} though gzip was asked for")
        return
    if "accept-encoding" not in packed.headers.get("vary", "").lower():
        add("http.gzip", place, f"Vary is {packed.headers.get('vary')}")
    if plain.headers.get("content-encoding", "identity") != "identity":
        add("http.gzip", place, "gzip though it was not asked for")
    try:
        text = gzip.decompress(packed.body)
    except (OSError, EOFError) as error:
        add("http.gzip", place, f"cannot be unpacked: {error}")
        return
    changed = lambda: client.request(url).body != plain.body
    if not text.startswith(b"#EXTM3U") or (comparable and text != plain.body and not changed()):
        add("http.gzip", place, "another content than without gzip")


def probe_unknown(client: Client, playlist_url: str, place: str, add) -> None:
    for path in ("no-such-file.m3u8", "no-such-file.m4s", "no-such-file.mp4", "seg-1-part-999999.m4s", "..%2f..%2f..%2fetc%2fpasswd", "%00",
                 "a/b/c/d/e", "%ff%fe"):
        answer = client.request(urljoin(playlist_url, path))
        if answer.status >= 500 or answer.status < 400:
            add("http.unknown", place, f"{answer.status} for {path}")
        elif answer.status in (404, 410):
            check_missing(answer, place, add)
        elif path.startswith("no-such") or path.startswith("seg"):
            add("http.unknown", place, f"{answer.status} for {path}")

#!/usr/bin/env python3
"""Raw I420 frames on standard output at the pace of the clock, each with the time it was made: the epoch in ms, modulo 2^32, as 32
black and white blocks across the top (white is 1, highest bit first) and their complement below. Behind them something that moves.

  stampgen.py [WIDTH HEIGHT RATE] | ffmpeg -f rawvideo -pix_fmt yuv420p -video_size 1280x720 -framerate 30 -i - ...

A reader takes the luma in the middle of each block; a stamp whose complement does not match is torn or was never one.
"""

import sys
import time

BLACK, WHITE = 16, 235


def stamp_rows(milliseconds: int, width: int) -> bytes:
    """One row of luma per line of blocks: the bits, and their complement."""
    block = width // 32
    bits = [milliseconds >> (31 - i) & 1 for i in range(32)]
    rest = bytes([BLACK]) * (width - 32 * block)
    rows = (b"".join(bytes([WHITE if bit == on else BLACK]) * block for bit in bits) + rest for on in (1, 0))
    return next(rows), next(rows)


def backgrounds(width: int, height: int, count: int = 60) -> list:
    """Diagonal ramps that drift, with grey chroma."""
    ramp = bytes(40 + abs((i % 320) - 160) for i in range(width + 320 + height))
    chroma = b"\x80" * (width * height // 2)
    return [b"".join(ramp[(y + n * 320 // count) % 320:][:width] for y in range(height)) + chroma for n in range(count)]


def main() -> int:
    width, height, rate = (int(a) for a in (sys.argv[1:4] or (1280, 720, 30)))
    lines = width // 32 // 2 * 2
    frames = backgrounds(width, height)
    out = sys.stdout.buffer
    begun, number = time.monotonic(), 0
    try:
        while True:
            wait = begun + number / rate - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            ones, complement = stamp_rows(time.time_ns() // 1_000_000 & 0xFFFFFFFF, width)
            body = frames[number % len(frames)]
            out.write(ones * lines + complement * lines)
            out.write(memoryview(body)[2 * lines * width:])
            out.flush()
            number += 1
    except (BrokenPipeError, KeyboardInterrupt):
        return 0


if __name__ == "__main__":
    sys.exit(main())

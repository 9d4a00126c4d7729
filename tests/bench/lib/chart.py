"""build/bench/*.json as one SVG: each promise as a bar, what was measured as a share of what is allowed. Colours follow the reader's
light or dark setting. Below stands which code was measured, on what and beside what; of several runs, which bench is of which."""

import json
from html import escape
from pathlib import Path

from machine import caption
from tables import ORDER, ratio

WIDTH, ROW, HEAD, TOP = 980, 22, 30, 34
LABEL, FULL = 460, 260  # where bars begin, and how long one is that uses up its promise
STYLE = """
  svg { color-scheme: light dark; background: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .name { font-weight: 600; } .small { fill: #59636e; } .end { text-anchor: end; } .middle { text-anchor: middle; }
  .kept { fill: #2f81f7; } .broken { fill: #cf222e; } .track { fill: #eaeef2; } .limit { stroke: #59636e; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #e6edf3; } .small { fill: #9198a1; } .broken { fill: #f85149; } .track { fill: #21262d; } .limit { stroke: #9198a1; }
  }
"""


def number(value: float) -> str:
    return "0" if abs(value) < 5e-4 else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def share(row: dict) -> float:
    if row["promise"] == 0:
        return 0 if row["judged"] <= 0 else 2
    return max(0, row["judged"] / row["promise"])


def read(folder: Path) -> tuple:
    """{bench: its rows that have a promise}, {caption: the benches that it is of}."""
    groups, captions = {}, {}
    for name in ORDER:
        path = folder / f"{name}.json"
        found = json.loads(path.read_text()) if path.exists() else {"rows": []}
        rows = [row for row in found["rows"] if row.get("promise") is not None]
        if rows:
            groups[name] = rows
            captions.setdefault(caption(found), []).append(name)
    return groups, captions


def bar(row: dict, y: int) -> str:
    length = min(share(row), 1.3) * FULL
    unit = "x " + row["peer"] if row.get("yardstick") else row.get("unit", "ms")
    judged = ratio(row["ratio"]) if row.get("yardstick") else number(row["judged"])
    figure = f"{judged} of {number(row['promise'])} {unit}".rstrip()
    return (f'<text x="12" y="{y + 15}">{escape(row["what"])}</text>'
            f'<rect class="track" x="{LABEL}" y="{y + 4}" width="{FULL}" height="14" rx="2"/>'
            f'<rect class="{"kept" if row["kept"] else "broken"}" x="{LABEL}" y="{y + 4}" width="{max(2, length):.0f}" height="14" rx="2"/>'
            f'<text class="small" x="{max(LABEL + FULL, LABEL + length) + 8:.0f}" y="{y + 15}">{escape(figure)}</text>')


def draw(folder: Path) -> str:
    (groups, captions), body, y = read(folder), [], TOP
    for name, rows in groups.items():
        body.append(f'<text class="name" x="12" y="{y + 20}">{escape(name)}</text>')
        y += HEAD
        for row in rows:
            body.append(bar(row, y))
            y += ROW
    limit, end = LABEL + FULL, y
    for line, names in captions.items():
        y += ROW
        text = line if len(captions) == 1 else f"{', '.join(names)}: {line}"
        body.append(f'<text class="small" x="12" y="{y}">{escape(text)}</text>')
    head = (f'<text class="small" x="{LABEL}" y="20">measured, as a share of what is promised (left is better)</text>'
            f'<line class="limit" x1="{limit}" y1="{TOP}" x2="{limit}" y2="{end}"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 12}" width="{WIDTH}" height="{y + 12}" role="img" '
            f'aria-label="What was measured beside what is promised"><style>{STYLE}</style>\n' + head + "\n" + "\n".join(body) + "\n</svg>\n")

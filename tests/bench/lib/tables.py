"""build/bench/*.json as the tables of docs/performance.md (`./run bench --markdown`), so that no figure is copied by hand. Bold: what
did not keep its promise."""

import json
from pathlib import Path

from machine import caption

ORDER = ("ladder", "passthrough", "delivery", "parked", "websocket", "viewers", "idle", "latency", "page", "micro", "soak")
UNITS = {"us": "µs"}  # as they are printed


def figure(value: float) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 1000 or value == int(value) else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def ratio(value: float) -> str:
    """As exact as it is judged."""
    return "" if value is None else f"{value:.3f}"


def cell(value: float, unit: str = "", bold: bool = False, note: str = "") -> str:
    return noted(f"{figure(value)} {UNITS.get(unit, unit)}".strip().replace("-", "−"), bold, note)


def noted(text: str, bold: bool, note: str) -> str:
    return (f"**{text}**" if bold else text) + (f" ({note.strip()})" if note.strip() else "")


def promised(row: dict, unit: str = "") -> str:
    return "" if row.get("promise") is None else f"≤ {row['promise']:,g} {UNITS.get(unit, unit)}".strip()


def beside(row: dict) -> list:
    compared, broken = row["ratio"] is not None, not row["kept"]
    yardstick = "" if row["yardstick"] is None else f"{row['peer']} {cell(row['yardstick'], row['unit'])}"
    return [cell(row["ours"], row["unit"], broken and not compared, "" if compared else row["note"]), yardstick,
            noted(ratio(row["ratio"]), broken, row["note"]) if compared else "", promised(row, "" if compared else row["unit"])]


def late(row: dict) -> list:
    judge = row["judge"] if row["count"] > 1 else "max"  # of a single value there are no percentiles
    cells = [cell(row[which], "ms", not row["kept"] and which == judge) if row["count"] > 1 or which == "max" else "" for which in ("p50", "p95", "max")]
    return [*cells, f"{'' if judge == 'max' else judge + ' '}{promised(row, 'ms')}"]


def minute(row: dict) -> list:
    return [cell(row["median"], "", not row["kept"], f"most {figure(row['most'])}"), promised(row)]


def flat(row: dict) -> list:
    unit, scale = ("MB", 1024) if row["what"] == "rss" else ("", 1)
    return [cell(row[when] / scale, unit, not row["flat"] and when == "now") for when in ("then", "now", "most")]


# What rows of a kind have, the columns that they fill, and how.
KINDS = (("ours", "ours | yardstick | ratio | promise", beside), ("p50", "p50 | p95 | most | promise", late),
         ("median", "measured | promise", minute), ("then", "window full | last minute | most", flat))


def of_file(path: Path) -> tuple:
    """(The machine's line and the table's head, its rows.) Files of which the first are the same share a table."""
    found = json.loads(path.read_text())
    _, columns, cells = next(kind for kind in KINDS if kind[0] in found["rows"][0])
    head = f"{caption(found)}\n\n| what | {columns} |\n|{' --- |' * (columns.count('|') + 2)}\n"
    rows = [[row["what"], *cells(row)] for row in found["rows"]]
    rows[0][0] = f"`{path.stem}`: {rows[0][0]}"
    return head, ["| " + " | ".join(row) + " |\n" for row in rows]


def markdown(files: list) -> str:
    tables = {}
    for path in sorted(files, key=lambda path: ORDER.index(path.stem) if path.stem in ORDER else len(ORDER)):
        head, rows = of_file(path)
        tables.setdefault(head, []).extend(rows)
    return "\n".join(head + "".join(rows) for head, rows in tables.items())

#!/usr/bin/env python3
"""`./run bench micro`: Google Benchmark on what runs for every frame and every request, without a network. No promises: figures to see a
change by."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import SERVER, TOOLS, Table, on, options_of


def main() -> int:
    options = options_of("micro", __doc__, rounds=3)
    table = Table()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([*on(SERVER), TOOLS / "bench_micro", f"--benchmark_repetitions={options.rounds}", "--benchmark_min_time=0.3",
                        f"--benchmark_out={file.name}", "--benchmark_out_format=json"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = json.load(file)["benchmarks"]
    for row in found:
        if row.get("aggregate_name") == "median":
            speed = f"  {row['bytes_per_second'] / 2**20:,.0f} MB/s" if "bytes_per_second" in row else ""
            table.add(row["run_name"], row["time_unit"], row["cpu_time"], note=speed)
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())

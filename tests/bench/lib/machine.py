"""What figures are worth nothing without: which code was measured, on which machine, beside which versions of others."""

import os
import re
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
CORES = sorted(os.sched_getaffinity(0))


def told(pattern: str, *command) -> str:
    """What a program says of itself; nothing of one that is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    found = re.search(pattern, done.stdout + done.stderr) if done.returncode == 0 else None
    return found.group(1) if found else ""


def commit(source: Path = SOURCE) -> str:
    """Of the tree, "-dirty" where files of it were changed; its version where there is no git (an archive of the sources)."""
    found = told(r"(\S+)", "git", "-C", str(source), "describe", "--always", "--dirty") if (source / ".git").exists() else ""
    return found or "version " + re.search(r"project\(\w+ VERSION (\S+)", (source / "CMakeLists.txt").read_text()).group(1)


def machine() -> dict:
    models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    versions = {"ffmpeg": told(r"ffmpeg version (\S+)", "ffmpeg", "-version"), "nginx": told(r"nginx/(\S+)", "nginx", "-v"),
                "nginx-rtmp": told(r"(.+)", "dpkg-query", "-W", "-f=${Version}", "libnginx-mod-rtmp"),
                "GStreamer": told(r"(.+)", "pkg-config", "--modversion", "gstreamer-1.0")}
    return {"commit": commit(), "cores": len(CORES), "processor": models[0] if models else "", "kernel": os.uname().release, "versions": versions}


def upstream(version: str) -> str:
    """Without what a distribution adds."""
    return re.sub(r"^\d+:|[-+~].*$", "", version)


def caption(found: dict) -> str:
    """One line of what machine() found, for above a table or a chart."""
    versions = ", ".join(f"{name} {upstream(version)}" for name, version in found.get("versions", {}).items() if version)
    return ", ".join(filter(None, (f"commit {found.get('commit', 'unknown')}", f"{found['cores']} cores", found.get("processor"), versions)))

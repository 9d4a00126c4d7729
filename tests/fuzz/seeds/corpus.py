"""Where the inputs are kept."""

import pathlib

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus"
ROOT = pathlib.Path(__file__).resolve().parents[3]


def keep(fuzzer, name, data):
    folder = CORPUS / f"fuzz_{fuzzer}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)

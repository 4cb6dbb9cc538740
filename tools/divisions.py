"""Turns the npm package of China's divisions into two compact files that the platform reads.

Called by ``assets``. ``divisions.tsv.gz``: a line for each province (2 digits), city (4), county (6)
and street (9): code, tab, name; sorted. ``villages.tsv.gz``: a line for each street: code, tab, then
its villages as three digits and name, separated by commas.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

LEVELS = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv")
# The package lists these three by name only; the codes are those of GB/T 2260.
WITHOUT_CODES = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}


def pack(source: Path, target: Path) -> None:
    """Read the CSV files in ``source`` and write both files into the folder ``target``."""
    rows = {code: name for level in LEVELS for code, name in _rows(source / level) if not _repeats(code)}
    rows |= WITHOUT_CODES
    _write(target / "divisions.tsv.gz", (f"{code}\t{name}" for code, name in sorted(rows.items())), 9)
    _write(target / "villages.tsv.gz", _villages(source / "villages.csv"), 6)


def _repeats(code: str) -> bool:
    """Whether the row only repeats the level above, as for cities without counties (``441900``)."""
    return len(code) > 2 and not code[{4: 2, 6: 4, 9: 6}[len(code)] :].strip("0")


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["code"], row["name"].replace("\t", "").replace(",", "，")


def _villages(path: Path) -> Iterator[str]:
    rows = sorted(_rows(path))
    for street, group in groupby(rows, key=lambda row: row[0][:9]):
        yield street + "\t" + ",".join(code[9:] + name for code, name in group)


def _write(path: Path, lines: Iterator[str], effort: int) -> None:
    with gzip.GzipFile(path, "wb", effort, mtime=0) as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
        text.writelines(f"{line}\n" for line in lines)
        text.close()

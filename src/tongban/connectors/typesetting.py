"""Typst → PDF/A: layouts and data in, pages out. Called by licence documents and notices.

A layout gets ``sys.inputs.data`` (JSON) and whatever else its contract names, and reaches nothing besides: it
imports no package and reads no file, because layouts come with packs. Only fonts of the given folders are used,
so that a document looks the same on every machine.
"""

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import typst

from tongban.connectors.document_errors import LayoutFault, LayoutReaches
from tongban.licences.definitions import REACHING

FONT = "Noto Sans SC"
STANDARD: Literal["a-2b"] = "a-2b"


def own_layout(name: str) -> str:
    """The text of the platform's layout ``name`` (``licence`` or ``notice``)."""
    return files("tongban.connectors").joinpath("layouts", f"{name}.typ").read_text(encoding="utf-8")


def check_layout(layout: str) -> None:
    """Refuse with ``LayoutReaches`` a layout that names what it may not use."""
    found = REACHING.search(layout)
    if found:
        raise LayoutReaches(word=found[0])


class Typesetter:
    """One warm compiler (a few milliseconds a page); safe from any thread, one document at a time."""

    def __init__(self, fonts: Sequence[Path]) -> None:
        """``fonts`` are folders that hold Noto Sans SC, regular and bold, as TTF or OTF."""
        self._lock = threading.Lock()
        self._nowhere = TemporaryDirectory(prefix="tongban-typst-")
        self._compiler = typst.Compiler(
            root=self._nowhere.name,
            font_paths=[str(folder) for folder in fonts],
            ignore_system_fonts=True,
            package_path=self._nowhere.name,
            package_cache_path=self._nowhere.name,
        )

    def pdf(self, layout: str, inputs: Mapping[str, str], at: dt.datetime) -> bytes:
        """A PDF/A-2b of ``layout`` with ``inputs``; ``at`` is the creation date written into it.

        Raises ``LayoutReaches``, and ``LayoutFault`` for any error or warning.
        """
        check_layout(layout)
        try:
            with self._lock:
                pdf, warnings = self._compiler.compile_with_warnings(
                    layout.encode(),
                    format="pdf",
                    sys_inputs=dict(inputs),
                    pdf_standards=STANDARD,
                    timestamp=int(at.timestamp()),
                )
        except typst.TypstError as error:
            raise LayoutFault(reason=error.message) from error
        if warnings:
            raise LayoutFault(reason="; ".join(warning.message for warning in warnings))
        if not isinstance(pdf, bytes):
            raise LayoutFault(reason="no PDF came out")
        return pdf


def chinese_date(day: dt.date) -> str:
    """A day as official papers write it: 2026年11月22日."""
    return f"{day.year}年{day.month}月{day.day}日"

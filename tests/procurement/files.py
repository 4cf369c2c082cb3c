"""Small files of the kinds that people attach."""

from __future__ import annotations

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HTML = b"<!doctype html><script>alert(1)</script>"


def package(*parts: str) -> bytes:
    """A zip archive with the named parts, as Office writes its files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "<x/>")
    return file.getvalue()


WORD = package("word/document.xml")
EXCEL = package("xl/workbook.xml")
MACROS = package("word/document.xml", "word/vbaProject.bin")

"""What a file is, judged by its content: its name says nothing that could be relied on."""

from __future__ import annotations

import io
import zipfile

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The part by which a package of the Office formats shows what it is.
OFFICE_PARTS = {"word/document.xml": WORD, "xl/workbook.xml": EXCEL}
EXTENSIONS = {PDF: ".pdf", WORD: ".docx", EXCEL: ".xlsx"}


def media_type_of(content: bytes) -> str | None:
    """The media type of a PDF, Word or Excel file; none for anything else, and for Office files with macros."""
    if content.startswith(b"%PDF-"):
        return PDF
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = set(package.namelist())
    except zipfile.BadZipFile:
        return None
    if any(part.endswith("vbaProject.bin") for part in parts):
        return None
    return next((kind for part, kind in OFFICE_PARTS.items() if part in parts), None)

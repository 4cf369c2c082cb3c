"""Figures as a PDF document, in Chinese or in English."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageTemplate, Paragraph, Spacer, Table

from catalog.foundation.figures.figure import Figure, Kind, nothing_there
from catalog.foundation.figures.paper import CHINESE, LATIN, on_paper, runs

MARGIN = 18 * mm
INK, SOFT, EDGE, HEAD = "#1d2724", "#55625e", "#c5ceca", "#e8eeeb"
# A report is read: the rest of a long table is in the workbook.
MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Document:
    """A report: what it is about, who it is for, and its figures in their order."""

    title: str
    subtitle: str
    made_at: datetime
    figures: list[Figure]


def pdf_of(document: Document) -> bytes:
    """The document on A4, the same bytes for the same figures; long tables are cut, and say so.

    The letters are those of the reader's own fonts, which are not in the file.
    """
    buffer = io.BytesIO()
    template = BaseDocTemplate(
        buffer,
        pagesize=A4,
        title=document.title,
        subject=document.subtitle,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        invariant=1,
    )
    frame = Frame(template.leftMargin, template.bottomMargin, template.width, template.height, 0, 0, 0, 0)
    template.addPageTemplates(PageTemplate(frames=[frame], onPage=lambda canvas, _doc: _foot(canvas, document)))
    template.build(list(_story(document, template.width)))
    return buffer.getvalue()


def _foot(canvas: Canvas, document: Document) -> None:
    line = Paragraph(_marked_up(f"{document.title}, {document.subtitle}"), _style(8.5, SOFT))
    line.wrap(A4[0] - 2 * MARGIN, MARGIN)
    line.drawOn(canvas, MARGIN, 10 * mm)
    canvas.setFont(LATIN, 8.5)
    canvas.drawRightString(A4[0] - MARGIN, 12 * mm, str(canvas.getPageNumber()))


def _story(document: Document, width: float) -> Iterator[Flowable]:
    yield Paragraph(_marked_up(document.title), _style(18, leading=25))
    yield Paragraph(_marked_up(document.subtitle), _style(11, SOFT))
    made = _("Made on %(at)s.") % {"at": f"{localtime(document.made_at):%Y-%m-%d %H:%M}"}
    yield Paragraph(_marked_up(made), _style(9, SOFT))
    for number, figure in enumerate(document.figures, start=1):
        yield Spacer(0, 9 * mm if number > 1 else 6 * mm)
        head: list[Flowable] = [
            Paragraph(_marked_up(f"{number}. {figure.title}"), _style(13, leading=20)),
            Paragraph(_marked_up(nothing_there() if figure.is_empty else figure.words), _style(10)),
        ]
        if figure.drawing is not None:
            head += [Spacer(0, 2 * mm), on_paper(figure.drawing, width)]
        yield KeepTogether(head)
        if figure.rows:
            yield Spacer(0, 2 * mm)
            yield _table(figure, width)
        if len(figure.rows) > MOST_ROWS:
            said = _("The first %(shown)s of %(count)s rows; the Excel file has all.")
            yield Paragraph(_marked_up(said % {"shown": MOST_ROWS, "count": len(figure.rows)}), _style(8.5, SOFT))
        yield Paragraph(_marked_up(_("Source: %(source)s") % {"source": figure.source}), _style(8.5, SOFT))


def _table(figure: Figure, width: float) -> Table:
    small, right = _style(8.5), _style(8.5, right=True)
    looks = [right if column.is_number else small for column in figure.columns]
    lines = [[Paragraph(_marked_up(column.heading), look) for column, look in zip(figure.columns, looks, strict=True)]]
    for _link, cells in figure.shown[:MOST_ROWS]:
        lines.append([Paragraph(_marked_up(text), look) for (text, _is_number), look in zip(cells, looks, strict=True)])
    # words need more room than numbers and days
    weights = [2 if column.kind is Kind.TEXT else 1.2 for column in figure.columns]
    parts = [width * weight / sum(weights) for weight in weights]
    return Table(
        lines,
        colWidths=parts,
        repeatRows=1,
        hAlign="LEFT",
        style=[
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(HEAD)),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(EDGE)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ],
    )


def _style(size: float, colour: str = INK, *, leading: float = 0, right: bool = False) -> ParagraphStyle:
    looks: dict[str, Any] = {"alignment": TA_RIGHT} if right else {}
    return ParagraphStyle(
        "",
        fontName=CHINESE,
        fontSize=size,
        leading=leading or size * 1.45,
        textColor=HexColor(colour),
        # lines of Chinese break between any two signs
        wordWrap="CJK",
        **looks,
    )


def _marked_up(text: str) -> str:
    """The text with its fonts, and nothing else in it that is taken for the mark-up of paragraphs."""
    return "".join(f'<font name="{font}">{escape(part)}</font>' for font, part in runs(text))

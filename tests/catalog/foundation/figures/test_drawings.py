"""What is drawn lies where its amounts say, within the sheet, and can be read without the drawing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.foundation.figures.bars import Bar, Mark, draw_bars
from catalog.foundation.figures.figure import Column, Figure, Kind, in_words, percent
from catalog.foundation.figures.paper import CHINESE, LATIN, STYLES, runs
from catalog.foundation.figures.scatter import Axes, Point, draw_scatter
from catalog.foundation.figures.shapes import Area, Box, Dot, Drawing, Line, Text, shortened, text_width
from catalog.foundation.figures.svg import svg_of
from catalog.foundation.figures.trend import Series, draw_trend

ROOT = Path(__file__).resolve().parents[4]
AXES = Axes("across (yuan)", "up (yuan)", "equal", "above")
MONTHS = [date(2026, month, 1) for month in range(1, 7)]

amounts = st.decimals(Decimal("0.0001"), Decimal("99999"), places=4)
shares = st.one_of(st.none(), st.decimals(0, 1, places=4))


def within(drawing: Drawing) -> bool:
    places: list[tuple[float, float]] = []
    for shape in drawing.shapes:
        if isinstance(shape, Line | Area):
            places += shape.points
        elif isinstance(shape, Box):
            places += [(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)]
        else:
            places.append((shape.x, shape.y))
    return all(-0.1 <= x <= drawing.width + 0.1 and -0.1 <= y <= drawing.height + 0.1 for x, y in places)


def figure(drawing: Drawing | None, title: str = "t", words: str = "w") -> Figure:
    return Figure("f", title, words, "s", [Column("c")], [["a"]], drawing)


class TestBars:
    @given(st.lists(st.decimals(0, Decimal("1e9"), places=2), min_size=1, max_size=25))
    def test_are_as_long_as_their_amounts_and_begin_at_nothing(self, lengths: list[Decimal]) -> None:
        drawing = draw_bars([Bar(f"县{n}", amount) for n, amount in enumerate(lengths)], unit="yuan", worded=str)
        assert drawing is not None and within(drawing)
        boxes = [shape for shape in drawing.shapes if isinstance(shape, Box)]
        assert len({box.x for box in boxes}) == 1
        longest = max(boxes, key=lambda box: box.width)
        for box, amount in zip(boxes, lengths, strict=True):
            wanted = float(amount / max(lengths)) * longest.width if max(lengths) else 1
            assert box.width == pytest.approx(max(wanted, 1), abs=0.3)

    def test_tell_the_mark_and_what_misses_it_without_colours(self) -> None:
        drawing = draw_bars(
            [Bar("甲", Decimal("0.9"), True), Bar("乙", Decimal("0.97"))],
            unit="share",
            worded=percent,
            highest=Decimal(1),
            mark=Mark(Decimal("0.95"), "expected:"),
            flagged="below",
        )
        assert drawing is not None
        said = [shape.text for shape in drawing.shapes if isinstance(shape, Text)]
        assert {"▼ 90.0 %", "97.0 %", "▼ below", "expected: 95.0 %", "share"} <= set(said)

    def test_are_no_drawing_of_nothing(self) -> None:
        assert draw_bars([], unit="", worded=str) is None


class TestScatter:
    @given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=30))
    def test_puts_above_the_line_what_is_more(self, pairs: list[tuple[Decimal, Decimal]]) -> None:
        drawing = draw_scatter([Point(x, y, "", is_flagged=y > x) for x, y in pairs], AXES)
        assert drawing is not None and within(drawing)
        [line] = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.kind == "mark"]
        (left, lower), (right, upper) = line.points
        for dot in (shape for shape in drawing.shapes if isinstance(shape, Dot)):
            on_line = lower + (dot.x - left) / (right - left) * (upper - lower)
            if dot.kind == "dot flagged":
                assert dot.y <= on_line + 0.2
            else:
                assert dot.y >= on_line - 0.2

    def test_is_no_drawing_of_nothing(self) -> None:
        assert draw_scatter([], AXES) is None


class TestTrend:
    @given(st.lists(st.lists(shares, min_size=6, max_size=6), min_size=1, max_size=4))
    def test_has_a_dot_for_each_known_share_and_breaks_where_none_is(self, rows: list[list[Decimal | None]]) -> None:
        drawing = draw_trend(MONTHS, [Series(f"s{n}", row) for n, row in enumerate(rows)], unit="share")
        known = sum(share is not None for row in rows for share in row)
        if drawing is None:
            assert known == 0
            return
        assert within(drawing)
        assert sum(isinstance(shape, Dot) for shape in drawing.shapes) == known
        joined = [shape for shape in drawing.shapes if isinstance(shape, Line) and shape.kind.startswith("series")]
        assert sum(len(line.points) for line in joined) == known

    def test_always_goes_from_none_to_all(self) -> None:
        drawing = draw_trend(MONTHS[:1], [Series("s", [Decimal("0.97")])], unit="share")
        assert drawing is not None
        said = {shape.text for shape in drawing.shapes if isinstance(shape, Text)}
        assert {"0 %", "25 %", "50 %", "75 %", "100 %"} <= said


class TestSvg:
    def test_is_named_and_described_and_has_no_style_of_its_own(self) -> None:
        drawing = draw_bars([Bar("<b>&", Decimal(3))], unit="u", worded=str)
        svg = svg_of(figure(drawing, "Title <1>", "Words & numbers"))
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img" and root.get("aria-labelledby") == "f-title f-words"
        assert [item.text for item in root[:2]] == ["Title <1>", "Words & numbers"]
        assert "style" not in svg and "script" not in svg
        assert "<b>&: 3" in [item.text for item in root.iter("title")]

    def test_is_empty_where_nothing_is_drawn(self) -> None:
        assert svg_of(figure(None)) == ""

    def test_uses_looks_that_page_and_paper_know(self) -> None:
        css = (ROOT / "distribution" / "static" / "figures" / "figures.css").read_text()
        drawings = [
            draw_bars(
                [Bar("a", Decimal(1), True), Bar("b", Decimal(2))], unit="", worded=str, mark=Mark(Decimal(1), "m")
            ),
            draw_scatter([Point(Decimal(1), Decimal(2), "", True), Point(Decimal(2), Decimal(1), "")], AXES),
            draw_trend(
                MONTHS, [Series(str(n), [Decimal(1)] * 6) for n in range(4)], unit="", mark=Mark(Decimal(1), "")
            ),
        ]
        kinds = {shape.kind for drawing in drawings if drawing for shape in drawing.shapes}
        assert kinds <= set(STYLES)
        for kind in kinds - {"label"}:
            assert re.search(rf"\.{kind.replace(' ', '.')}\b", css), kind


class TestWords:
    @pytest.mark.parametrize(
        ("value", "kind", "words"),
        [
            (None, Kind.YUAN, "–"),
            (Decimal("1234.5"), Kind.YUAN, "¥1,234.50"),
            (Decimal("0.3125"), Kind.SHARE, "31.2 %"),
            (1234, Kind.COUNT, "1,234"),
            (Decimal("12.34"), Kind.NUMBER, "12.3"),
            (date(2026, 3, 1), Kind.DAY, "2026-03-01"),
            ("", Kind.TEXT, "–"),
        ],
    )
    def test_are_those_of_the_column(self, value: object, kind: Kind, words: str) -> None:
        assert in_words(value, kind) == words

    @given(st.text(max_size=60), st.integers(20, 300))
    def test_fit_where_they_are_shortened(self, text: str, width: int) -> None:
        assert text_width(shortened(text, width)) <= width or len(shortened(text, width)) <= 1

    def test_have_the_font_that_has_their_signs(self) -> None:
        assert runs("河南 ¥1") == [(CHINESE, "河南"), (LATIN, " ¥1")]
        assert "".join(text for _font, text in runs("a中b▼·")) == "a中b▼·"

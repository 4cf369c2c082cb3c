from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from catalog.rules.strengths import Part, Strength, UnreadableStrength, format_strength, parse_strength


def part(name: str, amount: str, unit: str = "mg", **more: str) -> Part:
    return Part(name, Decimal(amount), unit, **more)


class TestParseStrength:
    @pytest.mark.parametrize(
        ("text", "amount", "unit", "volume_ml"),
        [
            ("0.25g", "250", "mg", None),
            ("10mg", "10", "mg", None),
            ("1kg", "1000000", "mg", None),
            ("100μg", "0.1", "mg", None),
            ("100µg", "0.1", "mg", None),
            ("100ug", "0.1", "mg", None),
            ("100mcg", "0.1", "mg", None),
            ("80万单位", "800000", "单位", None),
            ("80WU", "800000", "单位", None),
            ("400单位", "400", "单位", None),
            ("0.5亿单位", "50000000", "单位", None),
            ("5000IU", "5000", "单位", None),
            ("1万IU", "10000", "单位", None),
            ("1ml:10mg", "10", "mg", "1"),
            ("1l:9g", "9000", "mg", "1000"),
            ("10μg:0.5ml", "0.01", "mg", "0.5"),
            ("100mg/10ml", "100", "mg", "10"),
            ("250IU(2.5ml)", "250", "单位", "2.5"),
            ("０．２５ｇ", "250", "mg", None),
            ("1ml：10mg", "10", "mg", "1"),
            (" 0.25 g ", "250", "mg", None),
            ("0.25G", "250", "mg", None),
        ],
    )
    def test_reads_a_content(self, text: str, amount: str, unit: str, volume_ml: str | None) -> None:
        expected = Strength(Decimal(amount), unit, Decimal(volume_ml) if volume_ml else None)
        assert parse_strength(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("500ml", Strength(Decimal(500), "ml", basis="fill")),
            ("每丸重9g", Strength(Decimal(9000), "mg", basis="fill", counter="丸")),
            ("每10丸重1.5g", Strength(Decimal(1500), "mg", basis="fill", count=Decimal(10), counter="丸")),
            ("每袋(瓶)装6g", Strength(Decimal(6000), "mg", basis="fill", counter="袋(瓶)")),
            ("每粒0.55g", Strength(Decimal(550), "mg", basis="fill", counter="粒")),
            ("12.5ml/瓶", Strength(Decimal("12.5"), "ml", basis="fill", counter="瓶")),
            ("320g/听", Strength(Decimal(320_000), "mg", basis="fill", counter="听")),
            ("糖衣丸每瓶装400丸", Strength(Decimal(400), "丸", basis="fill", counter="瓶", remark="糖衣丸")),
            (
                "每55粒重约9g",
                Strength(Decimal(9000), "mg", basis="fill", count=Decimal(55), counter="粒", remark="约"),
            ),
            ("7cm×10cm", Strength(Decimal(70), "cm²", basis="fill", remark="7cm×10cm")),
        ],
    )
    def test_reads_a_fill(self, text: str, expected: Strength) -> None:
        assert parse_strength(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("10%", Strength(Decimal(10), "%", basis="concentration")),
            ("0.9%(10ml)", Strength(Decimal("0.9"), "%", Decimal(10), basis="concentration")),
            ("60mg/ml", Strength(Decimal(60), "mg/ml", basis="concentration")),
            (
                "1.34mg/ml,1.5ml(预填充注射笔)",
                Strength(Decimal("1.34"), "mg/ml", Decimal("1.5"), basis="concentration", remark="预填充注射笔"),
            ),
            (
                "每1ml相当于饮片1g",
                Strength(Decimal(1000), "mg/ml", basis="concentration", of="相当于饮片"),
            ),
        ],
    )
    def test_reads_a_concentration(self, text: str, expected: Strength) -> None:
        assert parse_strength(text) == expected

    @pytest.mark.parametrize(
        ("text", "components"),
        [
            ("125mg:31.25mg(4:1)", [("", "125"), ("", "31.25")]),
            ("5mg/160mg", [("", "5"), ("", "160")]),
            ("150mg+12.5mg", [("", "150"), ("", "12.5")]),
            ("5ml:400mg:80mg", [("", "400"), ("", "80")]),
            ("80μg/4.5μg/吸", [("", "0.08"), ("", "0.0045")]),
            ("0.125g(0.1g:0.025g)(左旋多巴:苄丝肼)", [("左旋多巴", "100"), ("苄丝肼", "25")]),
            ("2.25g(哌拉西林2.0g与他唑巴坦0.25g)", [("哌拉西林", "2000"), ("他唑巴坦", "250")]),
            ("1ml(托吡卡胺5mg,盐酸去氧肾上腺素5mg)", [("托吡卡胺", "5"), ("盐酸去氧肾上腺素", "5")]),
            ("5ml:依达拉奉10mg与右莰醇2.5mg", [("依达拉奉", "10"), ("右莰醇", "2.5")]),
            ("每片含400mg索磷布韦和100mg维帕他韦", [("索磷布韦", "400"), ("维帕他韦", "100")]),
        ],
    )
    def test_reads_the_components_of_a_compound_and_sums_them(
        self, text: str, components: list[tuple[str, str]]
    ) -> None:
        strength = parse_strength(text)
        assert strength.components == tuple(part(name, amount) for name, amount in components)
        assert strength.amount == sum(Decimal(amount) for _name, amount in components)

    def test_keeps_the_number_of_a_vitamin_apart_from_its_amount(self) -> None:
        strength = parse_strength("每片含碳酸钙1.5g(相当于钙600mg)与维生素D3125国际单位")
        assert strength.components == (part("碳酸钙", "1500", note="相当于钙600mg"), part("维生素D3", "125", "单位"))
        assert (strength.amount, strength.unit) == (Decimal(1500), "mg")

    @pytest.mark.parametrize(
        ("text", "equivalent"),
        [
            ("0.25g(40万单位)", part("", "400000", "单位")),
            ("0.25g（40万单位）", part("", "400000", "单位")),
            ("每片重0.36g(相当于饮片3.85g)", part("相当于饮片", "3850")),
            ("每粒装0.33g(含三七总皂苷60mg)", part("含三七总皂苷", "60")),
            ("每袋装5g(每1g相当于饮片1.8g)", part("相当于饮片", "1800", per="1g")),
            ("每8丸重1.44g(每8丸相当于饮片、原药材3g)", part("相当于饮片、原药材", "3000")),
            ("0.05%(50μg/喷)", part("", "0.05", per="喷")),
        ],
    )
    def test_reads_what_restates_it(self, text: str, equivalent: Part) -> None:
        assert parse_strength(text).equivalent == equivalent

    def test_reads_doses_in_a_container(self) -> None:
        expected = Strength(Decimal("0.1"), "mg", counter="揿", doses=200)
        assert parse_strength("200揿:每揿100μg") == parse_strength("每瓶200揿,每揿100μg") == expected

    def test_takes_the_weight_before_a_gel_for_its_size(self) -> None:
        assert parse_strength("10g:0.2g", "凝胶剂") == Strength(Decimal(200), "mg", mass_mg=Decimal(10_000))
        assert parse_strength("10g:0.2g", "片剂").components == (part("", "10000"), part("", "200"))

    def test_takes_a_cream_for_no_compound_of_its_whole_weight(self) -> None:
        strength = parse_strength("1g(曲安奈德1mg与硝酸益康唑10mg)")
        assert (strength.amount, strength.unit, strength.basis) == (Decimal(1000), "mg", "fill")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "0.25",
            "mg",
            "-5mg",
            "0mg",
            "1:10mg",
            "0ml:10mg",
            "1ml:",
            "复方",
            "1,000mg",
            "0.25g+",
            "每袋装",
            "每0丸重3g",
            "阿莫西林:克拉维酸=2:1",
            "10mg、20mg、30",
            "15g(甲0.15g与乙15mg、乙16.5mg与甲150mg)",
        ],
    )
    def test_refuses_what_is_not_a_quantity(self, text: str) -> None:
        with pytest.raises(UnreadableStrength):
            parse_strength(text)


amounts = st.decimals(min_value="0.001", max_value="99999", places=3)
measures = st.builds("{}{}".format, amounts, st.sampled_from(["g", "mg", "μg", "单位", "万单位", "IU"]))
volumes = st.builds("{}{}".format, amounts, st.sampled_from(["ml", "L"]))
names = st.sampled_from(["哌拉西林", "维生素D3", "20%脂肪乳", "提取物(以黄芩苷计)"])
parts = st.lists(st.tuples(names, measures), min_size=2, max_size=3, unique_by=lambda item: item[0]).map(
    lambda items: "与".join(name + measure for name, measure in items)
)
heads = st.one_of(
    measures,
    volumes,
    parts,
    st.builds("{}:{}".format, volumes, measures),
    st.builds("{}:{}".format, volumes, parts),
    st.builds("{}+{}".format, measures, measures),
    st.builds("{}/ml".format, measures),
    st.builds("{}%".format, amounts),
    st.builds("每{}{}装{}".format, st.integers(1, 200), st.sampled_from(["丸", "袋(瓶)", "支"]), measures | volumes),
    st.builds("每{}含{}".format, st.sampled_from(["片", "1ml", "1g", "10g", "5ml"]), parts),
    st.builds("每{}相当于饮片{}".format, st.sampled_from(["8丸", "袋", "1ml"]), measures),
    st.builds("{0}{1}:每{1}{2}".format, st.integers(1, 300), st.sampled_from("揿喷吸"), measures),
)
tails = st.one_of(
    st.just(""),
    st.builds("({})".format, measures | volumes | parts),
    st.builds("(相当于饮片{})".format, measures),
    st.builds("(每1g相当于饮片{})".format, measures),
    st.builds("(含{})".format, parts),
    st.just("(预充式)"),
    st.just("(约)"),
)


class TestFormatStrength:
    @pytest.mark.parametrize(
        ("text", "canonical"),
        [
            ("0.25g", "250mg"),
            ("80万单位", "800000单位"),
            ("1ml:0.1g(10万单位)", "1ml:100mg(100000单位)"),
            ("5mg/160mg", "5mg+160mg"),
            ("每瓶200揿,每揿含布地奈德100μg", "200揿:每揿含布地奈德0.1mg"),
            ("每袋装5g(相当于饮片10g)", "每袋装5000mg(相当于饮片10000mg)"),
            ("每1ml相当于饮片1g", "每1ml相当于饮片1000mg"),
            ("1.34mg/ml,3ml", "1.34mg/ml(3ml)"),
        ],
    )
    def test_writes_the_smallest_units(self, text: str, canonical: str) -> None:
        assert format_strength(parse_strength(text)) == canonical

    @given(heads, tails, tails)
    def test_is_read_as_the_same_strength(self, head: str, tail: str, other: str) -> None:
        try:
            strength = parse_strength(head + tail + other)
        except UnreadableStrength:
            reject()
        assert parse_strength(format_strength(strength)) == strength


class TestRatio:
    def test_is_the_quotient_of_the_contents(self) -> None:
        assert parse_strength("0.5g").ratio_to(parse_strength("250mg")) == 2

    def test_counts_the_content_of_one_piece(self) -> None:
        assert parse_strength("每20丸重3g").ratio_to(parse_strength("每10丸重3g")) == Decimal("0.5")

    def test_is_that_of_every_component_of_a_compound(self) -> None:
        assert parse_strength("250mg:62.5mg").ratio_to(parse_strength("125mg:31.25mg")) == 2

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("10mg", "400单位"),
            ("1ml:10mg", "10mg"),
            ("10mg", "1ml:10mg"),
            ("每片重10mg", "10mg"),
            ("10%", "10mg"),
            ("200mg:28.5mg", "125mg:31.25mg"),
            ("5mg+10mg", "15mg"),
            ("每8丸相当于饮片3g", "每8丸相当于原药材3g"),
        ],
    )
    def test_is_refused_for_what_is_measured_otherwise(self, one: str, other: str) -> None:
        with pytest.raises(ValueError, match="cannot be compared"):
            parse_strength(one).ratio_to(parse_strength(other))

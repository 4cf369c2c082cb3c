from __future__ import annotations

import pytest

from catalog.rules.forms import FORMS, OTHER, Form, read_form


class TestReadForm:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("片", Form("", "片剂", "plain_tablet")),
            ("普通片", Form("", "片剂", "plain_tablet")),
            ("硬胶囊", Form("", "胶囊", "hard_capsule")),
            ("胶囊剂", Form("", "胶囊", "hard_capsule")),
            ("缓释片剂", Form("", "缓释片", "sustained_release_tablet")),
            ("颗粒", Form("", "颗粒剂", "granules")),
            ("粉针", Form("", "注射用无菌粉末", "powder_injection")),
            ("冻干粉针剂", Form("", "冻干粉针", "lyophilised_injection")),
            ("注射剂", Form("", "注射剂", "injection_form")),
            ("大输液", Form("", "大容量注射液", "large_injection")),
            ("氯化钠注射液", Form("", "氯化钠注射液", "large_injection")),
            ("(钾盐)注射用无菌粉末", Form("钾盐", "注射用无菌粉末", "powder_injection")),
            ("（苯磺酸盐、马来酸盐）片剂", Form("苯磺酸盐、马来酸盐", "片剂", "plain_tablet")),
            ("注射用人干扰素α1b", Form("", "注射用人干扰素α1b", "powder_injection")),
            ("小儿复方氨基酸注射液(18AA-I)", Form("", "小儿复方氨基酸注射液(18AA-I)", "small_injection")),
            ("片剂(I)", Form("", "片剂(I)", "plain_tablet")),
            ("口服常释剂型", Form("", "口服常释剂型", "conventional_oral_form")),
            ("口服常释剂型（不含分散片）", Form("", "口服常释剂型(不含分散片)", "other")),
            ("口服常释剂型(限片剂)", Form("", "口服常释剂型(限片剂)", "other")),
            ("海绵", Form("", "海绵", "other")),
            ("", Form("", "", "other")),
        ],
    )
    def test_reads(self, text: str, expected: Form) -> None:
        assert read_form(text) == expected

    @pytest.mark.parametrize(
        ("name", "family"),
        [
            ("咀嚼片", "chewable_tablet"),
            ("含片", "lozenge"),
            ("可溶片", "soluble_tablet"),
            ("肠溶片", "enteric_tablet"),
            ("肠溶胶囊", "enteric_capsule"),
            ("分散片", "dispersible_tablet"),
            ("软胶囊", "soft_capsule"),
            ("泡腾片", "effervescent_tablet"),
            ("缓释胶囊", "sustained_release_capsule"),
            ("口服溶液剂", "oral_solution"),
            ("散剂", "powder"),
        ],
    )
    def test_knows_the_families_of_the_price_ratio_rules(self, name: str, family: str) -> None:
        assert read_form(name).family == family

    @pytest.mark.parametrize("spelling", [spelling for _family, spellings in FORMS for spelling in spellings])
    def test_gives_each_spelling_one_name_that_reads_as_itself(self, spelling: str) -> None:
        form = read_form(spelling)
        assert form.family != OTHER
        assert read_form(form.name) == form

    def test_has_no_spelling_twice(self) -> None:
        spellings = [spelling for _family, names in FORMS for spelling in names]
        assert len(spellings) == len(set(spellings))

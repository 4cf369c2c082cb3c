"""Dosage forms: one name for many spellings, and the family by which the price-ratio rules tell forms apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.foundation.text import normalise

OTHER = "other"
# What lists call plain tablets, capsules and the like together.
CONVENTIONAL = "conventional_oral_form"
# family: canonical name and its other spellings; a family of several names has several rows.
FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("plain_tablet", ("片剂", "片", "普通片", "素片", "薄膜衣片", "糖衣片")),
    ("hard_capsule", ("胶囊", "胶囊剂", "硬胶囊", "硬胶囊剂")),
    ("chewable_tablet", ("咀嚼片", "咀嚼片剂")),
    ("lozenge", ("含片", "口含片", "含片剂")),
    ("buccal_tablet", ("口腔贴片",)),
    ("sublingual_tablet", ("舌下片", "舌下片剂")),
    ("soluble_tablet", ("可溶片", "可溶性片")),
    ("enteric_tablet", ("肠溶片", "肠溶片剂")),
    ("enteric_capsule", ("肠溶胶囊", "肠溶胶囊剂")),
    ("enteric_granules", ("肠溶颗粒", "肠溶颗粒剂")),
    ("enteric_dry_suspension", ("肠溶干混悬剂",)),
    ("dispersible_tablet", ("分散片", "分散片剂")),
    ("soft_capsule", ("软胶囊", "软胶囊剂")),
    ("effervescent_tablet", ("泡腾片", "泡腾片剂")),
    ("orodispersible_tablet", ("口崩片", "口腔崩解片")),
    ("oral_film", ("口溶膜", "口腔膜剂")),
    ("sustained_release_tablet", ("缓释片", "缓释片剂")),
    ("sustained_release_capsule", ("缓释胶囊", "缓释胶囊剂")),
    ("sustained_release_granules", ("缓释颗粒", "缓释颗粒剂")),
    ("controlled_release_tablet", ("控释片", "控释片剂")),
    ("controlled_release_capsule", ("控释胶囊", "控释胶囊剂")),
    ("enteric_sustained_release_tablet", ("肠溶缓释片", "肠溶缓释片剂")),
    (CONVENTIONAL, ("口服常释剂型",)),
    ("modified_release_form", ("缓释控释剂型", "缓控释剂型")),
    ("injection_form", ("注射剂", "针剂")),
    ("oral_solution", ("口服溶液剂", "口服溶液", "口服液", "口服液体剂")),
    ("oral_solution", ("合剂", "口服合剂")),
    ("oral_suspension", ("混悬液", "口服混悬液", "混悬剂", "口服混悬剂")),
    ("dry_suspension", ("干混悬剂", "口服干混悬剂")),
    ("syrup", ("糖浆剂", "糖浆")),
    ("syrup", ("糖浆组合包装",)),
    ("drops", ("滴剂", "口服滴剂")),
    ("granules", ("颗粒剂", "颗粒", "冲剂")),
    ("powder", ("散剂", "散", "口服散剂")),
    ("powder", ("粉剂",)),
    ("pills", ("丸剂", "丸")),
    ("honeyed_pills", ("大蜜丸",)),
    ("small_honeyed_pills", ("小蜜丸",)),
    ("water_honeyed_pills", ("水蜜丸",)),
    ("water_pills", ("水丸",)),
    ("concentrated_pills", ("浓缩丸",)),
    ("dripping_pills", ("滴丸剂", "滴丸")),
    ("soft_extract", ("煎膏剂", "煎膏", "膏滋")),
    ("tincture", ("酊剂", "酊")),
    ("medicinal_wine", ("酒剂",)),
    ("small_injection", ("注射液", "小容量注射液", "小容量注射剂", "小水针", "水针")),
    ("small_injection", ("注射用浓溶液", "浓溶液")),
    ("emulsion_injection", ("乳状注射液", "注射用乳剂")),
    ("large_injection", ("大容量注射液", "大容量注射剂", "大输液", "输液")),
    ("large_injection", ("氯化钠注射液",)),
    ("large_injection", ("葡萄糖注射液",)),
    ("powder_injection", ("注射用无菌粉末", "粉针", "粉针剂", "无菌粉末", "注射用粉针")),
    ("lyophilised_injection", ("冻干粉针", "冻干粉针剂", "注射用冻干粉针", "注射用冻干制剂", "注射用冻干粉末")),
    ("solvent_crystal_injection", ("溶媒结晶粉针", "溶媒结晶粉针剂", "注射用溶媒结晶粉针")),
    ("liposome_injection", ("注射用脂质体", "脂质体注射剂")),
    ("intravitreal_injection", ("眼用注射液",)),
    ("eye_drops", ("滴眼剂", "滴眼液")),
    ("eye_ointment", ("眼膏剂", "眼膏")),
    ("eye_gel", ("眼用凝胶", "眼用凝胶剂")),
    ("ear_drops", ("滴耳剂", "滴耳液")),
    ("nasal_drops", ("滴鼻剂", "滴鼻液")),
    ("nasal_spray", ("鼻喷雾剂", "鼻用喷雾剂", "鼻喷剂")),
    ("spray", ("喷雾剂",)),
    ("aerosol", ("气雾剂",)),
    ("inhalation_aerosol", ("吸入气雾剂",)),
    ("inhalation_powder", ("吸入粉雾剂", "粉雾剂", "粉吸入剂")),
    ("inhalation_solution", ("吸入用溶液", "吸入溶液剂", "吸入溶液", "雾化吸入用溶液")),
    ("inhalation_suspension", ("雾化吸入用混悬液", "吸入用混悬液")),
    ("ointment", ("软膏剂", "软膏")),
    ("cream", ("乳膏剂", "乳膏")),
    ("gel", ("凝胶剂", "凝胶")),
    ("mucilage", ("胶浆剂",)),
    ("topical_solution", ("外用溶液剂", "外用溶液")),
    ("topical_solution", ("溶液剂",)),
    ("liniment", ("涂剂", "搽剂")),
    ("lotion", ("洗剂",)),
    ("patch", ("贴剂", "透皮贴剂")),
    ("plaster", ("贴膏剂", "贴膏", "橡胶膏剂")),
    ("black_plaster", ("膏药",)),
    ("suppository", ("栓剂", "栓")),
    ("enema", ("灌肠剂",)),
    ("vaginal_tablet", ("阴道片",)),
    ("vaginal_effervescent_tablet", ("阴道泡腾片",)),
    ("vaginal_soft_capsule", ("阴道软胶囊",)),
)
# The insurance's collective forms, which tenders use as well, and the forms of the list that each stands for
# (notes of the national insurance list, 2017 and later).
COVERED: dict[str, frozenset[str]] = {
    CONVENTIONAL: frozenset(
        {"plain_tablet", "enteric_tablet", "dispersible_tablet", "hard_capsule", "soft_capsule", "enteric_capsule"}
    ),
    "modified_release_form": frozenset(
        {
            "sustained_release_tablet",
            "sustained_release_capsule",
            "controlled_release_tablet",
            "controlled_release_capsule",
            "enteric_sustained_release_tablet",
        }
    ),
    "injection_form": frozenset(
        {
            "small_injection",
            "large_injection",
            "emulsion_injection",
            "powder_injection",
            "lyophilised_injection",
            "solvent_crystal_injection",
            "liposome_injection",
        }
    ),
}
_NAMED = {spelling: (names[0], family) for family, names in FORMS for spelling in names}
# Filled by weight: 10g:0.2g is ten grams that contain 0.2 g, not a compound of two substances.
FILLED_BY_WEIGHT = frozenset({"gel", "eye_gel", "mucilage", "enema", "ointment", "eye_ointment", "cream", "aerosol"})
# To find forms in a longer text; a single character (丸, 散, 片) ends too many other words.
FORM_NAME = "|".join(re.escape(name) for name in sorted(_NAMED, key=len, reverse=True) if len(name) > 1)

_SALT = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


@dataclass(frozen=True, slots=True)
class Form:
    """``salt``: the remark in brackets before the form; ``name``: canonical, with a remark behind it kept;
    ``family``: the key of the price-ratio rules' form table, ``other`` where the table has no such form."""

    salt: str
    name: str
    family: str


def read_form(text: str) -> Form:
    """Read ``(钾盐)注射用无菌粉末``, ``片``, ``口服常释剂型``; what the table does not know keeps its name.

    A remark behind the form stays in its name (``片剂(I)``) and changes the family only where it limits what is meant:
    ``口服常释剂型(不含分散片)`` is not the ordinary one. A form with a product's name before it (``人干扰素α1b注射液``)
    has the family of the form that the text ends in.
    """
    plain = normalise(text).replace("[", "(").replace("]", ")")
    salt = ""
    if bracket := _SALT.match(plain):
        salt, plain = bracket[1], plain[bracket.end() :]
    known, remark = plain, ""
    if plain.endswith(")") and "(" in plain:
        known, remark = plain[: plain.index("(")], plain[plain.index("(") :]
    name, family = _NAMED.get(known, (known, OTHER))
    if family == OTHER:
        family = _family_of_ending(known)
    if remark.startswith("(不含") or (remark and family == CONVENTIONAL):
        family = OTHER
    return Form(salt, name + remark, family)


def _family_of_ending(known: str) -> str:
    if known.startswith("注射用"):
        return "powder_injection"
    ending = re.search(rf"(?:{FORM_NAME})$", known)
    return _NAMED[ending[0]][1] if ending else OTHER

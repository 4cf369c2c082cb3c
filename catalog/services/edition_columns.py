"""The columns of a sheet that an edition comes from."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from catalog.foundation.imports import (
    Column,
    one_of,
    optional_text,
    optional_text_up_to,
    text_up_to,
    whole_number,
    yes_no,
)
from catalog.rules.listing import parse_listing
from catalog.states import ListPart

FORM, STRENGTH = optional_text_up_to(50), optional_text_up_to(100)


def listed_forms(value: str) -> str:
    """All forms and strengths of an entry in the list's own grammar, each as short as a presentation has it.

    Raises:
        BadValue
    """
    given = optional_text(value)
    for listed in parse_listing(given).forms:
        FORM(listed.form)
        for strength in listed.strengths:
            STRENGTH(strength.text)
    return given


# The list itself numbers its parts.
PARTS = {
    "1": ListPart.CHEMICAL.value,
    "化学药品和生物制品": ListPart.CHEMICAL.value,
    "2": ListPart.TCM.value,
    "中成药": ListPart.TCM.value,
}


def list_part(value: str) -> str:
    """A part of the list by its word, its number or its Chinese name.

    Raises:
        BadValue
    """
    return one_of(*ListPart.values)(PARTS.get(value, value))


# A row names one form and strength, or all of an entry in the list's own grammar (``forms_and_strengths``).
COLUMNS = [
    Column("part", list_part, label=_("part")),
    Column("number", whole_number, label=_("number on the list"), synonyms=("seq", "序号")),
    Column(
        "name",
        text_up_to(200),
        label=_("Chinese generic name"),
        synonyms=("name_zh", "品种名称", "药品名称", "通用名"),
    ),
    Column("inn", optional_text_up_to(200), label=_("INN"), is_required=False, synonyms=("name_en_inn", "英文名称")),
    Column("category", text_up_to(100), label=_("class of the list"), synonyms=("类别", "一级分类")),
    Column("subcategory", optional_text_up_to(100), label=_("subclass"), is_required=False, synonyms=("二级分类",)),
    Column(
        "specialist",
        yes_no,
        label=_("under specialist guidance (△)"),
        is_required=False,
        synonyms=("under_specialist_guidance",),
    ),
    Column("form", FORM, label=_("dosage form"), is_required=False, synonyms=("剂型",)),
    Column("strength", STRENGTH, label=_("strength"), is_required=False, synonyms=("规格",)),
    Column(
        "forms_and_strengths",
        listed_forms,
        label=_("forms and strengths as listed"),
        is_required=False,
        synonyms=("剂型、规格", "剂型规格"),
    ),
    Column(
        "subsubcategory",
        optional_text_up_to(100),
        label=_("class below the subclass"),
        is_required=False,
        synonyms=("三级分类",),
    ),
    Column(
        "function",
        optional_text_up_to(100),
        label=_("function group"),
        is_required=False,
        synonyms=("tcm_function_group", "功能"),
    ),
    Column("atc", optional_text_up_to(7), label=_("ATC code"), is_required=False),
    Column("repeat", yes_no, label=_("listed again"), is_required=False, synonyms=("is_repeat_listing",)),
    Column("group", yes_no, label=_("group of medicines"), is_required=False),
    Column("note", optional_text_up_to(500), label=_("note"), is_required=False, synonyms=("remark", "备注")),
]
SECTION_COLUMNS = ("category", "subcategory", "subsubcategory", "function")

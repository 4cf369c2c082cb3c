"""The verbs in which the catalogue is asked."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Func, Q, Value

from catalog.accounts.kinds import OrganizationKind
from catalog.foundation.actor import Actor
from catalog.rules.search_words import LONGEST, SearchWords
from catalog.states import BINDING, ProductStatus

M = TypeVar("M", bound=models.Model)


class InForceQuerySet(models.QuerySet[M]):
    """Rows with a half-open ``validity`` in days."""

    def in_force(self, on: date) -> Self:
        """Those that hold on the day."""
        return self.filter(validity__contains=on)


class EditionQuerySet(InForceQuerySet[M]):
    def in_force(self, on: date) -> Self:
        """The one that holds on the day; a draft holds on none."""
        return super().in_force(on).filter(status__in=BINDING)


class ProductQuerySet(models.QuerySet[M]):
    def trading(self) -> Self:
        """Those that may be bought."""
        return self.filter(status=ProductStatus.TRADING)

    def search(self, question: str) -> Self:
        """Those that contain all words, in any order: names of medicine, form and maker, INN, initials, ATC, any code.

        All products where nothing is asked, none where the question has no letter, digit or Chinese character. The
        page of a list is quicker, and ranked, with ``queries.search.search_products``.
        """
        if not question.strip():
            return self
        asked = SearchWords.read(question)
        if not asked.words:
            return self.none()
        found = self.filter(_has_terms(asked.terms))
        for word in asked.words:
            found = found.filter(search__content__contains=word)
        return found


def _has_terms(query: str) -> Func:
    """The condition that the index ``products_found_by_words`` answers, written as the index is."""
    terms = Func(F("search__content"), F("search__codes"), function="catalog_search_terms", output_field=models.Field())
    template = "(%(expressions)s::tsquery)"
    return Func(terms, Value(query), template=template, arg_joiner=" @@ ", output_field=models.BooleanField())


class AdjustmentQuerySet(models.QuerySet[M]):
    """Rows of one province each: its officers' business, and the supervisors' to read."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's province; all for the platform and for who supervises."""
        if actor.is_platform or actor.kind == OrganizationKind.SUPERVISION:
            return self
        return self.filter(province=actor.province) if actor.province else self.none()


class ImportQuerySet(models.QuerySet[M]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's own organization; all for the platform and for who supervises."""
        if actor.is_platform or actor.kind == OrganizationKind.SUPERVISION:
            return self
        return self.filter(organization=actor.organization_id) if actor.organization_id else self.none()


class MedicineQuerySet(models.QuerySet):
    def search(self, question: str) -> Self:
        """Those of which every word stands in the Chinese name or the INN, or begins the initials or the ATC code."""
        found = self
        for typed in question.replace("\x00", "")[:LONGEST].split():
            word = unicodedata.normalize("NFKC", typed)
            found = found.filter(
                Q(name__icontains=typed)
                | Q(name__icontains=word)
                | Q(inn__icontains=word)
                | Q(initials__istartswith=word)
                | Q(atc__istartswith=word)
            )
        return found

"""The verbs in which the catalogue is asked."""

from __future__ import annotations

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

M = TypeVar("M", bound=models.Model)


class InForceQuerySet(models.QuerySet[M]):
    """Rows with a half-open ``validity`` in days."""

    def in_force(self, on: date) -> Self:
        """Those that hold on the day."""
        return self.filter(validity__contains=on)


class MedicineQuerySet(models.QuerySet):
    def search(self, words: str) -> Self:
        """Those whose Chinese name, INN or pinyin initials contain the words."""
        words = words.strip()
        if not words:
            return self
        return self.filter(Q(name__icontains=words) | Q(inn__icontains=words) | Q(initials__istartswith=words))

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlayedStep(models.Model):
    """A step of the demonstration year that has been played, with what it brought."""

    name = models.CharField(_("step"), max_length=40, unique=True)
    finished_at = models.DateTimeField(_("finished at"), auto_now_add=True)
    seconds = models.FloatField(_("seconds"))
    # pairs of name and value: an object would lose their order in the database
    figures = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("played step")
        verbose_name_plural = _("played steps")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def figure(self, name: str) -> str:
        """One figure as text."""
        return str(dict(self.figures)[name])

"""How far a listed price lies above the lowest of the same medicine."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AlarmTier(models.TextChoices):
    YELLOW = "yellow", _("yellow")
    RED_1 = "red_1", _("red ★")
    RED_2 = "red_2", _("red ★★")
    RED_3 = "red_3", _("red ★★★")

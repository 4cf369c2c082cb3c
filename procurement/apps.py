from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.subscriptions import subscribe


class ProcurementConfig(AppConfig):
    name = "procurement"
    verbose_name = _("Centralized procurement")

    def ready(self) -> None:
        subscribe("tender.assemble", "procurement.open_tender")
        subscribe("tender.open", "procurement.evaluate_tender")

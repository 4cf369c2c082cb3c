from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.subscriptions import subscribe


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Catalogue and prices")

    def ready(self) -> None:
        subscribe("import.map", "catalog.check_import")
        subscribe("import.agree", "catalog.write_import")

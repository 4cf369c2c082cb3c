from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.subscriptions import subscribe


class DistributionConfig(AppConfig):
    name = "distribution"
    verbose_name = _("Distribution and retail prices")

    def ready(self) -> None:
        subscribe("distribution_run.request", "distribution.execute_run")
        subscribe("retail_report.submit", "distribution.check_retail_report")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.subscriptions import subscribe


class DistributionConfig(AppConfig):
    name = "distribution"
    verbose_name = _("Distribution and retail prices")

    def ready(self) -> None:
        subscribe("distribution_run.request", "distribution.execute_run")
        subscribe("requisition.approve", "distribution.place_urgent")
        subscribe("retail_report.submit", "distribution.check_retail_report")
        subscribe("invoice.file", "distribution.match_invoice")
        subscribe("invoice.withdraw", "distribution.match_invoice")
        subscribe("receipt.record", "distribution.match_receipt")
        subscribe("goods_return.hand_over", "distribution.match_return")
        subscribe("order.complete", "distribution.match_order")
        subscribe("deemed_producer.enter", "distribution.match_deemed")
        subscribe("settlement.cancel", "distribution.match_cancelled")

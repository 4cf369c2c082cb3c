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
        subscribe("retail_file.hand_in", "distribution.take_retail_file")
        subscribe("retail_sweep.request", "distribution.execute_retail_sweep")
        subscribe("price_decision.enter", "distribution.recheck_decision")
        subscribe("procurement_price.enter", "distribution.recheck_procurement_price")
        subscribe("price_adjustment.approve", "distribution.recheck_adjusted_price")
        subscribe("rule_set.enter", "distribution.sweep_after_rules")
        subscribe("retail_report.check", "distribution.note_checked")
        subscribe("retail_sweep.finish", "distribution.note_swept")
        subscribe("invoice.file", "distribution.match_invoice")
        subscribe("invoice.withdraw", "distribution.match_invoice")
        subscribe("receipt.record", "distribution.match_receipt")
        subscribe("goods_return.hand_over", "distribution.match_return")
        subscribe("order.complete", "distribution.match_order")
        subscribe("deemed_producer.enter", "distribution.match_deemed")
        subscribe("settlement.cancel", "distribution.match_cancelled")
        subscribe("adverse_reaction.report", "distribution.watch_lot")
        subscribe("supervision_report.request", "distribution.make_report")
        subscribe("supervision_report.ask_again", "distribution.make_report")
        subscribe("shortage_report.file", "distribution.gather_reported")
        subscribe("stop_notice.file", "distribution.gather_stopped")

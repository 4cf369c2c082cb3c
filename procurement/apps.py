from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from catalog.foundation.journal.subscriptions import subscribe

# What becomes public, and what bidders are told of. A thousand bids are set aside by one evaluation: that is no moment.
PUBLIC = (
    *("tender.publish", "tender.amend", "tender.open_technical", "tender.publish_shortlist", "tender.open"),
    *("tender.publish_candidates", "tender.extend_objections", "tender.conclude", "tender.cancel"),
    *("clarification.answer", "lot.award", "lot.fail", "award.revoke", "agreement.end"),
    *("listing_offer.list", "listing_offer.lower", "listing_offer.end"),
    *("agreed_volume.amend", "agreed_volume.call_backup"),
)
TOLD = (
    *("tender.amend", "tender.publish_shortlist", "tender.publish_candidates", "tender.extend_objections"),
    *("explanation.ask", "lot.award", "lot.fail", "award.revoke", "tender.cancel", "listing_offer.list"),
)


class ProcurementConfig(AppConfig):
    name = "procurement"
    verbose_name = _("Centralized procurement")

    def ready(self) -> None:
        subscribe("tender.assemble_technical", "procurement.open_technical")
        subscribe("tender.assemble", "procurement.open_tender")
        subscribe("tender.open", "procurement.evaluate_tender")
        subscribe("score_sheet.submit", "procurement.shortlist_tender")
        subscribe("tender.evaluate", "procurement.screen_tender")
        for action in PUBLIC:
            subscribe(action, "procurement.publish_releases")
        for action in TOLD:
            subscribe(action, "procurement.send_notices")
        # the models are there by now
        from procurement.queries.readings import watch_sealed_tenders

        watch_sealed_tenders()

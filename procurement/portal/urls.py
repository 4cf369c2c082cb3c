"""The page on which a supplier's person bids for a lot without a client of their own."""

from django.urls import path

from procurement.portal.bids import bid_page, receipt_file, withdraw

app_name = "bidding"
urlpatterns = [
    path("", bid_page, name="bid"),
    path("<uuid:reference>/receipt/", receipt_file, name="receipt"),
    path("<uuid:reference>/withdraw/", withdraw, name="withdraw"),
]

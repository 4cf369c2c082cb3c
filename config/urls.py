"""Where each part of the site begins."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from oauth2_provider.views import RevokeTokenView, TokenView

from config import conduct_pages, health, patient_cost_pages, product_pages, seal_pages, tender_pages, views

# Machines get and give back tokens; no page asks a person to grant anything.
oauth = [
    path("token/", TokenView.as_view(), name="token"),
    path("revoke/", RevokeTokenView.as_view(), name="revoke-token"),
]

urlpatterns = [
    # first, since it is asked most
    path("api/v1/", include("config.api_urls")),
    path("", views.home, name="home"),
    path("tenders/", tender_pages.tenders, name="tenders"),
    path("tenders/<str:number>/documents/<int:document>/", tender_pages.tender_document, name="tender-document"),
    path("tenders/<str:number>/lots/<int:lot>/", tender_pages.lot, name="tender-lot"),
    path("tenders/<str:number>/opening/", tender_pages.opening, name="tender-opening"),
    path("tenders/<str:number>/candidates/", tender_pages.candidates, name="tender-candidates"),
    path("tenders/<str:number>/awards/", tender_pages.awards, name="tender-awards"),
    path("tenders/<str:number>/agreements/", tender_pages.agreements, name="tender-agreements"),
    path("agreements/<path:number>/", tender_pages.agreement, name="agreement"),
    path("tenders/<str:number>/lots/<int:lot>/bid/", include("procurement.portal.urls")),
    path("tenders/<path:number>/", tender_pages.tender, name="tender"),
    path("conduct-records/", conduct_pages.conduct_records, name="conduct-records"),
    path("savings/", patient_cost_pages.province_savings, name="province-savings"),
    path("journal-seals/", seal_pages.journal_seals, name="journal-seals"),
    path("journal-seals.json", seal_pages.journal_seals_file, name="journal-seals-file"),
    path("essential-medicines/", views.essential_medicines, name="essential-medicines"),
    path("products/", views.products, name="products"),
    path("products/<path:code>/prices.svg", product_pages.product_prices, name="product-prices"),
    path("products/<path:code>/patient-cost/", patient_cost_pages.product_patient_cost, name="product-patient-cost"),
    path("products/<path:code>/", product_pages.product, name="product"),
    path("portal/", include("distribution.portal.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    path("oauth/", include((oauth, "oauth2_provider"))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("health/", health.health, name="health"),
]

"""The addresses of the hospital portal."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from distribution.portal import basket, dashboard, despatches, orders, requisitions, retail
from distribution.portal.login import PortalLogin

app_name = "portal"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("login/", PortalLogin.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("requisitions/", requisitions.requisition_list, name="requisitions"),
    path("requisitions/new/", basket.new_requisition, name="requisition-new"),
    path("requisitions/total/", basket.basket_total, name="basket-total"),
    path("requisitions/<int:pk>/", requisitions.requisition_detail, name="requisition"),
    path("requisitions/<int:pk>/edit/", basket.edit_requisition, name="requisition-edit"),
    path("requisitions/<int:pk>/<str:action>/", requisitions.change, name="requisition-change"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<int:pk>/", orders.order_detail, name="order"),
    path("despatches/", despatches.despatch_list, name="despatches"),
    path("despatches/<int:pk>/", despatches.despatch_detail, name="despatch"),
    path("despatches/<int:pk>/receive/", despatches.receive, name="despatch-receive"),
    path("retail/", retail.report_list, name="retail"),
    path("retail/report/", retail.report_price, name="retail-report-price"),
    path("retail/upload/", retail.upload, name="retail-upload"),
    path("retail/errors/<str:token>/", retail.annotated_sheet, name="retail-errors"),
    path("retail/products/", retail.product_options, name="retail-products"),
    path("retail/violations/", retail.violations, name="violations"),
    path("retail/<int:pk>/", retail.report_detail, name="retail-report"),
]

"""The addresses of version 1 of the API."""

from django.urls import include, path

urlpatterns = [
    path("", include("catalog.api.urls")),
    path("", include("procurement.api.urls")),
    path("", include("distribution.api.urls")),
]

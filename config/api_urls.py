"""The addresses of version 1 of the API."""

from django.urls import include, path, re_path

from catalog.foundation.web.problems import Nowhere

urlpatterns = [
    path("", include("distribution.api.urls")),
    path("", include("catalog.api.urls")),
    path("", include("procurement.api.urls")),
    re_path("", Nowhere.as_view()),
]

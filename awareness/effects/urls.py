"""Addresses of before and after, inside the admin but of no table's own."""

from django.contrib import admin
from django.urls import path

from awareness.effects import pages

app_name = "effects"
urlpatterns = [
    path("", admin.site.admin_view(pages.summary_page), name="summary"),
    path("<slug:measure>/", admin.site.admin_view(pages.kind_page), name="kind"),
    path("<slug:measure>/<int:pk>/", admin.site.admin_view(pages.one_page), name="one"),
]

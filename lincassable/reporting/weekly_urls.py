"""Addresses of the weekly reports, inside the admin but of no table's own."""

from django.contrib import admin
from django.urls import path

from lincassable.reporting import weekly_views

app_name = "weekly"
urlpatterns = [
    path("", admin.site.admin_view(weekly_views.index), name="index"),
    path("envoyer/", admin.site.admin_view(weekly_views.send), name="send"),
    path("apercu/<slug:person>/<int:pk>/", admin.site.admin_view(weekly_views.preview), name="preview"),
    path("apercu/<slug:person>/<int:pk>/html/", admin.site.admin_view(weekly_views.preview_html), name="preview_html"),
    path("<slug:label>/", admin.site.admin_view(weekly_views.one_week), name="week"),
]

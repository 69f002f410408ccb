"""Addresses of the figures: inside the admin, and the page that anybody may open."""

from django.contrib import admin
from django.urls import path

from lincassable.reporting.figures import views

app_name = "figures"
urlpatterns = [
    path("", admin.site.admin_view(views.page), name="page"),
    path("bilan.pdf", admin.site.admin_view(views.sheet), name="sheet"),
    path("<slug:figure>/", admin.site.admin_view(views.rows), name="rows"),
]

"""Addresses of the forecasts, inside the admin but of no table's own."""

from django.contrib import admin
from django.urls import path

from pickups.admin import forecasts

app_name = "pickups_forecasts"
urlpatterns = [path("", admin.site.admin_view(forecasts.forecast_list), name="list")]

"""Addresses of the stock pages, inside the admin but of no table's own."""

from django.contrib import admin
from django.urls import path

from lincassable.reporting import stock_views

app_name = "stock"
urlpatterns = [
    path("", admin.site.admin_view(stock_views.stock_board), name="board"),
    path("<uuid:store_uuid>/", admin.site.admin_view(stock_views.movements), name="movements"),
]

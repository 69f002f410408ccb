"""The address of the search everywhere, inside the admin but of no table's own."""

from django.contrib import admin
from django.urls import path

from lincassable.portal import search_views

app_name = "search"
urlpatterns = [path("", admin.site.admin_view(search_views.search), name="everywhere")]

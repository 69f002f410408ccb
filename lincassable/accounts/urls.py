"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from lincassable.accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("mentions-legales/", views.notice, name="legal_notice"),
    path("confidentialite/", views.privacy, name="legal_privacy"),
    path("accessibilite/", views.accessibility, name="legal_accessibility"),
    # Addresses are changed by an administrator: the account is known by its address.
    path("compte/email/", views.not_here),
    path("compte/signup/", views.not_here),
]

"""Addresses of this app, at the foot of its mails."""

from django.urls import path

from lincassable.reminders import views

app_name = "reminders"
urlpatterns = [
    path("rappels/arreter/<str:signed>/", views.stop, name="stop"),
    path("rappels/choix/<str:signed>/", views.choices, name="choices"),
]

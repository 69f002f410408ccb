"""Addresses of trainings. That of a quiz is in the QR code shown at the end of a training."""

from django.urls import path

from lincassable.portal.training import phone, quiz

app_name = "training"
urlpatterns = [
    path("p/formation/", phone.training, name="phone"),
    path("formation/<uuid:training_uuid>/", quiz.quiz, name="quiz"),
    path("formation/<uuid:training_uuid>/<uuid:key>/", quiz.result, name="result"),
    path("formation/<uuid:training_uuid>/<uuid:key>/attestation.pdf", quiz.attestation, name="attestation"),
]

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NonConformitiesConfig(AppConfig):
    name = "nonconformities"
    label = "nonconformities"
    verbose_name = _("non-conformities")

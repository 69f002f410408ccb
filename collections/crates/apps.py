from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CratesConfig(AppConfig):
    name = "crates"
    label = "crates"
    verbose_name = _("crates")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NonConformitiesConfig(AppConfig):
    name = "nonconformities"
    label = "nonconformities"
    verbose_name = _("non-conformities")

    def ready(self) -> None:
        """Say which mails and reminders there are, what happened at a place, what goes over in a merge, which personal data is held."""
        from nonconformities import mail_kinds, merging, rules, store_timeline
        from nonconformities.privacy import register_kinds

        mail_kinds.register_kinds()
        rules.register_rules()
        store_timeline.register()
        merging.register_part()
        register_kinds()

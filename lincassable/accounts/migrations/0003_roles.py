"""The four roles, and what they may do with people, links, messages and the schedule."""

from django.db import migrations

from lincassable.accounts.roles import grant

SCHEDULE = ["view_periodictask", "change_periodictask", "view_crontabschedule", "add_crontabschedule", "change_crontabschedule"]
MESSAGES = ["view_message", "change_message", "view_taskrun"]
LINKS = ["view_accesslink", "change_accesslink", "view_accesslinkevent"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_access_link_events"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("messaging", "0001_initial"),
    ]

    operations = [
        grant(
            "accounts",
            {
                "administrator": [*LINKS, "view_user", "add_user", "change_user", "handle_personal_data"],
                # A store that lost its card asks its coordinator for a new one.
                "coordinator": LINKS,
                "sorting": [],
                "carrier": [],
            },
        ),
        grant("auth", {"administrator": ["view_group", "add_group", "change_group"]}),
        grant("messaging", {"administrator": MESSAGES, "coordinator": MESSAGES}),
        grant("django_celery_beat", {"administrator": SCHEDULE, "coordinator": ["view_periodictask"]}),
    ]

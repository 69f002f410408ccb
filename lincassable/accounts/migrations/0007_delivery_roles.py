"""What roles may do with rooms, refused addresses, and the history of messages and of the schedule."""

from django.db import migrations

from lincassable.accounts.roles import grant

READ = ["view_messageevent", "view_refusedaddress", "view_sendingpause", "view_scheduledrun", "view_chatroom"]
ROOMS = ["add_chatroom", "change_chatroom", "delete_chatroom"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_links_lead_elsewhere"),
        ("messaging", "0004_delivery"),
    ]

    operations = [
        grant(
            "messaging",
            {
                "administrator": [*READ, "change_refusedaddress", "change_sendingpause", *ROOMS],
                "coordinator": [*READ, "change_refusedaddress", "change_sendingpause"],
            },
        ),
    ]

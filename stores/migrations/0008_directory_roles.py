"""Who may write the history, the notes, the tasks, the files and the onboarding of places; the steps that every network starts with."""

from typing import Any

from django.db import migrations

from lincassable.accounts.roles import grant

TASKS = [f"{deed}_storetask" for deed in ("view", "add", "change", "delete")]
NOTES = [f"{deed}_storenote" for deed in ("view", "add", "change", "delete")]
FILES = ["view_storefile", "add_storefile", "delete_storefile"]
TAGS = [f"{deed}_tag" for deed in ("view", "add", "change", "delete")]
ONBOARDING = ["view_onboardingstep", "add_onboardingstep", "change_onboardingstep", "view_onboardingcheck", "add_onboardingcheck"]
COORDINATORS = [*TASKS, *NOTES, *FILES, *TAGS, *ONBOARDING, "delete_onboardingcheck", "view_statuschange"]

# (code, French, English): the order is the one of the screens.
STEPS = [
    ("contract", "convention signée", "contract signed"),
    ("crates", "casiers livrés", "crates delivered"),
    ("card", "carte QR posée", "QR card placed"),
    ("team", "équipe formée", "team trained"),
    ("signage", "signalétique posée", "signage placed"),
    ("first-declaration", "première déclaration", "first declaration"),
]


def seed(apps: Any, schema_editor: Any) -> None:
    """Add the steps that are not there yet."""
    model = apps.get_model("stores", "OnboardingStep")
    for position, (code, french, english) in enumerate(STEPS, start=1):
        model.objects.get_or_create(code=code, defaults={"name_fr": french, "name_en": english, "position": 10 * position})


class Migration(migrations.Migration):
    dependencies = [("stores", "0007_directory"), ("accounts", "0003_roles")]

    operations = [
        grant("stores", {"administrator": COORDINATORS, "coordinator": COORDINATORS, "sorting": [], "carrier": []}),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]

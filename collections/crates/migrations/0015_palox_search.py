"""Paloxes are found by any part of their number."""

from django.db import migrations

INDEX = "CREATE INDEX palox_number_trigram ON crates_palox USING gin (upper(number) gin_trgm_ops)"


class Migration(migrations.Migration):
    dependencies = [("crates", "0014_bottles_can_be_undone"), ("stores", "0001_initial")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX palox_number_trigram")]

"""Who may do what with carriers' contacts and prices, series of tours, and what proves a stop."""

from django.db import migrations

from lincassable.accounts.roles import grant

EDITED = ("carriercontact", "pricerule", "recurringtour", "recurringstop", "recurringskip", "hubcount", "stoppallet", "slipupload")
EVERYTHING = [f"{action}_{model}" for model in EDITED for action in ("view", "add", "change", "delete")]
SEEN = ["view_requestpart", "view_stopproof", "view_tourclosing", "view_emissionfactor"]
FACTORS = ["add_emissionfactor", "change_emissionfactor", "delete_emissionfactor"]


class Migration(migrations.Migration):
    dependencies = [("pickups", "0005_carriers_series_proofs"), ("accounts", "0004_calendar_links")]

    operations = [
        grant(
            "pickups",
            {"administrator": [*EVERYTHING, *SEEN, *FACTORS], "coordinator": [*EVERYTHING, *SEEN], "sorting": [], "carrier": []},
        )
    ]

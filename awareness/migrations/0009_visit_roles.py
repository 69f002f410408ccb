"""Who may write visits; the criteria that the checklist starts with."""

from django.db import migrations

from lincassable.accounts.roles import grant

ALL = [f"{deed}_{model}" for model in ("visit", "visitcriterion") for deed in ("view", "add", "change")]
ALL += ["view_visitanswer", "view_visitlog", "view_visitphoto", "delete_visitphoto"]

# Weight, then in French and in English: the name, how to judge it, the task proposed when it is missing.
CRITERIA = [
    (
        3,
        ("La consigne se voit dès l’entrée", "The deposit is seen from the entrance"),
        ("Affiche ou autocollant à hauteur des yeux, en bon état", "A poster or sticker at eye level, in good state"),
        ("Poser une affiche à l’entrée", "Put a poster up at the entrance"),
    ),
    (
        3,
        ("Les produits consignés sont signalés en rayon", "Returnable products are labelled on the shelf"),
        ("Réglette ou étiquette sur au moins trois produits sur quatre", "A talker or label on at least three products out of four"),
        ("Étiqueter les produits consignés", "Label the returnable products"),
    ),
    (
        3,
        ("L’équipe sait expliquer la consigne", "The staff can explain the deposit"),
        ("Demandez à la caisse : que fait-on de la bouteille vide ?", "Ask at the till: what becomes of the empty bottle?"),
        ("Prévoir une formation de l’équipe", "Plan a training of the team"),
    ),
    (
        2,
        ("Le point de retour se trouve sans demander", "Customers find where to bring bottles back without asking"),
        ("Un client qui ne connaît pas le magasin le trouve", "A customer who does not know the store finds it"),
        ("Indiquer le point de retour", "Show the way to where bottles come back"),
    ),
    (
        2,
        ("Les casiers sont accessibles et en ordre", "Crates are reachable and in order"),
        ("Ni cartons devant, ni casiers mélangés", "No boxes in front, no mixed crates"),
        ("Dégager et ranger les casiers", "Clear and sort the crates"),
    ),
    (
        1,
        ("La fiche avec le code QR est en place", "The card with the QR code is in place"),
        ("Près des casiers, lisible", "Near the crates, readable"),
        ("Apporter une nouvelle fiche QR", "Bring a new QR card"),
    ),
    (
        1,
        ("Les bouteilles rapportées sont vides et rincées", "Bottles that came back are empty and rinsed"),
        ("Regardez un casier au hasard", "Look at one crate, any"),
        ("Rappeler le rinçage des bouteilles", "Say again that bottles are to be rinsed"),
    ),
]


def write(apps, schema_editor):
    """Write the criteria, when there are none."""
    model = apps.get_model("awareness", "VisitCriterion")
    if model.objects.exists():
        return
    for position, (weight, *texts) in enumerate(CRITERIA, start=1):
        columns = {
            f"{name}_{language}": pair[number]
            for name, pair in zip(("name", "help", "task"), texts, strict=True)
            for number, language in enumerate(("fr", "en"))
        }
        model.objects.create(weight=weight, position=position, **columns)


class Migration(migrations.Migration):
    dependencies = [("awareness", "0008_visits"), ("accounts", "0003_roles")]

    operations = [
        grant("awareness", {"administrator": ALL, "coordinator": ALL}),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]

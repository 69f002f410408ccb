"""Who may write trainings; the questions that the quiz starts with."""

from django.db import migrations

from lincassable.accounts.roles import grant

EDITED = ("training", "quizquestion")
ALL = [f"{deed}_{model}" for model in EDITED for deed in ("view", "add", "change")]
ALL += ["view_participation", "view_trainingwish", "change_trainingwish"]

# Question, right answer, two wrong ones: in French, in English.
QUESTIONS = [
    (
        ("Que devient une bouteille consignée rapportée au magasin ?", "What becomes of a returnable bottle brought back to the shop?"),
        ("Elle est lavée puis remplie à nouveau", "It is washed, then filled again"),
        ("Elle est fondue pour refaire du verre", "It is melted to make new glass"),
        ("Elle part à la décharge", "It goes to the dump"),
    ),
    (
        ("Dans quel état une bouteille doit-elle revenir ?", "In which state should a bottle come back?"),
        ("Vide et rincée, l'étiquette peut rester", "Empty and rinsed, the label may stay"),
        ("Avec son bouchon", "With its cap"),
        ("Sans étiquette", "Without its label"),
    ),
    (
        ("Où se range une bouteille rapportée ?", "Where does a bottle that was brought back go?"),
        ("Dans un casier de sa taille", "Into a crate of its size"),
        ("Dans n'importe quel carton", "Into any box"),
        ("Dans le bac à verre", "Into the glass container"),
    ),
    (
        ("Quand déclare-t-on les casiers pleins ?", "When are full crates declared?"),
        ("Dès que le stock est plein aux quatre cinquièmes environ", "As soon as about four fifths are full"),
        ("Une fois par an", "Once a year"),
        ("Quand le camion est là", "When the truck is there"),
    ),
    (
        (
            "Un client rapporte une bouteille qui n'est pas consignée. Que faire ?",
            "A customer brings a bottle that is not returnable. What now?",
        ),
        ("La lui rendre et lui montrer le conteneur à verre", "Give it back, and show the way to the glass container"),
        ("La mettre dans un casier", "Put it into a crate"),
        ("Lui rembourser quand même la consigne", "Pay the deposit all the same"),
    ),
    (
        ("Pourquoi réemployer plutôt que recycler ?", "Why reuse rather than recycle?"),
        ("Laver une bouteille demande bien moins d'énergie que la fondre", "Washing a bottle takes far less energy than melting it"),
        ("Le verre ne se recycle pas", "Glass cannot be recycled"),
        ("C'est obligatoire pour toutes les bouteilles", "It is compulsory for all bottles"),
    ),
]


def write(apps, schema_editor):
    """Write the questions, when there are none."""
    model = apps.get_model("awareness", "QuizQuestion")
    if model.objects.exists():
        return
    for position, (text, right, wrong, other) in enumerate(QUESTIONS):
        said = {"text": text, "right": right, "wrong": wrong, "other": other}
        values = {f"{name}_{language}": pair[number] for name, pair in said.items() for number, language in enumerate(("fr", "en"))}
        model.objects.create(position=position, **values)


class Migration(migrations.Migration):
    dependencies = [("awareness", "0003_trainings"), ("accounts", "0003_roles")]

    operations = [
        grant("awareness", {"administrator": ALL, "coordinator": ALL}),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]

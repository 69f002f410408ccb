"""A text of a mail in the network's own words, with an earlier version: what coordinators find under “Texts of mails”."""

from __future__ import annotations

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.messaging.texts import services

KIND, LANGUAGE = "tour_confirmed_store", "fr"
SUBJECT = "Votre collecte : {{ short_date }} ({{ place }})"
FIRST = "# Votre collecte est confirmée\n\n{{ pickup }}\n\n{{ suits_sentence }}\n"
SECOND = """# Le camion passe bientôt

{{ greeting }}

Bonne nouvelle, votre collecte est confirmée :

{{ pickup }}

> Empilez les casiers pleins par cinq, étiquette vers l’extérieur.

{{ suits_sentence }}

Merci, et à bientôt !
"""


def tell_mail_texts(author: User) -> None:
    """Write two versions of the mail that confirms a pickup."""
    by = Actor.of_user(author)
    for seen, body in enumerate((FIRST, SECOND)):
        services.save(KIND, LANGUAGE, subject=SUBJECT, body=body, seen=seen, by=by)

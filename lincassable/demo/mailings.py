"""The mailings of the demo network: templates, one that was sent, one that begins next week, two that are being written."""

from __future__ import annotations

import datetime as dt

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.mailings import services, timing
from lincassable.mailings.audience import Criteria
from lincassable.mailings.enums import State
from lincassable.mailings.models import Mailing, MailingLog, MailingTemplate
from lincassable.mailings.services import batches
from lincassable.messaging.enums import Reason
from lincassable.messaging.models import Message
from stores.enums import Kind, Role
from stores.models import Zone

EVENT = MailingTemplate(
    name="Invitation à un évènement",
    purpose="Inviter les points de collecte d'une zone à une rencontre.",
    subject_fr="{{ event_name }} le {{ event_date }} : vous venez ?",
    body_fr=(
        "Bonjour{% if contact_name %} {{ contact_name }}{% endif %},\n\n"
        "Nous vous invitons à **{{ event_name }}**, le **{{ event_date }}**, {{ event_place }}.\n\n"
        "## Au programme\n\n- une heure pour visiter le centre de tri\n- vos questions sur la consigne\n- un verre, consigné bien sûr\n\n"
        "Répondez à ce mail pour dire combien vous serez.\n\nÀ bientôt,\nl'équipe de {{ network_name }}"
    ),
    subject_en="{{ event_name }} on {{ event_date }}: will you come?",
    body_en=(
        "Hello{% if contact_name %} {{ contact_name }}{% endif %},\n\n"
        "You are invited to **{{ event_name }}** on **{{ event_date }}**, {{ event_place }}.\n\n"
        "Answer this mail to tell us how many you will be.\n\n"
        "See you soon,\nthe team of {{ network_name }}"
    ),
    fields=[
        {"name": "event_name", "label": "Nom de l'évènement"},
        {"name": "event_date", "label": "Date"},
        {"name": "event_place", "label": "Lieu"},
    ],
)
NEWS = MailingTemplate(
    name="Lettre du réseau",
    purpose="Les nouvelles, deux ou trois fois par an.",
    subject_fr="Des nouvelles de la consigne à {{ store_city }}",
    body_fr=(
        "Bonjour,\n\nGrâce à {{ store_name }} et aux autres points de collecte, "
        "**{{ bottles }} bouteilles** sont reparties ce trimestre.\n\n"
        "## Ce qui change\n\n{{ news }}\n\n"
        "{% if store_page %}[Ouvrir votre page]({{ store_page }})\n\n{% endif %}Merci à toute l'équipe !"
    ),
    fields=[{"name": "bottles", "label": "Bouteilles du trimestre"}, {"name": "news", "label": "La nouvelle en une phrase"}],
)


def tell_mailings(author: User, today: dt.date) -> int:
    """Write them down; return how many there are. A second or two, whatever the size of the network.

    Arguments: author, the demo coordinator; today, the day on which the story ends.
    """
    by = Actor.of_user(author)
    event, news = (services.save_template(MailingTemplate(**_columns(each)), by=by) for each in (EVENT, NEWS))
    zones = list(Zone.objects.order_by("name").values_list("pk", flat=True)[:2])
    sent = _sent(event, Criteria(zones=tuple(zones[:1])), today - dt.timedelta(days=12), by)
    wider = services.begin("Portes ouvertes, pour les zones voisines", by=by, like=sent)  # who has had it is left out of it
    services.save_audience(wider, Criteria(zones=tuple(zones)), by=by)
    _planned(news, today + dt.timedelta(days=(1 - today.weekday()) % 7 or 7), by)
    draft = services.begin("Horaires des fêtes", by=by, template=None)
    services.save_audience(draft, Criteria(kinds=(Kind.SHOP.value,), roles=(Role.MANAGER.value,), zones=tuple(zones)), by=by)
    text = "Bonjour,\n\nPensez à mettre à jour les horaires de {{ store_name }} avant les fêtes.\n\n[Ouvrir votre page]({{ store_page }})"
    services.save_text(draft, {"subject_fr": "Vos horaires pendant les fêtes", "body_fr": text}, by=by)
    return Mailing.objects.count()


def _columns(template: MailingTemplate) -> dict[str, object]:
    names = ("name", "purpose", "subject_fr", "body_fr", "subject_en", "body_en", "fields")
    return {name: getattr(template, name) for name in names}


def _sent(template: MailingTemplate, criteria: Criteria, day: dt.date, by: Actor) -> Mailing:
    """An invitation that left on a past day; one address did not work. Returns it."""
    mailing = services.begin("Portes ouvertes du centre de tri", by=by, template=template)
    services.save_audience(mailing, criteria, by=by)
    when = timing.moment(day, dt.time(10))
    date = {"fr": (day + dt.timedelta(days=20)).strftime("%d/%m/%Y")}
    values = {"event_name": {"fr": "la visite du centre de tri", "en": "the tour of the sorting centre"}, "event_date": date}
    services.save_text(mailing, {"values": values | {"event_place": {"fr": "au centre de tri", "en": "at the sorting centre"}}}, by=by)
    mailing = services.schedule(mailing, None, by=by)
    Mailing.objects.filter(pk=mailing.pk).update(scheduled_at=when)
    batches._begin(mailing.pk, when)
    batches._write(mailing, list(mailing.recipients.filter(progress="waiting").select_related("store", "contact")), when)
    messages = Message.objects.filter(mailing_recipient__mailing=mailing)
    failed = messages.order_by("pk").values_list("pk", flat=True)[:1]
    refused = {"state": Message.FAILED, "reason": Reason.RECIPIENT, "last_error": "550 5.1.1 User unknown"}
    messages.filter(pk__in=list(failed)).update(**refused, attempts=1, created_at=when)
    messages.filter(state=Message.WAITING).update(state=Message.SENT, sent_at=when, attempts=1, created_at=when)
    end = when + dt.timedelta(minutes=6)
    Mailing.objects.filter(pk=mailing.pk).update(state=State.DONE, finished_at=end, created_at=when - dt.timedelta(days=1))
    mailing.log.update(at=when)
    MailingLog.objects.create(mailing=mailing, from_state=State.SENDING, to_state=State.DONE, at=end)
    return mailing


def _planned(template: MailingTemplate, day: dt.date, by: Actor) -> None:
    """The network's letter, which begins one morning next week."""
    mailing = services.begin("Lettre du réseau", by=by, template=template)
    values = {"bottles": {"fr": "31 400"}, "news": {"fr": "Le casier 24×33 cl arrive dans tous les points de collecte."}}
    services.save_text(mailing, {"values": values}, by=by)
    services.schedule(mailing, timing.moment(day, dt.time(10)), by=by, per_hour=300)

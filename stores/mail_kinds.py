"""The mails about proposals of places, and what their texts may say, for `messaging.kinds`. The contexts are those of `emails`."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.actors import Actor
from lincassable.messaging.kinds import Choice, Kind, Subject, Variable, block, register
from lincassable.messaging.services import Prepared
from stores import emails
from stores.models import ChangeProposal, Store

MOST = 20  # choices offered at once
PLACE = Variable("place", gettext_lazy("name of the place"), "{{ place.name }}")
WHAT = Variable("what", gettext_lazy("what the change is about"), "{{ subject }}")
BEFORE_AND_AFTER = block(
    "changes",
    gettext_lazy("what changes: as it is today, and as it is proposed"),
    '<table class="figures"><tr><th>{% translate "what" %}</th><th>{% translate "today" %}</th><th>{% translate "proposed" %}</th></tr>'
    "{% for change in changes %}<tr><td>{{ change.label }}</td>"
    "<td>{% for line in change.before %}{{ line }}<br>{% empty %}–{% endfor %}</td>"
    "<td><strong>{% for line in change.after %}{{ line }}<br>{% empty %}–{% endfor %}</strong></td></tr>{% endfor %}</table>",
    '{% for change in changes %}- {{ change.label }}\n  {% translate "today" %}: {{ change.before|join:" / "|default:"–" }}\n'
    '  {% translate "proposed" %}: {{ change.after|join:" / "|default:"–" }}\n{% endfor %}',
)
AFTER = block(
    "changes",
    gettext_lazy("what was proposed"),
    '<table class="figures">{% for change in changes %}<tr><td>{{ change.label }}</td><td><strong>'
    "{% for line in change.after %}{{ line }}<br>{% empty %}–{% endfor %}</strong></td></tr>{% endfor %}</table>",
    '{% for change in changes %}- {{ change.label }}: {{ change.after|join:" / "|default:"–" }}\n{% endfor %}',
)
COMMENT = Variable(
    "comment",
    gettext_lazy("what the place wrote with it, and who; often empty"),
    "{% if proposal.comment %}{{ proposal.comment }}{% if proposal.first_name %} — {{ proposal.first_name }}{% endif %}{% endif %}",
)
OUTCOME = Variable(
    "outcome",
    gettext_lazy("“Your change is made”, or that it could not be"),
    '{% if accepted %}{% translate "Your change is made" %}{% else %}{% translate "Your change could not be made" %}{% endif %}',
)
INTRODUCTION = Variable(
    "introduction",
    gettext_lazy("a sentence before the list: thanks, or what was proposed"),
    "{% if accepted %}"
    "{% blocktranslate trimmed with store=place.name %}Thank you, it is written down for {{ store }}:{% endblocktranslate %}"
    "{% else %}{% blocktranslate trimmed with store=place.name %}For {{ store }}, you proposed:{% endblocktranslate %}{% endif %}",
)
ANSWER = Variable("answer", gettext_lazy("what the coordinator answered; may be empty"), "{{ proposal.answer }}")
PAGE = Variable("page_url", gettext_lazy("address of the place's page on the phone; empty when its card was revoked"), "{{ page_url }}")
LINK = Variable("link", gettext_lazy("address of the proposal in the admin"), "{{ link }}")

ADDRESS = Variable("address", gettext_lazy("the address"), "{{ address }}")
CONTACTS = block(
    "contacts",
    gettext_lazy("whose address it is, and where"),
    '<table class="figures">{% for line in lines %}<tr><td>{{ line.store }}</td><td>{{ line.contact }}</td></tr>{% endfor %}</table>',
    "{% for line in lines %}- {{ line.store }}, {{ line.contact }}\n{% endfor %}",
)
REFUSED_LINK = Variable("link", gettext_lazy("its page in the admin"), "{{ link }}")


def _sample() -> dict[str, Any]:
    """Return a made-up proposal."""
    changes = [SimpleNamespace(label=_("Opening hours"), before=[_("Monday to Friday 9–12")], after=[_("Tuesday to Saturday 9–12")])]
    said = SimpleNamespace(comment=_("We are closed on Mondays from now on."), first_name="Léa", answer=_("Thank you!"))
    shown = {"proposal": said, "place": SimpleNamespace(name="Épicerie des Halles"), "subject": _("Opening hours"), "changes": changes}
    return {
        **shown,
        "accepted": True,
        "link": f"{settings.SITE_URL}/admin/",
        "page_url": f"{settings.SITE_URL}/p/",
        "contact": SimpleNamespace(name="Ana"),
        "unsubscribe_url": f"{settings.SITE_URL}/stop/",
        "preferences_url": f"{settings.SITE_URL}/choices/",
    }


def _refused_sample() -> dict[str, Any]:
    """Return a made-up refused address."""
    line = {"contact": "Ana", "store": "Épicerie des Halles", "link": f"{settings.SITE_URL}/admin/"}
    said = "550 5.1.1 No such user"
    return {"address": "ana@example.org", "complained": False, "detail": said, "lines": [line], "link": f"{settings.SITE_URL}/admin/"}


def _visible(user: Any) -> Any:
    stores = Store.objects.for_actor(Actor.of_user(user))
    return ChangeProposal.objects.filter(store__in=stores).select_related("store").order_by("-proposed_at", "-pk")


def search(user: Any, typed: str) -> Sequence[Choice]:
    """Return the proposals of the places whose name or town holds `typed`, the newest first."""
    found = _visible(user)
    if typed.strip():
        found = found.filter(Q(store__name__unaccent__icontains=typed.strip()) | Q(store__city__unaccent__icontains=typed.strip()))
    return [Choice(proposal.pk, f"{proposal.store} · {proposal.get_kind_display()}") for proposal in found[:MOST]]


def made(user: Any, key: int) -> Prepared | None:
    """Return the mail that tells coordinators of a proposal."""
    proposal = _visible(user).filter(pk=key).first()
    return next(iter(emails.proposal_made(proposal)), None) if proposal else None


def answered(user: Any, key: int) -> Prepared | None:
    """Return the mail that tells a place what became of its proposal."""
    proposal = _visible(user).filter(pk=key).first()
    return next(iter(emails.proposal_answered(proposal)), None) if proposal else None


def register_kinds() -> None:
    """Make the mails about proposals known."""
    about = Subject(gettext_lazy("proposal"), search)
    register(
        [
            Kind(
                "proposal_made",
                gettext_lazy("Proposal of a place"),
                gettext_lazy("coordinators"),
                gettext_lazy("when a place proposes a change about itself"),
                (PLACE, WHAT, BEFORE_AND_AFTER, COMMENT, LINK),
                _sample,
                about,
                made,
            ),
            Kind(
                "proposal_answered",
                gettext_lazy("Answer to a proposal"),
                gettext_lazy("the managers of the place"),
                gettext_lazy("when a coordinator accepts or refuses"),
                (OUTCOME, PLACE, WHAT, INTRODUCTION, AFTER, ANSWER, PAGE),
                _sample,
                about,
                answered,
            ),
            Kind(
                "address_refused",
                gettext_lazy("Address that refuses"),
                gettext_lazy("coordinators"),
                gettext_lazy("once, when an address bounces for good or its owner complains"),
                (ADDRESS, CONTACTS, REFUSED_LINK),
                _refused_sample,
            ),
        ]
    )

"""The mails of reminders without one of their own, and what their texts may say. The contexts are those of `mails`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.messaging.kinds import Kind, Variable, block, register
from lincassable.reminders.enums import DIGEST, PLAIN

_MORE = "{% blocktranslate trimmed count n=part.more %}and {{ n }} more{% plural %}and {{ n }} more{% endblocktranslate %}"
_ONE = (
    Variable("subject", gettext_lazy("what it is about, in a few words"), "{{ words.subject }}"),
    block(
        "paragraphs",
        gettext_lazy("what is to be done"),
        "{% for paragraph in words.text %}<p>{{ paragraph }}</p>{% endfor %}",
        "{% for paragraph in words.text %}{{ paragraph }}\n{% endfor %}",
    ),
    Variable("button", gettext_lazy("what the button says"), "{{ words.button }}"),
    Variable("url", gettext_lazy("where the button leads; may be empty"), "{{ words.url }}"),
)
_SEVERAL = (
    Variable("first", gettext_lazy("the most pressing one, in a few words"), "{{ first }}"),
    Variable(
        "first_and_others",
        gettext_lazy("the most pressing one, and how many others"),
        "{% if others %}{% blocktranslate trimmed count n=others %}{{ first }} · and {{ n }} other thing{% plural %}"
        "{{ first }} · and {{ n }} other things{% endblocktranslate %}{% else %}{{ first }}{% endif %}",
    ),
    block(
        "parts",
        gettext_lazy("all of them, the most pressing first, each with its title"),
        "{% for part in parts %}<h2>{{ part.heading }}</h2>{% if part.only %}"
        "{% for paragraph in part.only.text %}<p>{{ paragraph }}</p>{% endfor %}{% if part.only.url %}"
        '<p><a class="button" href="{{ part.only.url }}">{{ part.only.button }}</a></p>{% endif %}{% else %}<ul>'
        "{% for each in part.words %}<li>{% if each.url %}"
        '<a href="{{ each.url }}">{{ each.short }}</a>{% else %}{{ each.short }}{% endif %}</li>{% endfor %}'
        "{% if part.more %}<li>" + _MORE + "</li>{% endif %}</ul>{% endif %}{% endfor %}",
        "{% for part in parts %}{{ part.heading|upper }}\n{% if part.only %}"
        "{% for paragraph in part.only.text %}{{ paragraph }}\n{% endfor %}"
        "{% if part.only.url %}{{ part.only.url }}\n{% endif %}{% else %}"
        "{% for each in part.words %}- {{ each.short }}{% if each.url %}\n  {{ each.url }}{% endif %}\n{% endfor %}"
        "{% if part.more %}- " + _MORE + "\n{% endif %}{% endif %}\n{% endfor %}",
    ),
)


def _words(subject: str, text: str) -> SimpleNamespace:
    return SimpleNamespace(subject=subject, short=subject, text=[text], button=_("Open the page"), url=f"{settings.SITE_URL}/page/")


def _sample() -> dict[str, Any]:
    """Return two made-up reminders."""
    count = _words(_("A count is due at Épicerie des Halles"), _("The last count of the crates is eleven months old."))
    palox = _words(_("Palox INC-00012 has not been seen for long"), _("Is it still with you? Tell us its number."))
    stop = f"{settings.SITE_URL}/stop/"
    parts = [
        SimpleNamespace(heading=each.subject, words=[each], only=each, more=0, kind=_("Mails about counts"), stop_url=stop)
        for each in (count, palox)
    ]
    listed = SimpleNamespace(
        heading=_("Bottles that wait (2)"), words=[count, palox], only=None, more=0, kind=_("Mails about bottles"), stop_url=stop
    )
    shown = {"words": count, "kind": _("Mails about counts"), "parts": [*parts, listed], "first": count.subject, "others": 3}
    return {**shown, "person": SimpleNamespace(name=_("Ana")), "unsubscribe_url": stop, "preferences_url": stop}


def register_kinds() -> None:
    """Make the mails of reminders known."""
    to = gettext_lazy("whoever the rule concerns")
    register(
        [
            Kind(PLAIN, gettext_lazy("A reminder"), to, gettext_lazy("when one rule without a mail of its own is due"), _ONE, _sample),
            Kind(DIGEST, gettext_lazy("Several reminders"), to, gettext_lazy("when several are due on one day"), _SEVERAL, _sample),
        ]
    )

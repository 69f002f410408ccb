"""The kinds of mails: what each is for, and the variables that a coordinator may use in its text.

The floors above register theirs in `AppConfig.ready()` (as in `pickups/mail_kinds.py`). A kind is the name of its files in
`templates/mail/`. A variable is a small Django template of ours over what the caller gives to the mail: `{{ tour.date|date:"l j F Y" }}`.
It is filled in for each mail, in the recipient's language and the network's time, only when a text uses it; the coordinator's text never
sees more than the words that come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Variable:
    """One variable of a kind.

    name: as it is typed between braces. label: what it is. source: the template that gives its value; for a block, its HTML.
    text: for a block, the template of its plain text. number: its value is a whole number, to compare with.
    """

    name: str
    label: Text
    source: str
    text: str = ""
    number: bool = False

    @property
    def is_block(self) -> bool:
        """Whether it brings its own mark-up: it then stands on a line of its own."""
        return bool(self.text)


def block(name: str, label: Text, source: str, text: str) -> Variable:
    """Return a variable that brings its own mark-up: `source` in HTML, `text` in plain text."""
    return Variable(name, label, source, text)


def part(name: str, label: Text, file: str) -> Variable:
    """Return a block made of the files `mail/<file>.html` and `mail/<file>.txt`."""
    return Variable(name, label, f'{{% include "mail/{file}.html" %}}', f'{{% include "mail/{file}.txt" %}}')


@dataclass(frozen=True)
class Choice:
    """What a preview may be made of: its key and how it is called on screen."""

    key: int
    label: str


@dataclass(frozen=True)
class Subject:
    """What a kind of mail is about. label: “store”, “tour”…

    search: (user, what was typed) -> the first matches that this user may see, the most useful first.
    """

    label: Text
    search: Callable[[Any, str], Sequence[Choice]]


class Written(Protocol):
    """A mail about to be written, as `services.Prepared`."""

    @property
    def to(self) -> Any: ...

    @property
    def context(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Kind:
    """One kind of mail.

    name: of its files. label, to, when: what it is called, who gets it, at what moment. variables: those of this kind.
    sample: returns a made-up context, for examples and for checking a text without any data.
    subject, preview: what to choose for a preview, and (user, key) -> a mail as the network would write it about that, to anybody, or None
    when nobody would get one. Both only give what this user may see.
    """

    name: str
    label: Text
    to: Text
    when: Text
    variables: Sequence[Variable]
    sample: Callable[[], Mapping[str, Any]]
    subject: Subject | None = None
    preview: Callable[[Any, int], Written | None] | None = None
    by_name: Mapping[str, Variable] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {variable.name: variable for variable in (*COMMON, *self.variables)})

    @property
    def known(self) -> frozenset[str]:
        """The names of all its variables."""
        return frozenset(self.by_name)


# In every mail.
COMMON = (
    Variable("site_name", _("name of the network"), "{{ site_name }}"),
    Variable("site_url", _("address of the site"), "{{ site_url }}"),
    Variable("recipient", _("name of the person who gets the mail, if we know it"), "{{ recipient.name }}"),
    Variable(
        "greeting",
        _("“Hello Ana,”, or “Hello,” when we do not know the name"),
        "{% if recipient.name %}"
        "{% blocktranslate trimmed with name=recipient.name %}Hello {{ name }},{% endblocktranslate %}"
        '{% else %}{% translate "Hello," %}{% endif %}',
    ),
)

_kinds: dict[str, Kind] = {}


def register(kinds: Iterable[Kind]) -> None:
    """Make kinds of mails known, in the order of screens."""
    for kind in kinds:
        _kinds[kind.name] = kind


def kind_of(name: str) -> Kind | None:
    """Return a kind by its name."""
    return _kinds.get(name)


def all_kinds() -> list[Kind]:
    """Return all kinds, in the order in which they were registered."""
    return list(_kinds.values())

"""What stores themselves carry over when two rows become one place: people, what was written down, closures, other places' leads."""

from __future__ import annotations

from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stores.enums import ProposalState
from stores.merging import Edit, Part, Plan, ids_of, kept, register
from stores.models import ChangeProposal, Closure, Contact, OnboardingCheck, Store, StoreFile, StoreNote, StoreTask

# Where the winner says nothing, what the loser says is better than nothing.
COMPLETED = ("street", "postcode", "latitude", "opening_hours", "access_notes", "website", "public_note", "deposit_practice", "zone_id")


class DirectoryPart(Part):
    """The directory's part of a merge."""

    def plan(self, loser: Store, winner: Store) -> Plan:
        """Return what goes over."""
        plan = Plan()
        _people(plan, loser, winner)
        _written(plan, loser, winner)
        _leads(plan, loser, winner)
        _completed(plan, loser, winner)
        return plan


def _people(plan: Plan, loser: Store, winner: Store) -> None:
    taken = set(winner.contacts.exclude(email="").values_list(Lower("email"), flat=True))
    rows = list(loser.contacts.annotate(lower=Lower("email")).order_by("pk").values_list("pk", "lower"))
    moved = [pk for pk, email in rows if not email or email not in taken]
    plan.move(Contact, moved, ngettext("%(count)d contact goes over.", "%(count)d contacts go over.", len(moved)))
    left = len(rows) - len(moved)
    if left:
        sentence = ngettext(
            "%(count)d contact stays behind: its address is already a contact of the place that stays.",
            "%(count)d contacts stay behind: their addresses are already contacts of the place that stays.",
            left,
        )
        plan.sentences.append(sentence % {"count": left})
    waiting = ChangeProposal.objects.filter(store=loser, state=ProposalState.PROPOSED).count()
    if waiting:
        plan.blockers.append(_("“%(loser)s” has proposed a change that waits for an answer: answer it first.") % {"loser": loser})


def _written(plan: Plan, loser: Store, winner: Store) -> None:
    """Notes, files and tasks are about the place, whichever row they were written at; so are steps that only the loser has done."""
    notes, files, tasks = (ids_of(model._default_manager.filter(store=loser)) for model in (StoreNote, StoreFile, StoreTask))
    plan.move(StoreNote, notes, ngettext("%(count)d note goes over.", "%(count)d notes go over.", len(notes)))
    plan.move(StoreFile, files, ngettext("%(count)d file goes over.", "%(count)d files go over.", len(files)))
    plan.move(StoreTask, tasks, ngettext("%(count)d task goes over.", "%(count)d tasks go over.", len(tasks)))
    done = OnboardingCheck.objects.filter(store=winner).values("step")
    plan.move(OnboardingCheck, ids_of(OnboardingCheck.objects.filter(store=loser).exclude(step__in=done)))
    today, ids = timezone.localdate(), []
    for closure in Closure.objects.filter(store=loser, last_day__gte=today).order_by("pk"):
        if not winner.closures.filter(first_day__lte=closure.last_day, last_day__gte=closure.first_day).exists():
            ids.append(closure.pk)
    plan.move(Closure, ids, ngettext("%(count)d closure goes over.", "%(count)d closures go over.", len(ids)))


def _leads(plan: Plan, loser: Store, winner: Store) -> None:
    """Places that are collected through the loser, or that bring their crates to it."""
    others = Store.objects.exclude(pk__in=[loser.pk, winner.pk])
    through = ids_of(others.filter(collected_through=loser))
    sentence = ngettext(
        "%(count)d place collected through it is collected through the place that stays.",
        "%(count)d places collected through it are collected through the place that stays.",
        len(through),
    )
    plan.move(Store, through, sentence, field="collected_through")
    hubs = ids_of(others.filter(usual_hub=loser))
    sentence = ngettext(
        "It was the usual hub of %(count)d place, which gets the one that stays.",
        "It was the usual hub of %(count)d places, which get the one that stays.",
        len(hubs),
    )
    plan.move(Store, hubs, sentence, field="usual_hub")


def _completed(plan: Plan, loser: Store, winner: Store) -> None:
    """What the winner does not say is taken from the loser."""
    names = [name for name in COMPLETED if getattr(winner, name) in ("", None) and getattr(loser, name) not in ("", None)]
    if "latitude" in names:
        names.append("longitude")
    if not names:
        return
    before, after = ({name: kept(getattr(row, name)) for name in names} for row in (winner, loser))
    plan.edits.append(Edit(Store._meta.label, winner.pk, before, after))
    labels = [str(Store._meta.get_field(name.removesuffix("_id")).verbose_name) for name in names if name != "longitude"]
    plan.sentences.append(_("Completed from it, as the place that stays says nothing: %(what)s.") % {"what": ", ".join(labels)})


def register_part() -> None:
    """Add it; called once the apps are ready."""
    register(DirectoryPart())

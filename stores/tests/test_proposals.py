"""What places propose to change: nothing changes before a coordinator accepts, and nobody else's change is written over."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from lincassable.accounts import links, privacy
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from stores import proposal_privacy, proposals, services
from stores.enums import ProposalKind, ProposalState, Role, Status
from stores.models import ChangeProposal, Contact
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
HOURS = {"opening_hours": "Mo-Fr 09:00-18:00"}
SYSTEM = Actor.system()


def card_of(store):
    """The actor who holds the store's card."""
    return Actor.of_link(links.link_for(AccessLink.STORE, store.pk))


@pytest.fixture
def store():
    return StoreFactory(name="La Cagette", opening_hours="Mo-Sa 10:00-19:00")


@pytest.fixture
def coordinator():
    return UserFactory(is_superuser=True, language="en")


def by(user):
    """The author that a user is."""
    return Actor.of_user(user)


def hours(store, **options):
    """The store proposes other hours."""
    return proposals.propose(store, ProposalKind.HOURS, HOURS, by=card_of(store), **options).proposal


def told(kind):
    """The mails of a kind: whom, and the text."""
    return [(row.to_email, row.text) for row in Message.objects.filter(kind=kind).order_by("pk")]


def test_nothing_changes_before_a_coordinator_accepts(store, coordinator):
    manager = ContactFactory(store=store, role=Role.MANAGER, language="en")
    ContactFactory(store=store, role=Role.TEAM)
    proposal = hours(store, first_name="Lou", comment="depuis lundi")
    store.refresh_from_db()
    assert store.opening_hours == "Mo-Sa 10:00-19:00"
    ((address, text),) = told("proposal_made")
    assert address == coordinator.email
    assert "Monday – Friday: 09:00–18:00" in text
    assert "depuis lundi" in text
    for _click in range(2):
        assert proposals.accept(proposal, by=by(coordinator)).state == ProposalState.ACCEPTED
    store.refresh_from_db()
    assert store.opening_hours == HOURS["opening_hours"]
    assert ChangeProposal.objects.get().decided_by == coordinator.pk
    assert [to for to, _text in told("proposal_answered")] == [manager.email]


def test_a_refusal_says_why_and_changes_nothing(store, coordinator):
    ContactFactory(store=store, email="equipe@cagette.example", language="en")
    proposal = hours(store)
    with pytest.raises(ValidationError):
        proposals.refuse(proposal, " \x00 ", by=by(coordinator))
    for _click in range(2):
        proposals.refuse(proposal, "Le dimanche,\x00 personne.", by=by(coordinator))
    ((address, text),) = told("proposal_answered")
    assert address == "equipe@cagette.example"
    assert "Le dimanche, personne." in text
    store.refresh_from_db()
    assert store.opening_hours == "Mo-Sa 10:00-19:00"
    with pytest.raises(ValidationError, match=r"."):
        proposals.accept(proposal, by=by(coordinator))


def test_a_second_proposal_of_a_kind_replaces_the_first_and_other_kinds_stay(store, coordinator):
    first = hours(store)
    other = proposals.propose(store, ProposalKind.ADDRESS, {"street": "1 place Neuve"}, by=card_of(store))
    second = proposals.propose(store, ProposalKind.HOURS, {"opening_hours": "Mo 09:00-12:00"}, by=card_of(store))
    assert (second.replaced, other.replaced) == (True, False)
    first.refresh_from_db()
    assert first.state == ProposalState.WITHDRAWN
    assert ChangeProposal.objects.filter(state=ProposalState.PROPOSED).count() == 2
    assert len(told("proposal_made")) == 2  # not again for hours within the hour


def test_the_same_form_or_the_same_wish_twice_is_one_proposal(store):
    key = uuid.uuid4()
    first = hours(store, key=key)
    assert proposals.propose(store, ProposalKind.HOURS, HOURS, by=card_of(store), key=key).again
    assert proposals.propose(store, ProposalKind.HOURS, HOURS, by=card_of(store), key=uuid.uuid4()).proposal == first
    assert ChangeProposal.objects.count() == 1
    with pytest.raises(ValidationError):
        hours(StoreFactory(), key=key)


def test_a_change_made_meanwhile_by_somebody_else_is_not_written_over(store, coordinator):
    proposal = hours(store)
    assert not proposals.is_stale(proposal)
    services.update_store(store, by=SYSTEM, opening_hours="Su 10:00-12:00")
    assert proposals.is_stale(proposal)
    with pytest.raises(ValidationError) as refused:
        proposals.accept(proposal, by=by(coordinator))
    assert refused.value.code == "stale"
    store.refresh_from_db()
    assert store.opening_hours == "Su 10:00-12:00"
    proposals.accept(proposal, by=by(coordinator), seen=proposals.standing(proposal))
    store.refresh_from_db()
    assert store.opening_hours == HOURS["opening_hours"]


def test_another_change_of_the_place_does_not_make_it_stale(store, coordinator):
    proposal = hours(store)
    services.update_store(store, by=SYSTEM, access_notes="Quai derrière")
    assert proposals.accept(proposal, by=by(coordinator)).state == ProposalState.ACCEPTED


def test_contacts_are_added_changed_and_let_go(store, coordinator):
    card = card_of(store)
    new = {"name": "Nour Petit", "role": Role.MANAGER, "phone": "+33491000000"}
    proposals.accept(proposals.propose(store, ProposalKind.CONTACT, new, by=card).proposal, by=by(coordinator))
    contact = Contact.objects.get(name="Nour Petit")
    change = proposals.propose(store, ProposalKind.CONTACT, {"email": "nour@cagette.example"}, by=card, contact=contact).proposal
    assert set(change.values) == {"email", "contact"}
    proposals.accept(change, by=by(coordinator))
    contact.refresh_from_db()
    assert (contact.email, str(contact.phone)) == ("nour@cagette.example", "+33491000000")
    gone = proposals.propose(store, ProposalKind.CONTACT, {"is_active": False}, by=card, contact=contact).proposal
    proposals.accept(gone, by=by(coordinator))
    contact.refresh_from_db()
    assert not contact.is_active


def test_a_contact_who_went_meanwhile_can_only_be_refused(store, coordinator):
    contact = ContactFactory(store=store)
    proposal = proposals.propose(store, ProposalKind.CONTACT, {"name": "Autre Nom"}, by=card_of(store), contact=contact).proposal
    services.delete_contact(contact, by=SYSTEM)
    with pytest.raises(ValidationError) as refused:
        proposals.accept(proposal, by=by(coordinator))
    assert refused.value.code == "stale"
    assert not Contact.objects.filter(store=store).exists()


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (ProposalKind.HOURS, {"opening_hours": "lundi matin"}, "opening_hours"),
        (ProposalKind.ADDRESS, {"postcode": "!"}, "postcode"),
        (ProposalKind.CONTACT, {"name": "X", "email": "sans arobase"}, "email"),
        (ProposalKind.CONTACT, {"role": "manager"}, "__all__"),
        (ProposalKind.HOURS, {"opening_hours": "Mo-Sa 10:00-19:00"}, None),
    ],
)
def test_what_cannot_be_or_is_there_already_is_refused(store, kind, values, field):
    with pytest.raises(ValidationError) as refused:
        proposals.propose(store, kind, values, by=card_of(store))
    assert field is None or field in refused.value.error_dict
    assert not ChangeProposal.objects.exists()


def test_a_card_speaks_for_its_own_place_and_never_answers(store, coordinator):
    other = StoreFactory()
    with pytest.raises(PermissionDenied):
        proposals.propose(store, ProposalKind.HOURS, HOURS, by=card_of(other))
    with pytest.raises(PermissionDenied):
        proposals.propose(store, ProposalKind.CONTACT, {"name": "X"}, by=card_of(store), contact=ContactFactory(store=other))
    proposal = hours(store)
    for deed in (lambda: proposals.accept(proposal, by=card_of(store)), lambda: proposals.refuse(proposal, "non", by=card_of(store))):
        with pytest.raises(PermissionDenied):
            deed()
    with pytest.raises(PermissionDenied):
        proposals.withdraw(proposal, by=card_of(other))


def test_a_place_takes_its_proposal_back_and_an_archived_one_proposes_nothing(store, coordinator):
    proposal = hours(store)
    for _tap in range(2):
        assert proposals.withdraw(proposal, by=card_of(store)).state == ProposalState.WITHDRAWN
    with pytest.raises(ValidationError):
        proposals.accept(proposal, by=by(coordinator))
    services.update_store(store, by=SYSTEM, status=Status.ARCHIVED)
    with pytest.raises(ValidationError):
        hours(store)


def test_a_person_is_found_exported_and_erased_in_proposals(store):
    new = {"name": "Nour Petit", "email": "Nour@cagette.example"}
    proposals.propose(store, ProposalKind.CONTACT, new, by=card_of(store), first_name="Nour", comment="Nour Petit arrive")
    hours(store, comment="demandez à nour@cagette.example")
    person = privacy.Identity(email="nour@cagette.example")
    assert len(proposal_privacy.export(person)) == 2
    assert privacy.erase(person)["proposal"] == 2
    assert ChangeProposal.objects.get().kind == ProposalKind.HOURS
    assert "nour@" not in ChangeProposal.objects.get().comment
    assert proposal_privacy.export(person) == []


def test_answered_proposals_go_when_their_time_is_over_and_waiting_ones_stay(store, coordinator):
    waiting = hours(store)
    done = proposals.propose(store, ProposalKind.ADDRESS, {"street": "1 place Neuve"}, by=card_of(store)).proposal
    done = proposals.refuse(done, "non", by=by(coordinator))
    assert proposal_privacy.purge(done.decided_at) == 0
    assert proposal_privacy.purge(done.decided_at + timedelta(seconds=1)) == 1
    assert ChangeProposal.objects.get() == waiting


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_who_answer_at_once_make_one_answer():
    store = StoreFactory(opening_hours="")
    proposal = hours(store)
    outcomes: list[str] = []

    def act(deed):
        try:
            outcomes.append(deed().state)
        except ValidationError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    deeds = [lambda: proposals.accept(proposal, by=SYSTEM), lambda: proposals.refuse(proposal, "non", by=SYSTEM)]
    threads = [threading.Thread(target=act, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    proposal.refresh_from_db()
    store.refresh_from_db()
    assert sorted(outcomes) == sorted([proposal.state, "over"])
    assert bool(store.opening_hours) == (proposal.state == ProposalState.ACCEPTED)


@pytest.mark.django_db(transaction=True)
def test_two_proposals_sent_at_once_leave_one_open():
    store = StoreFactory(opening_hours="")
    texts = ["Mo 09:00-12:00", "Tu 09:00-12:00", "We 09:00-12:00"]
    card = card_of(store)

    def act(text):
        try:
            proposals.propose(store, ProposalKind.HOURS, {"opening_hours": text}, by=card)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[text]) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ChangeProposal.objects.count() == 3
    assert ChangeProposal.objects.filter(state=ProposalState.PROPOSED).count() == 1

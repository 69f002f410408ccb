"""What places propose to change about themselves: one waits for an answer, one was accepted, one refused."""

from __future__ import annotations

from collections.abc import Mapping

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink, User
from lincassable.demo.network import Network
from stores import proposals
from stores.enums import Kind, ProposalKind, Role, Status
from stores.models import ChangeProposal, Store

HOURS = "Mo-Sa 09:00-12:30,14:30-19:00; PH off"


def tell_proposals(network: Network, coordinator: User) -> int:
    """Let some shops propose changes from their phones; return how many wait for an answer."""
    by = Actor.of_user(coordinator)
    shops = [store for store in network.stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE and store.street]
    if len(shops) < 14:
        return 0
    hours, people, address, summer = shops[9], shops[10], shops[11], shops[13]
    _propose(hours, ProposalKind.HOURS, {"opening_hours": HOURS}, comment="Depuis la rentrée nous fermons à midi.", first_name="Lucie")
    person = {"name": "Sami Lorenzi", "role": Role.TEAM.value, "email": "sami.lorenzi@points.example", "phone": "", "is_active": True}
    _propose(people, ProposalKind.CONTACT, person, first_name="Sami")
    street = {"street": f"{address.street} bis", "postcode": address.postcode, "city": address.city}
    moved = _propose(address, ProposalKind.ADDRESS, street, comment="Le quai est à cette entrée.")
    proposals.accept(moved, by=by)
    july = _propose(summer, ProposalKind.HOURS, {"opening_hours": "Mo-Su 09:00-21:00"}, comment="Pour juillet seulement.")
    proposals.refuse(july, "Pour un mois, notez plutôt une fermeture ou une note : ces horaires-là valent toute l’année.", by=by)
    return 2


def _propose(store: Store, kind: str, values: Mapping[str, object], *, comment: str = "", first_name: str = "") -> ChangeProposal:
    card = Actor.of_link(links.link_for(AccessLink.STORE, store.pk))
    return proposals.propose(store, kind, values, by=card, comment=comment, first_name=first_name).proposal

"""The admin rests on another library: what axe-core finds there is listed in one file, which may only shrink.

`upstream_axe.txt` holds one finding a line, as `rule selector` with numbers and names taken out; `rule *` where the frame of
every page is at fault. A finding that is not in the list fails: either it is ours and wants mending, or the library has a new
one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from awareness.models import Event, Material, MaterialOrder, Training, Visit, VisitCriterion
from crates.models import Movement
from lincassable.accounts.tests.factories import UserFactory
from lincassable.demo.services import seed
from lincassable.mailings.models import Mailing, MailingTemplate
from lincassable.messaging.models import Message, RefusedAddress
from nonconformities.models import NonConformity, ProducerPage
from pickups.models import Tour
from references.models import Producer, Reference
from stores.models import Store

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
LISTED = Path(__file__).parent / "upstream_axe.txt"
MOST_LISTED = 4  # only ever lowered
SIZES = [(360, 740), (1280, 800)]


LISTS = (
    "pickups_pickuprequest", "pickups_tour", "pickups_carrier", "stores_store", "stores_contact", "crates_declaration",
    "crates_inventory", "crates_movement", "crates_palox", "crates_depositcount", "messaging_message", "accounts_accesslink",
    "references_reference", "references_producer", "references_shelfitem", "stores_changeproposal", "stores_closure",
    "stores_storetask", "mailings_mailing", "messaging_mailtext", "messaging_refusedaddress", "reminders_reminderrule",
    "awareness_event", "awareness_partner", "awareness_training", "awareness_quizquestion", "awareness_material",
    "awareness_materialorder", "awareness_placement", "awareness_visit", "awareness_visitcriterion",
    "nonconformities_nonconformity", "nonconformities_producerpage", "reporting_reusefactor",
)  # fmt: skip
PAGES = (
    "index", "pickups_tour_add", "pickups_tour_calendar", "pickups_tour_agenda", "crates_inventory_add", "stores_store_matrix",
    "stores_store_import", "stores_store_duplicates", "references_reference_coverage", "crates_discrepancydecision_inbox",
    "awareness_event_calendar", "awareness_event_add", "awareness_training_board", "awareness_training_add", "awareness_visit_add",
    "awareness_visit_worth", "nonconformities_nonconformity_add", "nonconformities_nonconformity_analysis",
)  # fmt: skip
OURS = (
    "/admin/stock/", "/admin/chiffres/", "/admin/chiffres/?by=store", "/admin/chiffres/bottles/", "/admin/effets/",
    "/admin/effets/training/",
)  # fmt: skip


def rows() -> list[tuple[str, Model]]:
    """Return pages of one row: the name of the address, and the row."""
    draft, done = Mailing.objects.filter(state="draft").latest("pk"), Mailing.objects.filter(state="done").latest("pk")
    store, problem = Store.objects.earliest("pk"), NonConformity.objects.latest("pk")
    return [
        *((f"stores_store_{name}", store) for name in ("change", "timeline", "files", "onboarding")),
        *((f"mailings_mailing_{name}", draft) for name in ("audience", "text", "preview", "launch")),
        ("mailings_mailing_follow", done),
        ("mailings_mailingtemplate_change", MailingTemplate.objects.earliest("pk")),
        ("messaging_message_change", Message.objects.latest("pk")),
        ("messaging_refusedaddress_change", RefusedAddress.objects.latest("pk")),
        ("pickups_tour_change", Tour.objects.latest("pk")),
        ("pickups_tour_compose", Tour.objects.live().latest("pk")),
        ("crates_movement_change", Movement.objects.latest("pk")),
        ("references_reference_places", Producer.objects.earliest("pk")),
        ("references_reference_change", Reference.objects.earliest("pk")),
        ("awareness_material_change", Material.objects.earliest("pk")),
        ("awareness_materialorder_change", MaterialOrder.objects.latest("pk")),
        ("awareness_training_change", Training.objects.done().latest("pk")),
        ("awareness_event_change", Event.objects.coming().earliest("pk")),
        ("awareness_visit_change", Visit.objects.filter(state="done").latest("pk")),
        ("awareness_visit_change", Visit.objects.filter(state="planned").latest("pk")),
        ("awareness_visitcriterion_change", VisitCriterion.objects.earliest("pk")),
        ("nonconformities_nonconformity_change", problem),
        ("nonconformities_producerpage_change", ProducerPage.objects.earliest("pk")),
    ]


def addresses() -> list[str]:
    """Return the pages a coordinator works on every day."""
    first, last = Store.objects.earliest("pk").pk, Store.objects.latest("pk").pk
    return [
        *OURS,
        *(reverse(f"admin:{name}") for name in PAGES),
        *(reverse(f"admin:{name}_changelist") for name in LISTS),
        *(reverse(f"admin:{name}", args=[row.pk]) for name, row in rows()),
        *(reverse(f"admin:messaging_mailtext_{page}", args=["tour_confirmed_store", "fr"]) for page in ("text", "versions")),
        reverse("admin:stores_store_merge", args=[last, first]),
        reverse("admin:reminders_reminderrule_rule", args=["references-stale"]),
        reverse("admin:nonconformities_nonconformity_step", args=[NonConformity.objects.latest("pk").pk, "comment"]),
        f"/admin/effets/training/{Training.objects.done().latest('pk').pk}/",
    ]


def plain(selector: str) -> str:
    """Return a selector without what differs from one row, page or run to the next."""
    selector = re.sub(r'\[(href|value|for|name|id|aria-label|title|src|action|data-[\w-]+)[$^*]?="[^"]*"\]', r"[\1]", selector)
    selector = re.sub(r"(?:\[[^]]*\]){2,}", lambda found: "".join(sorted(re.findall(r"\[[^]]*\]", found[0]))), selector)
    return re.sub(r":nth-child\(\d+\)|\d+", "", selector)


def findings(page) -> set[str]:
    """Return what axe finds on the page, one `rule selector` each."""
    found = Axe().run(page).response["violations"]
    return {f"{rule['id']} {plain(' '.join(map(str, node['target'])))}" for rule in found for node in rule["nodes"]}


def test_the_admin_has_no_fault_but_those_of_its_library(page, live_server):
    seed(scale=0.1, seed_number=1, today=timezone.localdate())
    browser = Client()
    browser.force_login(UserFactory(role="coordinator", is_staff=True))
    page.context.add_cookies([{"name": "sessionid", "value": browser.cookies["sessionid"].value, "url": live_server.url}])
    listed = {line for line in LISTED.read_text().splitlines() if line and not line.startswith("#")}
    found: dict[str, str] = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for address in addresses():
            page.goto(live_server.url + address)
            for finding in findings(page):
                everywhere = f"{finding.split()[0]} *"
                found.setdefault(everywhere if everywhere in listed else finding, f"{address} at {width}")
    new = {finding: where for finding, where in found.items() if finding not in listed}
    assert not new, "\n".join(f"{finding}   ({where})" for finding, where in sorted(new.items()))
    assert len(listed) <= MOST_LISTED

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
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from awareness.models import Event, Material, Training
from crates.models import Movement
from lincassable.accounts.tests.factories import UserFactory
from lincassable.demo.services import seed
from lincassable.mailings.models import Mailing, MailingTemplate
from nonconformities.models import NonConformity
from pickups.models import Tour
from references.models import Producer, Reference
from stores.models import Store

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
LISTED = Path(__file__).parent / "upstream_axe.txt"
MOST_LISTED = 4  # only ever lowered
SIZES = [(360, 740), (1280, 800)]


def addresses() -> list[str]:
    """Return the pages a coordinator works on every day."""
    lists = [
        "pickups_pickuprequest", "pickups_tour", "pickups_carrier", "stores_store", "stores_contact", "crates_declaration",
        "crates_inventory", "crates_movement", "crates_palox", "crates_depositcount", "messaging_message", "accounts_accesslink",
        "references_reference", "references_producer", "references_shelfitem", "stores_changeproposal", "stores_closure",
    ]  # fmt: skip
    draft = Mailing.objects.filter(state="draft").latest("pk")
    return [
        reverse("admin:index"),
        *(reverse(f"admin:{name}_changelist") for name in lists),
        reverse("admin:pickups_tour_add"),
        reverse("admin:pickups_tour_calendar"),
        reverse("admin:pickups_tour_agenda"),
        reverse("admin:crates_inventory_add"),
        reverse("admin:pickups_tour_change", args=[Tour.objects.latest("pk").pk]),
        reverse("admin:pickups_tour_compose", args=[Tour.objects.live().latest("pk").pk]),
        reverse("admin:stores_store_change", args=[Store.objects.earliest("pk").pk]),
        *(reverse(f"admin:stores_store_{name}", args=[Store.objects.earliest("pk").pk]) for name in ("timeline", "files", "onboarding")),
        reverse("admin:stores_store_matrix"),
        reverse("admin:stores_store_import"),
        reverse("admin:stores_store_duplicates"),
        reverse("admin:stores_store_merge", args=[Store.objects.latest("pk").pk, Store.objects.earliest("pk").pk]),
        reverse("admin:references_reference_coverage"),
        reverse("admin:references_reference_places", args=[Producer.objects.earliest("pk").pk]),
        reverse("admin:references_reference_change", args=[Reference.objects.earliest("pk").pk]),
        reverse("admin:stores_storetask_changelist"),
        reverse("admin:crates_movement_change", args=[Movement.objects.latest("pk").pk]),
        reverse("admin:crates_discrepancydecision_inbox"),
        reverse("admin:mailings_mailing_changelist"),
        *(reverse(f"admin:mailings_mailing_{name}", args=[draft.pk]) for name in ("audience", "text", "preview", "launch")),
        reverse("admin:mailings_mailing_follow", args=[Mailing.objects.filter(state="done").latest("pk").pk]),
        reverse("admin:mailings_mailingtemplate_change", args=[MailingTemplate.objects.earliest("pk").pk]),
        reverse("stock:board"),
        reverse("admin:messaging_mailtext_changelist"),
        *(reverse(f"admin:messaging_mailtext_{page}", args=["tour_confirmed_store", "fr"]) for page in ("text", "versions")),
        reverse("admin:reminders_reminderrule_changelist"),
        reverse("admin:reminders_reminderrule_rule", args=["references-stale"]),
        *(reverse(f"admin:awareness_{name}") for name in ("event_changelist", "partner_changelist", "event_calendar", "event_add")),
        *(reverse(f"admin:awareness_training_{name}") for name in ("changelist", "board", "add")),
        reverse("admin:awareness_quizquestion_changelist"),
        *(reverse(f"admin:awareness_{name}_changelist") for name in ("material", "materialorder", "placement")),
        reverse("admin:awareness_material_change", args=[Material.objects.earliest("pk").pk]),
        reverse("admin:awareness_training_change", args=[Training.objects.done().latest("pk").pk]),
        reverse("admin:awareness_event_change", args=[Event.objects.coming().earliest("pk").pk]),
        *(reverse(f"admin:nonconformities_{name}") for name in ("nonconformity_changelist", "nonconformity_add", "nonconformity_analysis")),
        reverse("admin:nonconformities_nonconformity_change", args=[NonConformity.objects.latest("pk").pk]),
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

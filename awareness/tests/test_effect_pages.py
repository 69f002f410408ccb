"""The pages of before and after: what a coordinator reads, in words and as a file, and who may not."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import translation

from awareness.effects import words
from awareness.effects.enums import Outcome, Verdict
from awareness.effects.statistics import Interval
from awareness.tests.factories import PlacementFactory, PublicEventFactory, TrainingFactory
from awareness.tests.factories_visits import DoneVisitFactory, VisitFactory
from awareness.tests.test_effects import DAY, LATER, at, hub, trained, world  # noqa: F401 - fixtures
from lincassable.accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SUMMARY = "/admin/effets/"


@pytest.fixture
def browser(client):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="coordinator"))
    client.force_login(user)
    with time_machine.travel(LATER, tick=False):
        yield client


def read(browser, address):
    response = browser.get(address, headers={"accept-language": "en"})
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode().split('class="stock effects"')[1]).split())


def table(browser, address):
    content = browser.get(address, headers={"accept-language": "en"}).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content), delimiter=";"))


def verdicts(browser, address):
    content = browser.get(address).content.decode()
    return dict(re.findall(r'data-outcome="(\w+)" data-verdict="(\w+)"', content))


def test_one_training_is_told_with_its_counts_its_interval_and_what_it_is_compared_with(browser, world):  # noqa: F811
    address = f"{SUMMARY}training/{trained(world).pk}/"
    assert verdicts(browser, address) == {"reports": "better", "return_rate": "unclear", "bottles": "better"}
    text = read(browser, address)
    assert "12 reports over 2,400 bottles" in text
    assert "3 reports over 3,000 bottles" in text
    assert "Fewer than in the comparable places: −78 % (between −93 % and −23 %)." in text
    assert "In the place alone: −80 % (between −96 % and −26 %)." in text
    assert "72 reports over 14,400 bottles" in text
    assert "More than in the comparable places: +25 % (between +3 % and +53 %)." in text
    assert "anything between −1 % and +46 % fits the figures (best guess +20 %)" in text
    assert "Before: 8 December 2025 to 8 March 2026. After: 16 March 2026 to 14 June 2026." in text
    assert text.count("Autre A") == 3
    assert "The same in figures: reports by week" in text


def test_too_early_says_until_when(browser, world):  # noqa: F811
    recent = trained(world, LATER.date() - timedelta(days=20))
    text = read(browser, f"{SUMMARY}training/{recent.pk}/")
    assert "Too early to tell: 2 of 13 weeks are over; they all are, late reports included, on 28 December 2026." in text


def test_the_summary_puts_all_of_a_kind_together_and_says_what_is_missing(browser, world):  # noqa: F811
    trained(world)
    trained(world, LATER.date() - timedelta(days=20))
    text = read(browser, SUMMARY)
    assert "Trainings 2 measures." in text
    assert "Not in the figures: too early to tell (1)." in text
    assert "Too few to tell: at least 8 places with reports, and 20 reports, are needed." in text
    assert "12 reports over 2,400 bottles" in text


def test_the_files_hold_a_line_for_each_measure_and_figure(browser, world):  # noqa: F811
    trained(world)
    rows = table(browser, f"{SUMMARY}training/?format=csv")
    assert len(rows) == 4
    assert [row[8] for row in rows[1:]] == ["non-conformities", "return rate", "bottles collected"]
    line = dict(zip(rows[0], rows[1], strict=True))
    assert (line["counted before"], line["over, before"], line["counted after"], line["over, after"]) == ("12", "2.4", "3", "3")
    assert (line["lower limit (95 %)"], line["upper limit (95 %)"]) == ("0.0655", "0.7657")
    assert line["result"] == "better"
    rows = table(browser, f"{SUMMARY}?format=csv")
    assert len(rows) == 4
    assert browser.get(f"{SUMMARY}?format=xlsx").status_code == 200
    assert browser.get(f"{SUMMARY}?format=exe").status_code == 404


def test_what_nobody_asked_for_falls_back_or_is_not_there(browser, world):  # noqa: F811
    training = trained(world)
    for query in ("?period=1066", "?period=%00", "?period=12&alone=7"):
        assert browser.get(SUMMARY + query).status_code == 200
    for query in ("?page=0", "?page=999", "?page=x", "?page=²"):
        assert browser.get(f"{SUMMARY}training/{query}").status_code == 200
    for address in ("sermon/", "training/999999/", f"sermon/{training.pk}/"):
        assert browser.get(SUMMARY + address).status_code == 404


def test_every_measure_leads_to_its_before_and_after(browser, world):  # noqa: F811
    rows = {
        "training": trained(world),
        "event": PublicEventFactory(state="done", starts_at=at(2026, 3, 11, 10), ends_at=at(2026, 3, 11, 18)),
        "material": PlacementFactory(store=world, placed_on=DAY, checked_on=DAY),
        "visit": DoneVisitFactory(store=world),
    }
    for kind, row in rows.items():
        page = reverse(f"admin:awareness_{row._meta.model_name}_change", args=[row.pk])
        button = page.replace("change/", "before-and-after/")
        assert button in browser.get(page).content.decode()
        assert browser.get(button).headers["Location"] == f"{SUMMARY}{kind}/{row.pk}/"
        assert browser.get(f"{SUMMARY}{kind}/{row.pk}/").status_code == 200
    planned = VisitFactory()
    assert verdicts(browser, f"{SUMMARY}visit/{planned.pk}/") == dict.fromkeys(Outcome.values, "not_held")
    assert verdicts(browser, f"{SUMMARY}training/{TrainingFactory().pk}/") == dict.fromkeys(Outcome.values, "not_held")


def test_only_who_may_see_the_figures_sees_what_they_say(world):  # noqa: F811
    training = trained(world)
    user, someone = UserFactory(is_staff=True), Client()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_training", "view_nonconformity"]))
    someone.force_login(user)
    for address in (SUMMARY, f"{SUMMARY}training/", f"{SUMMARY}training/{training.pk}/"):
        assert someone.get(address).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_depositcount"))
    user = type(user).objects.get(pk=user.pk)
    someone.force_login(user)
    assert someone.get(SUMMARY).status_code == 200
    assert someone.get(f"{SUMMARY}visit/").status_code == 403


def test_the_pages_ask_as_often_for_many_as_for_one(browser, world, django_assert_max_num_queries):  # noqa: F811
    trained(world)
    browser.get(SUMMARY)
    for number in range(1, 25):
        trained(world, DAY - timedelta(days=number))
        PlacementFactory(store=world, placed_on=DAY, checked_on=DAY)
    with django_assert_max_num_queries(26):
        browser.get(SUMMARY)
    with django_assert_max_num_queries(26):
        browser.get(f"{SUMMARY}training/")


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.2, "−80 %"), (1.0, "0 %"), (1.004, "0 %"), (3.5, "+250 %"), (12, "× 12"), (float("inf"), "without limit")]
)
def test_a_ratio_in_words(ratio, text):
    with translation.override("en"):
        assert words.change_of(ratio) == text


def test_every_verdict_has_a_sentence():
    with translation.override("en"):
        for outcome in Outcome:
            for verdict in (Verdict.BETTER, Verdict.WORSE, Verdict.UNCLEAR):
                assert "comparable places" in words.judged(outcome, verdict, Interval(0.5, 0.8, 1.3))

"""The coordinators' home in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.messaging.tests.factories import MessageFactory, TaskRunFactory
from lincassable.reporting.dashboard import dashboard
from lincassable.reporting.tests.factories import count, say, use
from pickups.tests.factories import PickupRequestFactory, TourFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


def blocks_for(user) -> dict:
    """The blocks that `user` sees, by name."""
    request = RequestFactory().get("/admin/")
    request.user = user
    return {block.name: block for block in dashboard(request, {})["blocks"]}


@pytest.fixture
def coordinator():
    """A coordinator who reads English."""
    return UserFactory(role="coordinator", language="en")


def test_the_home_shows_what_waits_and_each_line_leads_there(coordinator):
    now = timezone.now()
    old, young = PickupRequestFactory(requested_at=now - timedelta(days=9)), PickupRequestFactory()
    tour = TourFactory(date=timezone.localdate())
    silent = StoreFactory(name="Le Muet", created_at=now - timedelta(days=60))
    full = StoreFactory(name="Le Plein")
    use(full, capacity=10)
    count(full, now - timedelta(days=1), total=12)
    say(full, now - timedelta(hours=1), full=11)
    seen = blocks_for(coordinator)
    assert [line.url for line in seen["requests"].lines] == [
        f"/admin/pickups/pickuprequest/{request.pk}/change/" for request in (old, young)
    ]
    assert [line.level for line in seen["requests"].lines] == ["warning", ""]
    assert seen["requests"].lines[0].action_url == f"/admin/pickups/tour/add/?requests={old.pk}"
    assert [line.url for line in seen["tours"].lines] == [f"/admin/pickups/tour/{tour.pk}/change/"]
    assert [line.url for line in seen["late"].lines] == [f"/admin/stores/store/{silent.pk}/change/"]
    assert [(line.text, line.level) for line in seen["nearly_full"].lines] == [("Le Plein", "danger")]


def test_mails_and_scheduled_work_are_green_unless_somebody_has_to_look(coordinator):
    TaskRunFactory(name="messaging.heartbeat")
    TaskRunFactory(name="crates.check_ledger", outcome="nothing wrong")
    MessageFactory()
    block = blocks_for(coordinator)["system"]
    assert block.total == 0
    assert "nothing wrong" in block.lines[3].detail
    MessageFactory(created_at=timezone.now() - timedelta(hours=2))
    MessageFactory(state=Message.FAILED)
    TaskRunFactory._meta.model.objects.filter(name="messaging.heartbeat").update(finished_at=timezone.now() - timedelta(hours=1))
    TaskRunFactory._meta.model.objects.filter(name="crates.check_ledger").update(succeeded=False)
    assert [line.level for line in blocks_for(coordinator)["system"].lines] == ["danger", "danger", "danger", "danger", ""]


def test_each_sees_only_what_their_permissions_open():
    assert blocks_for(UserFactory()) == {}
    assert "requests" not in blocks_for(UserFactory(role="sorting"))


def test_the_admin_home_answers_in_a_few_queries(coordinator, django_assert_max_num_queries):
    PickupRequestFactory.create_batch(12)
    StoreFactory.create_batch(12, created_at=timezone.now() - timedelta(days=60))
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(coordinator)
    with django_assert_max_num_queries(36):
        page = browser.get("/admin/")
    assert page.status_code == 200
    assert b'data-block="requests" data-total="12"' in page.content
    assert b'data-block="system"' in page.content

"""The Mondays behind the demo network."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from lincassable.accounts.tests.factories import UserFactory
from lincassable.demo.weekly import WEEKS, tell_weekly_reports
from lincassable.messaging.models import Message
from lincassable.reporting.weekly import Week
from lincassable.reporting.weekly_history import missing, weeks
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def test_past_weeks_were_sent_and_this_one_is_still_to_be_sent():
    ContactFactory.create_batch(3)
    UserFactory(role="coordinator")
    now = timezone.now()
    assert tell_weekly_reports(now, random.Random(1)) == 4 * WEEKS
    lines = weeks(20)
    assert len(lines) == WEEKS
    assert {line.total for line in lines} == {4}
    assert sum(line.failed for line in lines) == sum(line.cancelled for line in lines) == 1
    assert Week.of(now).label not in {line.label for line in lines}
    assert missing(Week.of(now)).total == 4
    assert not Message.objects.filter(state=Message.WAITING).exists()

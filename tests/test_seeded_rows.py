"""Roles and catalogues are there for every test, whatever ran before it in the same process."""

import pytest
from django.contrib.auth.models import Group

from crates.models import ContainerType


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", [1, 2])
def test_a_test_that_empties_the_database_finds_and_leaves_the_seeded_rows(time):
    assert {"75", "33", "palox"} <= set(ContainerType.objects.values_list("code", flat=True))
    coordinator = Group.objects.get(name="coordinator")
    assert coordinator.permissions.filter(codename="view_store").exists()
    ContainerType.objects.filter(code="75").update(code=f"changed-{time}")
    ContainerType.objects.create(code="extra", name_fr="x", name_en="x", short_fr="x", short_en="x")

"""Roles: who may do what, and a grant that can run twice."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection

from lincassable.accounts.roles import LABELS, grant
from lincassable.accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ROLES = ("administrator", "coordinator", "sorting", "carrier")
# permission -> the roles that have it
MATRIX = {
    "accounts.view_user": {"administrator"},
    "accounts.add_user": {"administrator"},
    "accounts.change_user": {"administrator"},
    "accounts.delete_user": set(),
    "accounts.handle_personal_data": {"administrator"},
    "auth.change_group": {"administrator"},
    "auth.delete_group": set(),
    "auth.change_permission": set(),
    "accounts.view_accesslink": {"administrator", "coordinator"},
    "accounts.change_accesslink": {"administrator", "coordinator"},
    "accounts.add_accesslink": set(),
    "accounts.delete_accesslink": set(),
    "accounts.change_accesslinkevent": set(),
    "messaging.view_message": {"administrator", "coordinator"},
    "messaging.change_message": {"administrator", "coordinator"},
    "messaging.add_message": set(),
    "messaging.delete_message": set(),
    "django_celery_beat.change_periodictask": {"administrator"},
    "django_celery_beat.delete_periodictask": set(),
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_what_the_matrix_says_and_no_more(role):
    user = UserFactory(role=role)
    assert {name for name in MATRIX if user.has_perm(name)} == {name for name, roles in MATRIX.items() if role in roles}


def test_every_role_has_a_name_on_screen():
    assert set(LABELS) == set(ROLES) == set(Group.objects.values_list("name", flat=True))


def test_a_grant_run_twice_changes_nothing_more():
    operation = grant("accounts", {"sorting": ["view_user"]})
    with connection.schema_editor() as editor:
        operation.code(apps, editor)
        permissions = Permission.objects.count()
        operation.code(apps, editor)
    assert Permission.objects.count() == permissions
    assert Group.objects.get(name="sorting").permissions.filter(codename="view_user").count() == 1


def test_a_grant_of_a_permission_that_does_not_exist_fails_loudly():
    with connection.schema_editor() as editor, pytest.raises(LookupError, match="view_usre"):
        grant("accounts", {"sorting": ["view_usre"]}).code(apps, editor)

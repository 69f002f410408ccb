"""What these tests share: the catalogue, even when another test has emptied the tables."""

from __future__ import annotations

import pytest

from crates.tests.factories import ContainerTypeFactory


@pytest.fixture(autouse=True)
def _catalogue(request: pytest.FixtureRequest) -> None:
    """The three containers that the present tool counts."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        for code in ("75", "33", "palox"):
            ContainerTypeFactory(code=code)

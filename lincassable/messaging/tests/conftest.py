"""Mail templates of these tests, next to the real ones."""

import copy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "templates"


@pytest.fixture(autouse=True)
def sample_templates(settings):
    """Make `mail/sample.*` available."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], FOLDER]
    settings.TEMPLATES = templates

"""The mail that messaging itself sends: the one that shows that mail leaves."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lincassable.messaging.kinds import Kind, register


def register_kinds() -> None:
    """Make it known."""
    register([Kind("test", _("Test mail"), _("whoever is named"), _("when somebody who runs the site asks for it"), (), dict)])

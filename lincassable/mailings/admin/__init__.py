"""Mailings in the admin: the list, the steps from the audience to the launch, what became of it; templates."""

from lincassable.mailings.admin.mailings import MailingAdmin
from lincassable.mailings.admin.templates import MailingTemplateAdmin

__all__ = ["MailingAdmin", "MailingTemplateAdmin"]

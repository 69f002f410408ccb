"""Non-conformities in the admin. Every write goes through the services."""

from nonconformities.admin.catalogue import NonConformityKindAdmin
from nonconformities.admin.producers import ProducerPageAdmin
from nonconformities.admin.reports import NonConformityAdmin

__all__ = ["NonConformityAdmin", "NonConformityKindAdmin", "ProducerPageAdmin"]

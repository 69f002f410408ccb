"""Non-conformities: what goes wrong, of which kind, and what is done about it."""

from nonconformities.models.catalogue import NonConformityKind, RejectCause
from nonconformities.models.partners import ProducerContact, ProducerPage
from nonconformities.models.reports import NonConformity, NonConformityComment, NonConformityLog, NonConformityPhoto

__all__ = [
    "NonConformity",
    "NonConformityComment",
    "NonConformityKind",
    "NonConformityLog",
    "NonConformityPhoto",
    "ProducerContact",
    "ProducerPage",
    "RejectCause",
]

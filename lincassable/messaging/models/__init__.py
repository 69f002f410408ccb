"""What messaging keeps. One module per matter."""

from lincassable.messaging.models.outbox import Message, TaskRun

__all__ = ["Message", "TaskRun"]

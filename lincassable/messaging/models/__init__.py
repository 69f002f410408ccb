"""What messaging keeps. One module per matter."""

from lincassable.messaging.models.outbox import Message, TaskRun
from lincassable.messaging.models.texts import MailText, MailTextFault

__all__ = ["MailText", "MailTextFault", "Message", "TaskRun"]

"""What messaging keeps. One module per matter."""

from lincassable.messaging.models.outbox import Message
from lincassable.messaging.models.rooms import ChatRoom
from lincassable.messaging.models.runs import ScheduledRun, TaskRun
from lincassable.messaging.models.texts import MailText, MailTextFault
from lincassable.messaging.models.tracking import MessageEvent, RefusedAddress, SendingPause

__all__ = ["ChatRoom", "MailText", "MailTextFault", "Message", "MessageEvent", "RefusedAddress", "ScheduledRun", "SendingPause", "TaskRun"]

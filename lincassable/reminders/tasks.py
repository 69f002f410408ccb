"""What the worker does for reminders."""

from celery import shared_task

from lincassable.reminders import engine


@shared_task(name="reminders.send_due")
def send_due() -> str:
    """Write the reminders that are due now. Twice, late, or twice at once writes nothing twice. Raises RulesFailed after all the others
    when a rule could not be run, so that the run is marked as failed."""
    summary = engine.send_due()
    if summary.failed:
        raise engine.RulesFailed(str(summary))
    return str(summary)

"""What the worker does for awareness."""

from celery import shared_task

from awareness import reminders


@shared_task(name="awareness.events")
def look_after_events() -> str:
    """Mark what is over as done, then remind those who signed up. Twice, or late, changes nothing twice."""
    from awareness.services import finish_past  # services ask for tasks: the other way round would be a circle

    done = finish_past()
    return f"{done} done, {reminders.send_due()} reminded"

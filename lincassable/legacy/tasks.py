"""What the worker does about the present tool."""

from celery import shared_task

from lincassable.legacy import services


@shared_task(name="legacy.post_pending")
def post_pending() -> str:
    """Post imported stops and counts whose day has come, every night. Running it twice posts nothing twice.

    Returns how many rows were posted, for the log.
    """
    return str(services.post_pending())

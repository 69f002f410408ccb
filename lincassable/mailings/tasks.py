"""Celery's side of mailings. Safe to run twice, late, or at the same time as another."""

from celery import shared_task

from lincassable.mailings import services


@shared_task(name="mailings.next_batch")
def next_batch() -> str:
    """Begin the mailings that are due and hand over the next batch of each. Idempotent: an address gets a mailing once."""
    done = services.run()
    return ", ".join(f"{count} {what}" for what, count in done.items())

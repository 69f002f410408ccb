"""What the worker does for pickups."""

from celery import shared_task
from django.utils import timezone

from pickups import received


class SeriesFailed(RuntimeError):
    """A recurring tour whose drafts could not be made. The sentences are in the log; the first one is the message."""


@shared_task(name="pickups.make_drafts")
def make_drafts() -> str:
    """Bring the drafts of recurring tours up to date, every night. Running it twice, late, or twice at once makes nothing twice.

    Returns how many were made, changed and withdrawn. Raises SeriesFailed after all the others when a series could not be brought up to
    date, so that the run is marked as failed.
    """
    from pickups.services import series  # services ask for tasks: the other way round would be a circle

    done = series.make_drafts(timezone.localdate())
    if done.failed:
        name, sentence = next(iter(done.failed.items()))
        raise SeriesFailed(f"{len(done.failed)}: {name}: {sentence}")
    return f"made {len(done.made)}, changed {len(done.changed)}, withdrawn {len(done.withdrawn)}"


@shared_task(name="pickups.tell_received")
def tell_received(request_id: int | None = None) -> str:
    """Acknowledge a request by mail; without an id, those of the last day that were not acknowledged. Twice changes nothing."""
    return f"{received.tell_received(request_id)} mails"

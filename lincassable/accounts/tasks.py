"""What the scheduler runs for this app. Each is safe to run twice."""

from celery import shared_task

from lincassable.accounts.usage import flush_last_use as write_last_use


@shared_task(name="accounts.flush_last_use")
def flush_last_use() -> str:
    """Write the last uses of links, noted in the cache, to their rows. Idempotent."""
    return f"{write_last_use()} links"

"""What the scheduler runs for this app. Each is safe to run twice."""

from celery import shared_task

from lincassable.accounts import privacy, usage


@shared_task(name="accounts.flush_last_use")
def flush_last_use() -> str:
    """Write the last uses of links, noted in the cache, to their rows. Idempotent."""
    return f"{usage.flush_last_use()} links"


@shared_task(name="accounts.purge_personal_data")
def purge_personal_data() -> str:
    """Remove the personal data whose time is over. Idempotent."""
    return ", ".join(f"{key}: {count}" for key, count in privacy.purge().items() if count) or "nothing"

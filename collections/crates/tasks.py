"""What the worker does for the ledger."""

import logging

from celery import shared_task

from crates.check import check_ledger

logger = logging.getLogger(__name__)


class LedgerWrong(RuntimeError):
    """The ledger does not hold. The sentences are in the log; the first one is the message."""


@shared_task(name="crates.check_ledger")
def check() -> str:
    """Prove the ledger, every night. Reads only, so running it twice is harmless.

    Returns "ok". Raises LedgerWrong after logging every finding, so that the run is marked as failed.
    """
    wrong = check_ledger()
    for sentence in wrong:
        logger.error("ledger: %s", sentence)
    if wrong:
        raise LedgerWrong(f"{len(wrong)}: {wrong[0]}")
    return "ok"

"""Celery's side of the reports. Safe to run twice, late, or at the same time as another."""

from celery import shared_task

from lincassable.reporting import services


@shared_task(name="reporting.weekly_report")
def weekly_report() -> str:
    """Send this week's report to those who have not had it, when it is due. Idempotent: one per person and week."""
    return str(services.send_weekly_reports())


@shared_task(name="reporting.weekly_report_now")
def weekly_report_now() -> str:
    """Send this week's report to those who have not had it, whatever the day: a coordinator asks. Idempotent: one per person and week."""
    return str(services.send_weekly_reports(force=True))

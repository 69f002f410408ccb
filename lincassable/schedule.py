"""What the scheduler runs, and when. One readable place; docs/operator.md repeats it and a test compares both.

Times are in `NETWORK_TIME_ZONE`. Every task is idempotent: running one twice, or late, changes nothing more.
"""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "scheduler-heartbeat": {"task": "messaging.heartbeat", "schedule": crontab()},
    "outbox-sweep": {"task": "messaging.sweep", "schedule": crontab()},
    "mailings": {"task": "mailings.next_batch", "schedule": crontab()},
    "weekly-report": {"task": "reporting.weekly_report", "schedule": crontab(minute=0, hour=7, day_of_week="mon")},
    "weekly-report-catch-up": {"task": "reporting.weekly_report", "schedule": crontab(minute=20, hour="8-20", day_of_week="mon-wed")},
    "access-links-flush-last-use": {"task": "accounts.flush_last_use", "schedule": crontab(minute="*/5")},
    "recurring-tours": {"task": "pickups.make_drafts", "schedule": crontab(minute=45, hour=1)},
    "reminders": {"task": "reminders.send_due", "schedule": crontab(minute=0)},
    "pickup-requests-received": {"task": "pickups.tell_received", "schedule": crontab(minute="*/10")},
    "producers-monthly": {"task": "nonconformities.monthly", "schedule": crontab(minute=30, hour=8, day_of_month="1-5")},
    "rejects": {"task": "nonconformities.rejects", "schedule": crontab(minute="*/15")},
    "events": {"task": "awareness.events", "schedule": crontab(minute=5)},
    "merged-places": {"task": "stores.settle_merges", "schedule": crontab(minute=15, hour=2)},
    "ledger-check": {"task": "crates.check_ledger", "schedule": crontab(minute=30, hour=2)},
    "legacy-pending": {"task": "legacy.post_pending", "schedule": crontab(minute=10, hour=4)},
    "personal-data-purge": {"task": "accounts.purge_personal_data", "schedule": crontab(minute=30, hour=3)},
}

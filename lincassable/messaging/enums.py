"""The outbox's vocabulary and delays. Imports nothing of ours."""

from datetime import timedelta

# How long a refused or failed message waits before its next try. A greylisting server opens after minutes, a full
# mailbox or a broken server after hours; after the last pause (two and a half days in all) we give up and say so.
RETRY_PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=1),
)

# A sweep is started every minute: it stops taking messages a little before the next one starts.
SWEEP_SECONDS = 50
SWEEP_LIMIT = 200  # messages over one connection; servers dislike longer ones

# Rows written by one statement when many messages are prepared at once (bounds the memory).
BATCH_SIZE = 200

# After the broker refused a task, nobody asks it again for this long: a form must not wait for it twice.
BROKER_PAUSE_SECONDS = 5

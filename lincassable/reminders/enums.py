"""The vocabulary of the reminders. Imports nothing of ours."""

DIGEST, PLAIN = "reminder_digest", "reminder"  # mails about several things, and about one whose rule has no template of its own
CHUNK = 200  # addresses written to in one transaction: bounds what is rendered at once
LONGEST_LIST = 10  # lines of one rule in a mail; the rest is a number
PREVIEW = 200  # people shown under “who would get it today”
LOCK = 7205813  # the advisory lock of a run: any number will do, as long as nobody else uses it

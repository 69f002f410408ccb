"""The network's figures and delays, and how long personal data is kept. Each can be set in the environment (docs/operator.md)."""

from lincassable.settings_parts.environment import env

# The network's figures: starting values, each can be set in the environment.
PICKUP_FILL_PERCENT = env.int("PICKUP_FILL_PERCENT", default=80)  # a store usually asks when about 80 % full
# The rule that says when a place will be full, and from how many days before that on it is called soon (docs/developer.md).
FORECAST_MODEL = env("FORECAST_MODEL", default="pickups.forecast_baseline.baseline")
FORECAST_SOON_DAYS = env.int("FORECAST_SOON_DAYS", default=30)
DECLARATION_LATE_DAYS = env.int("DECLARATION_LATE_DAYS", default=21)
LOW_EMPTIES_PERCENT = env.int("LOW_EMPTIES_PERCENT", default=10)  # of the room; where there is a buffer, it is the threshold
PUBLIC_FULL_PERCENT = env.int("PUBLIC_FULL_PERCENT", default=95)  # from here on the public is told that a place is almost full
PUBLIC_NEXT_PLACE_M = env.int("PUBLIC_NEXT_PLACE_M", default=1500)  # and shown the nearest other one within this distance
OLD_BOTTLES_MONTHS = env.int("OLD_BOTTLES_MONTHS", default=5)  # bottles must not wait more than six
PALOX_UNSEEN_MONTHS = env.int("PALOX_UNSEEN_MONTHS", default=6)
SORTING_TOLERANCE_PERCENT = env.int("SORTING_TOLERANCE_PERCENT", default=15)  # a palox holds 450 to 550 bottles; more is told
UNDO_MINUTES = env.int("UNDO_MINUTES", default=10)  # how long a coordinator may undo what they did last
DISCREPANCY_DAYS = env.int("DISCREPANCY_DAYS", default=60)  # older counts are no longer asked about
SHELF_STALE_DAYS = env.int("SHELF_STALE_DAYS", default=60)  # a list of products not looked at for longer is asked about
SLIP_MISSING_DAYS = env.int("SLIP_MISSING_DAYS", default=5)  # a signed slip that has not come by then is asked for
SLIP_NAGGING_DAYS = env.int("SLIP_NAGGING_DAYS", default=30)  # after that nobody is asked any more
ON_TIME_TOLERANCE_MINUTES = env.int("ON_TIME_TOLERANCE_MINUTES", default=15)  # a truck this early or late is still on time
# Reminders leave between these local hours only.
REMINDERS_FROM_HOUR = env.int("REMINDERS_FROM_HOUR", default=7)
REMINDERS_TO_HOUR = env.int("REMINDERS_TO_HOUR", default=20)
# Mailings hand at most so many messages an hour to the outbox, all together: what one's mail provider takes.
MAILINGS_PER_HOUR = env.int("MAILINGS_PER_HOUR", default=600)
OUTBOX_ALERT_MINUTES = env.int("OUTBOX_ALERT_MINUTES", default=30)
SCHEDULER_ALERT_MINUTES = env.int("SCHEDULER_ALERT_MINUTES", default=5)

# The page of figures for everybody: how long it may show what was read before.
PUBLIC_FIGURES_MINUTES = env.int("PUBLIC_FIGURES_MINUTES", default=60)

# Tours: estimates to compare plans with, before anybody has driven them (pickups/routes.py, pickups/load.py). Our own guesses, to be set
# from one's own tours: roads about a third longer than the straight line; speeds door to door, traffic and parking included; a stop is
# to find somebody, load, sign.
ROUTE_DETOUR = env.float("ROUTE_DETOUR", default=1.3)
ROUTE_SPEED_KMH = {"bike": 14, "van": 38, "truck_12t": 36, "truck_19t": 34} | env.dict("ROUTE_SPEED_KMH", cast={"value": float}, default={})
ROUTE_STOP_MINUTES = {"bike": 10, "van": 15, "truck_12t": 20, "truck_19t": 20} | env.dict(
    "ROUTE_STOP_MINUTES", cast={"value": int}, default={}
)
CRATE_VOLUME_L = env.int("CRATE_VOLUME_L", default=30)  # dm³; what a vehicle's room in crates is counted in
TOUR_NEAR_DAYS = env.int("TOUR_NEAR_DAYS", default=3)  # a place on two open tours closer than that is pointed out

# Calendars that people subscribe to.
CALENDAR_REFRESH_HOURS = env.int("CALENDAR_REFRESH_HOURS", default=1)  # how often they are asked to look again
CALENDAR_PAST_DAYS = env.int("CALENDAR_PAST_DAYS", default=90)  # how far back they go
CALENDAR_CANCELLED_DAYS = env.int("CALENDAR_CANCELLED_DAYS", default=30)  # how long what was cancelled is still shown as such
# Events: mails to those who signed up and to the team, this many days before; the report is asked for after, for this long.
EVENT_REMINDER_DAYS = env.int("EVENT_REMINDER_DAYS", default=2)
EVENT_REPORT_NAGGING_DAYS = env.int("EVENT_REPORT_NAGGING_DAYS", default=30)
# Trainings: how long one holds, from how many days before its end on the next one is called due soon; the quiz after it.
TRAINING_EVERY_MONTHS = env.int("TRAINING_EVERY_MONTHS", default=12)
TRAINING_SOON_DAYS = env.int("TRAINING_SOON_DAYS", default=45)
QUIZ_OPEN_DAYS = env.int("QUIZ_OPEN_DAYS", default=30)
QUIZ_PASS_PERCENT = env.int("QUIZ_PASS_PERCENT", default=70)
EVENT_SIGNUPS_PER_HOUR = env.int("EVENT_SIGNUPS_PER_HOUR", default=30)  # from one address: a school or a town hall shares one
PROBLEM_REPORTS_PER_HOUR = env.int("PROBLEM_REPORTS_PER_HOUR", default=60)  # from one card; a phone back from a dead spot sends many
# Non-conformities: rejects of a batch up to so many per 1,000 bottles are counted and closed; so many of a kind at a place in so many
# days are recurrent.
NONCONFORMITY_REJECTS_PER_1000 = env.int("NONCONFORMITY_REJECTS_PER_1000", default=30)
NONCONFORMITY_RECURRENT = env.int("NONCONFORMITY_RECURRENT", default=3)
NONCONFORMITY_RECURRENT_DAYS = env.int("NONCONFORMITY_RECURRENT_DAYS", default=90)
# Before and after (awareness/effects): weeks on each side, weeks left out next to a measure on each side, how long late reports are waited
# for, how many comparable places at most, and how near a place must be to an event that was held elsewhere.
EFFECT_WEEKS = env.int("EFFECT_WEEKS", default=13)
EFFECT_GAP_WEEKS = env.int("EFFECT_GAP_WEEKS", default=0)
EFFECT_SETTLE_DAYS = env.int("EFFECT_SETTLE_DAYS", default=14)
EFFECT_COMPARABLE = env.int("EFFECT_COMPARABLE", default=12)
EFFECT_EVENT_KM = env.float("EFFECT_EVENT_KM", default=2.0)
# Visits: how urgent one is, out of 100 (awareness/visit_urgency.py): the most points each reason gives, and from where on it counts.
# A declaration is missed after DECLARATION_LATE_DAYS, a training after TRAINING_EVERY_MONTHS, problems recur after NONCONFORMITY_RECURRENT.
VISIT_POINTS = {"stale": 25, "problems": 25, "training": 20, "returns": 15, "visit": 15} | env.dict(
    "VISIT_POINTS", cast={"value": int}, default={}
)
VISIT_EVERY_MONTHS = env.int("VISIT_EVERY_MONTHS", default=6)
VISIT_REST_DAYS = env.int("VISIT_REST_DAYS", default=30)  # after a visit, none is proposed for so long
VISIT_LOW_SCORE = env.int("VISIT_LOW_SCORE", default=60)  # percent: a place below it is visited again soon
VISIT_LOW_RETURN_PERCENT = env.int("VISIT_LOW_RETURN_PERCENT", default=50)  # bottles refunded among those charged, last six months
VISIT_FALL_PERCENT = env.int("VISIT_FALL_PERCENT", default=50)  # fewer bottles collected than a year before, over VISIT_FALL_DAYS
VISIT_FALL_DAYS = env.int("VISIT_FALL_DAYS", default=120)
VISIT_LEAST_BOTTLES = env.int("VISIT_LEAST_BOTTLES", default=100)  # with fewer charged or collected, a share says nothing
VISIT_NEAR_KM = env.int("VISIT_NEAR_KM", default=25)  # places that are proposed for the same day
VISIT_TASK_DAYS = env.int("VISIT_TASK_DAYS", default=14)  # until when a follow-up task is to be done
# Personal data: how long each kind is kept (days). docs/operator.md explains each; /confidentialite/ shows it.
PERSONAL_DATA_RETENTION_DAYS = {
    "message_body": env.int("RETENTION_MESSAGE_BODY_DAYS", default=180),
    "message_address": env.int("RETENTION_MESSAGE_ADDRESS_DAYS", default=365),
    "mailing_recipient": env.int("RETENTION_MAILING_RECIPIENT_DAYS", default=365),
    "first_name": env.int("RETENTION_FIRST_NAME_DAYS", default=365),
    "proposal": env.int("RETENTION_PROPOSAL_DAYS", default=365),
    "inactive_contact": env.int("RETENTION_INACTIVE_CONTACT_DAYS", default=3 * 365),
    "inactive_user": env.int("RETENTION_INACTIVE_USER_DAYS", default=3 * 365),
    "admin_log": env.int("RETENTION_ADMIN_LOG_DAYS", default=3 * 365),
    # One year: how long claims about a carriage may be brought (French commercial code, L133-6).
    "stop_proof": env.int("RETENTION_STOP_PROOF_DAYS", default=365),
    "paper_slip": env.int("RETENTION_PAPER_SLIP_DAYS", default=365),
    "device": env.int("RETENTION_DEVICE_DAYS", default=365),
    "event_signup": env.int("RETENTION_EVENT_SIGNUP_DAYS", default=30),
    "quiz_name": env.int("RETENTION_QUIZ_NAME_DAYS", default=90),
    "event_photo": env.int("RETENTION_EVENT_PHOTO_DAYS", default=3 * 365),
    "placement_photo": env.int("RETENTION_PLACEMENT_PHOTO_DAYS", default=365),
    "visit_photo": env.int("RETENTION_VISIT_PHOTO_DAYS", default=365),
    "nonconformity": env.int("RETENTION_NONCONFORMITY_DAYS", default=365),
    # Three years at least, says the French authority (CNIL) of lists of people who want no mails.
    "address_stop": env.int("RETENTION_ADDRESS_STOP_DAYS", default=3 * 365),
}

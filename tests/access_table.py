"""Who may open which address. Every address of the site has its line here: a new one without a line fails test_access.py.

For each address: the roles that get in; everybody else must be refused. `{…}` are parameters, filled with the role's own
object (OWN in test_access.py), and where somebody else's object exists, with that one too: then nobody but staff gets in.
"""

from __future__ import annotations

ANONYMOUS, STORE, DRIVER, CARRIER_LINK = "anonymous", "store", "driver", "carrier_link"
CARRIER, SORTING, COORDINATOR, ADMINISTRATOR = "carrier", "sorting", "coordinator", "administrator"
ROLES = (ANONYMOUS, STORE, DRIVER, CARRIER_LINK, CARRIER, SORTING, COORDINATOR, ADMINISTRATOR)

EVERYONE = frozenset(ROLES)
SIGNED_IN = frozenset({CARRIER, SORTING, COORDINATOR, ADMINISTRATOR})
STAFF = frozenset({COORDINATOR, ADMINISTRATOR})
COUNTERS = frozenset({SORTING, COORDINATOR, ADMINISTRATOR})
ADMINS = frozenset({ADMINISTRATOR})
NOBODY: frozenset[str] = frozenset()

PAGES = {
    "healthz": EVERYONE,
    "readyz": EVERYONE,
    "langue/": EVERYONE,
    "mails/suivi/<slug:provider>/": EVERYONE,  # the provider's signature, or the secret, is the permission
    # the front door and the legal pages
    "": EVERYONE,
    "mentions-legales/": EVERYONE,
    "confidentialite/": EVERYONE,
    "accessibilite/": EVERYONE,
    "desabonnement/<str:signed>/": EVERYONE,  # the signature is the permission
    "rappels/arreter/<str:signed>/": EVERYONE,  # likewise
    "rappels/choix/<str:signed>/": EVERYONE,
    # the public map and what goes with it
    "carte/": EVERYONE,
    "carte/points/": EVERYONE,
    "carte/<slug:place>/": EVERYONE,
    "bouteille/": EVERYONE,
    "api/v1/points.geojson": EVERYONE,
    "sitemap.xml": EVERYONE,
    "robots.txt": EVERYONE,
    # events: the public pages, somebody's own sign-up, the team's phone
    "evenements/": EVERYONE,
    "evenements.ics": EVERYONE,
    "evenements/<slug:slug>/": EVERYONE,
    "evenements/<slug:slug>.ics": EVERYONE,
    "evenements/inscription/<str:signed>/": EVERYONE,  # the signature is the permission
    "equipe/": NOBODY,  # the event's own link, see lincassable/portal/events/tests
    "equipe/bilan/": NOBODY,
    "equipe/photo/<uuid:photo_uuid>/": NOBODY,
    "equipe/evenements/<uuid:event_uuid>/": STAFF,
    "equipe/evenements/<uuid:event_uuid>/bilan/": STAFF,
    "equipe/evenements/<uuid:event_uuid>/photo/<uuid:photo_uuid>/": STAFF,
    "equipe/<slug:token>": EVERYONE,  # the token is the permission
    "equipe/<slug:token>/": EVERYONE,
    # trainings: the quiz behind a QR code, whose address is the permission
    "formation/<uuid:training_uuid>/": EVERYONE,
    "formation/<uuid:training_uuid>/<uuid:key>/": EVERYONE,
    "formation/<uuid:training_uuid>/<uuid:key>/attestation.pdf": EVERYONE,
    "p/formation/": {STORE},
    # a store's phone
    "p/": {STORE},
    "p/declarer/": {STORE},
    "p/recu/<uuid:key>/": {STORE},
    "p/inventaire/": {STORE},
    "p/inventaire/<uuid:key>/": {STORE},
    "p/historique/": {STORE},
    "p/demande/": {STORE},
    "p/consignes/": {STORE},
    "p/consignes/recu/<uuid:key>/": {STORE},
    "p/references/": {STORE},
    "p/references/ajouter/": {STORE},
    "p/references/recu/<uuid:key>/": {STORE},
    "p/agenda/": {STORE},
    "p/infos/": {STORE},
    "p/infos/<slug:part>/": {STORE},
    "p/sw.js": EVERYONE,
    "p/manifest.webmanifest": EVERYONE,
    "p/mail/<slug:token>/<str:signed>/<slug:button>/": EVERYONE,  # the signed address is the permission
    "p/<slug:token>": EVERYONE,  # the token is the permission
    "p/<slug:token>/": EVERYONE,
    "palox/<path:number>": EVERYONE,  # on labels that stand in the street: it says whose the palox is
    # a driver's phone
    "chauffeur/": {DRIVER},
    "chauffeur/tournee/": {DRIVER},
    "chauffeur/arret/<uuid:stop_uuid>/": {DRIVER},
    "chauffeur/arret/<uuid:stop_uuid>/photos/": {DRIVER},
    "chauffeur/ajouter/": {DRIVER},
    "chauffeur/photo/<uuid:proof_uuid>/": {DRIVER},
    "chauffeur/fin/": {DRIVER},
    "chauffeur/sw.js": EVERYONE,
    "chauffeur/manifest.webmanifest": EVERYONE,
    "chauffeur/bon/": {DRIVER},
    "chauffeur/bon/envoyer/": {DRIVER},
    "chauffeur/<slug:token>": EVERYONE,
    "chauffeur/<slug:token>/": EVERYONE,
    # counting on a phone, signed in; undoing one's own last act
    "inventaire/": COUNTERS,
    "inventaire/<uuid:store_uuid>/": COUNTERS,
    "inventaire/<uuid:store_uuid>/<uuid:key>/": COUNTERS,
    "annuler/<uuid:key>/": SIGNED_IN,
    # the sorting table, and the bottles
    "tri/": COUNTERS,
    "tri/arrivees/": COUNTERS,
    "tri/arrivees/<uuid:tour_uuid>/": COUNTERS,
    "tri/bouteilles/": COUNTERS,
    "tri/<uuid:centre>/": COUNTERS,
    "tri/<uuid:centre>/nouveau/": COUNTERS,
    "tri/<uuid:centre>/<uuid:batch>/": COUNTERS,
    "tri/<uuid:centre>/lavage/<uuid:key>/": COUNTERS,
    "tri/<uuid:centre>/lavage/<slug:trip>/": COUNTERS,
    # a carrier's office: its own list shows nothing to those who belong to no carrier
    "transporteur/": SIGNED_IN,
    "transporteur/agenda/": SIGNED_IN,  # shows nothing to those who belong to no carrier
    "transporteur/tournee/": {CARRIER_LINK},
    "transporteur/tournee/photo/<uuid:proof_uuid>/": {CARRIER_LINK},
    "transporteur/photo/<uuid:proof_uuid>/": {CARRIER, COORDINATOR, ADMINISTRATOR},
    "transporteur/tournees/<uuid:tour_uuid>/": {CARRIER},
    "transporteur/tournees/<uuid:tour_uuid>/bon/": {CARRIER},
    "transporteur/tournees/<uuid:tour_uuid>/bons/": {CARRIER},
    "transporteur/tournees/<uuid:tour_uuid>/bons/<uuid:slip_uuid>/": {CARRIER},
    "transporteur/tournee/bon/": {CARRIER_LINK},
    "transporteur/tournee/bons/": {CARRIER_LINK},
    "transporteur/tournee/bons/<uuid:slip_uuid>/": {CARRIER_LINK},
    "transporteur/historique/": {CARRIER},
    "transporteur/fiabilite/": {CARRIER},
    "transporteur/fiabilite/<slug:figure>/": {CARRIER},
    "transporteur/<slug:token>": EVERYONE,
    "transporteur/<slug:token>/": EVERYONE,
    "agenda/<slug:token>.ics": EVERYONE,  # the token is the permission
    # accounts (allauth)
    "compte/login/": EVERYONE,
    "compte/logout/": EVERYONE,
    "compte/inactive/": EVERYONE,
    "compte/signup/": NOBODY,
    "compte/email/": NOBODY,
    "compte/reauthenticate/": SIGNED_IN,
    "compte/confirm-email/": EVERYONE,
    r"compte/^confirm-email/(?P<key>[-:\w]+)/$": EVERYONE,
    "compte/password/change/": SIGNED_IN,
    "compte/password/set/": SIGNED_IN,
    "compte/password/reset/": EVERYONE,
    "compte/password/reset/done/": EVERYONE,
    "compte/password/reset/key/done/": EVERYONE,
    "compte/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": EVERYONE,
    "compte/login/code/confirm/": EVERYONE,
    "compte/2fa/": SIGNED_IN,
    "compte/2fa/authenticate/": EVERYONE,
    "compte/2fa/reauthenticate/": SIGNED_IN,
    "compte/2fa/totp/activate/": SIGNED_IN,
    "compte/2fa/totp/deactivate/": SIGNED_IN,
    "compte/2fa/recovery-codes/": SIGNED_IN,
    "compte/2fa/recovery-codes/generate/": SIGNED_IN,
    "compte/2fa/recovery-codes/download/": SIGNED_IN,
    # the admin's own pages
    "admin/": STAFF,
    "admin/login/": EVERYONE,
    "admin/logout/": SIGNED_IN,
    "admin/search/": STAFF,
    "admin/password_change/": STAFF,
    "admin/password_change/done/": STAFF,
    "admin/autocomplete/": STAFF,
    "admin/jsi18n/": STAFF,
    "admin/r/<path:content_type_id>/<path:object_id>/": STAFF,
    "admin/<app_label>/": STAFF,
    "admin/(?P<url>.*)$": STAFF,
}

# Pages that an app adds to the admin.
ADMIN_PAGES = {
    "admin/stock/": STAFF,
    "admin/bilans/": STAFF,
    "admin/bilans/<slug:label>/": STAFF,
    "admin/bilans/envoyer/": STAFF,
    "admin/bilans/apercu/<slug:person>/<int:pk>/": STAFF,
    "admin/bilans/apercu/<slug:person>/<int:pk>/html/": STAFF,
    "admin/previsions/": STAFF,
    "admin/recherche/": STAFF,  # each kind of answer by its own permission
    "admin/stock/<uuid:store_uuid>/": STAFF,
    "admin/reminders/reminderrule/rule/<slug:code>/": STAFF,
    "admin/reminders/reminderrule/rule/<slug:code>/switch/": STAFF,
    "admin/messaging/mailtext/": STAFF,
    "admin/messaging/mailtext/add/": STAFF,
    "admin/messaging/mailtext/<str:kind>/<str:language>/": STAFF,
    "admin/messaging/mailtext/<str:kind>/<str:language>/versions/": STAFF,
    "admin/messaging/mailtext/<str:kind>/<str:language>/versions/<int:version>/restore/": STAFF,
    "admin/messaging/mailtext/<str:kind>/<str:language>/delivered/": STAFF,
    "admin/messaging/message/<int:pk>/html/": STAFF,
    "admin/messaging/message/<int:pk>/files/<int:number>/": STAFF,
    "admin/messaging/message/folder/<str:name>/files/<int:number>/": STAFF,
    "admin/messaging/message/<int:pk>/<str:operation>/now/": STAFF,
    "admin/messaging/message/queue/": STAFF,
    "admin/messaging/message/queue/pause/": STAFF,
    "admin/messaging/message/queue/resume/": STAFF,
    "admin/messaging/message/queue/retry/<slug:reason>/": STAFF,
    "admin/messaging/chatroom/<int:pk>/test/": ADMINS,
    "admin/messaging/message/folder/": STAFF,
    "admin/messaging/message/folder/<str:name>/": STAFF,
    "admin/messaging/message/folder/<str:name>/html/": STAFF,
    "admin/messaging/message/folder/<str:name>/eml/": STAFF,
    "admin/accounts/accesslink/cards/": STAFF,
    "admin/accounts/accesslink/cards.pdf": STAFF,
    "admin/accounts/accesslink/confirm/": STAFF,
    "admin/accounts/accesslink/<int:pk>/code.<str:suffix>": STAFF,
    "admin/accounts/accesslink/<path:object_id>/card/": STAFF,
    "admin/accounts/accesslink/<path:object_id>/rotate/": STAFF,
    "admin/accounts/accesslink/<path:object_id>/revoke/": STAFF,
    "admin/accounts/accesslink/<path:object_id>/restore/": STAFF,
    "admin/accounts/user/personal-data/": ADMINS,
    "admin/accounts/user/go-to-personal-data/": ADMINS,
    "admin/accounts/user/<id>/password/": ADMINS,
    "admin/stores/changeproposal/<int:pk>/accept/": STAFF,
    "admin/stores/changeproposal/<int:pk>/refuse/": STAFF,
    "admin/stores/store/onboarding/": STAFF,
    "admin/stores/store/export-csv/": STAFF,
    "admin/stores/store/export-xlsx/": STAFF,
    "admin/stores/contact/import/": STAFF,
    "admin/stores/contact/import-file/": STAFF,
    "admin/stores/contact/import/template.<str:suffix>": STAFF,
    "admin/stores/contact/import/<uuid:token>/": STAFF,
    "admin/stores/contact/import/<uuid:token>/refused.csv": STAFF,
    "admin/stores/contact/export-csv/": STAFF,
    "admin/stores/contact/export-xlsx/": STAFF,
    "admin/stores/store/duplicates/": STAFF,
    "admin/stores/store/duplicates/<int:one>/<int:two>/apart/": STAFF,
    "admin/stores/store/find-duplicates/": STAFF,
    "admin/stores/store/<int:loser>/merge-into/<int:winner>/": STAFF,
    "admin/stores/storemerge/<int:pk>/undo/": STAFF,
    "admin/references/heldlist/<int:pk>/settle/": STAFF,
    "admin/stores/store/files/<uuid:file_uuid>/": STAFF,
    "admin/stores/store/files/<uuid:file_uuid>/remove/": STAFF,
    "admin/stores/store/<int:pk>/timeline/": STAFF,
    "admin/stores/store/<int:pk>/files/": STAFF,
    "admin/stores/store/<int:pk>/onboarding/": STAFF,
    "admin/stores/store/position/": STAFF,
    "admin/stores/store/import/": STAFF,
    "admin/stores/store/import-file/": STAFF,
    "admin/stores/store/import/template.<str:suffix>": STAFF,
    "admin/stores/store/import/<uuid:token>/": STAFF,
    "admin/stores/store/import/<uuid:token>/refused.csv": STAFF,
    "admin/crates/declaration/<path:object_id>/accept/": STAFF,
    "admin/crates/declaration/<path:object_id>/refuse/": STAFF,
    "admin/crates/declaration/<path:object_id>/withdraw/": STAFF,
    "admin/crates/inventory/<path:object_id>/correct/": STAFF,
    "admin/crates/inventory/<path:object_id>/withdraw/": STAFF,
    "admin/crates/discrepancydecision/inbox/": STAFF,
    "admin/crates/discrepancydecision/inbox/<int:pk>/record/": STAFF,
    "admin/crates/discrepancydecision/inbox/<int:pk>/accept/": STAFF,
    "admin/crates/discrepancydecision/inbox/<int:pk>/dismiss/": STAFF,
    "admin/crates/discrepancydecision/losses/": STAFF,
    "admin/crates/movement/<path:object_id>/cancel/": STAFF,
    "admin/crates/movement/<path:object_id>/correct/": STAFF,
    "admin/crates/movement/import/": STAFF,
    "admin/crates/movement/import-file/": STAFF,
    "admin/crates/movement/import/template.<str:suffix>": STAFF,
    "admin/crates/movement/import/<uuid:token>/": STAFF,
    "admin/crates/movement/import/<uuid:token>/refused.csv": STAFF,
    "admin/pickups/pickuprequest/refuse/": STAFF,
    "admin/pickups/pickuprequest/cancel/": STAFF,
    "admin/pickups/carrier/<int:pk>/price/": STAFF,
    "admin/pickups/recurringtour/<int:pk>/pause/": STAFF,
    "admin/pickups/recurringtour/<int:pk>/resume/": STAFF,
    "admin/pickups/slipupload/missing/": STAFF,
    "admin/pickups/slipupload/tour/<int:tour_pk>/": STAFF,
    "admin/pickups/slipupload/tour/<int:tour_pk>/slip.pdf": STAFF,
    "admin/pickups/slipupload/<path:object_id>/file/": STAFF,
    "admin/pickups/carrier/<int:pk>/reliability/": STAFF,
    "admin/pickups/carrier/<int:pk>/reliability/<slug:figure>/": STAFF,
    "admin/pickups/tour/calendar/": STAFF,
    "admin/pickups/tour/agenda/": STAFF,
    "admin/pickups/tour/<int:pk>/close/": STAFF,
    "admin/pickups/tour/<int:pk>/compose/": STAFF,
    "admin/pickups/tour/<int:pk>/compose/points/": STAFF,
    "admin/pickups/tour/<int:pk>/compose/review/": STAFF,
    "admin/pickups/tour/<int:pk>/compose/<int:store_id>/": STAFF,
    "admin/pickups/tourclosing/export-csv/": STAFF,
    "admin/pickups/tourclosing/export-xlsx/": STAFF,
    "admin/pickups/tour/<int:pk>/move/<str:to>/": STAFF,
    "admin/pickups/tour/<int:pk>/stops/<uuid:uuid>/": STAFF,
    "admin/pickups/tour/<int:pk>/stops/<uuid:uuid>/paloxes/<int:row_id>/register/": STAFF,
    "admin/pickups/tour/<int:pk>/stops/<uuid:uuid>/photos/<uuid:proof_uuid>/": STAFF,
    "admin/pickups/tour/<int:pk>/stops/<uuid:uuid>/photos/<uuid:proof_uuid>/remove/": STAFF,
}

# Sorting and washing in the admin
ADMIN_PAGES |= {
    "admin/crates/sortingbatch/record/": STAFF,
    "admin/crates/sortingbatch/trip/": STAFF,
    "admin/crates/sortingbatch/stock/": STAFF,
    "admin/crates/sortingbatch/<path:object_id>/cancel/": STAFF,
    "admin/crates/bottlemovement/send/": STAFF,
    "admin/crates/bottlemovement/receive/": STAFF,
    "admin/crates/bottlemovement/deliver/": STAFF,
    "admin/crates/bottlemovement/stock/": STAFF,
    "admin/crates/bottlemovement/<path:object_id>/cancel/": STAFF,
}

# Awareness in the admin
ADMIN_PAGES |= {
    "admin/awareness/event/calendar/": STAFF,
    "admin/awareness/event/<int:pk>/publish/": STAFF,
    "admin/awareness/event/<int:pk>/to-draft/": STAFF,
    "admin/awareness/event/<int:pk>/call-off/": STAFF,
    "admin/awareness/event/by-month/": STAFF,
    "admin/awareness/training/board/": STAFF,
    "admin/awareness/training/to-board/": STAFF,
    "admin/awareness/training/wish/<int:pk>/settle/": STAFF,
    "admin/awareness/training/<int:pk>/call-off/": STAFF,
    "admin/awareness/event/export-csv/": STAFF,
    "admin/awareness/event/export-xlsx/": STAFF,
}

# Deposits and paloxes in the admin
ADMIN_PAGES |= {
    "admin/crates/depositcount/statement/": STAFF,
    "admin/crates/depositcount/statement/<int:store_id>/": STAFF,
    "admin/crates/depositcount/to-statements/": STAFF,
    "admin/crates/depositcount/export-csv/": STAFF,
    "admin/crates/depositcount/export-xlsx/": STAFF,
    "admin/crates/depositcount/<path:object_id>/again/": STAFF,
    "admin/crates/depositcount/<path:object_id>/accept/": STAFF,
    "admin/crates/depositcount/<path:object_id>/refuse/": STAFF,
    "admin/references/reference/import/": STAFF,
    "admin/references/reference/import/template.<str:suffix>": STAFF,
    "admin/references/reference/import/<uuid:token>/": STAFF,
    "admin/references/reference/import/<uuid:token>/refused.csv": STAFF,
    "admin/references/reference/import-file/": STAFF,
    "admin/references/reference/export-csv/": STAFF,
    "admin/references/reference/export-xlsx/": STAFF,
    "admin/references/shelfitem/import/": STAFF,
    "admin/references/shelfitem/import/template.<str:suffix>": STAFF,
    "admin/references/shelfitem/import/<uuid:token>/": STAFF,
    "admin/references/shelfitem/import/<uuid:token>/refused.csv": STAFF,
    "admin/references/shelfitem/import-file/": STAFF,
    "admin/references/shelfitem/export-csv/": STAFF,
    "admin/references/shelfitem/export-xlsx/": STAFF,
    "admin/references/reference/to-coverage/": STAFF,
    "admin/references/reference/coverage/": STAFF,
    "admin/references/reference/coverage/<int:pk>/": STAFF,
    "admin/crates/palox/labels/": STAFF,
    "admin/crates/palox/series/": STAFF,
    "admin/crates/palox/export-csv/": STAFF,
    "admin/crates/palox/export-xlsx/": STAFF,
    "admin/crates/palox/<path:object_id>/label/": STAFF,
    "admin/crates/palox/<path:object_id>/seen/": STAFF,
    "admin/crates/palox/<path:object_id>/scrap/": STAFF,
}

# Mailings in the admin
ADMIN_PAGES |= {
    f"admin/mailings/mailing/<int:pk>/{page}": STAFF
    for page in (
        *("audience/", "text/", "preview/", "preview/html/", "try/", "launch/", "follow/", "recipients.<str:suffix>", "template/"),
        *("files/add/", "files/<uuid:file_uuid>/", "files/<uuid:file_uuid>/remove/", "do/<slug:verb>/"),
    )
}

# Tables of the admin: who may list and look, add, change, delete.
TABLES = {
    "crates/depositamount": (STAFF, STAFF, STAFF, NOBODY),
    "crates/depositcount": (STAFF, STAFF, STAFF, NOBODY),
    "crates/palox": (STAFF, STAFF, STAFF, NOBODY),
    "mailings/mailing": (STAFF, STAFF, STAFF, STAFF),
    "mailings/mailingtemplate": (STAFF, STAFF, STAFF, STAFF),
    "messaging/message": (STAFF, NOBODY, STAFF, NOBODY),
    "reminders/reminderrule": (STAFF, NOBODY, STAFF, NOBODY),
    "messaging/taskrun": (STAFF, NOBODY, STAFF, NOBODY),
    "accounts/accesslink": (STAFF, NOBODY, STAFF, NOBODY),
    "accounts/user": (ADMINS, ADMINS, ADMINS, NOBODY),
    "auth/group": (ADMINS, ADMINS, ADMINS, NOBODY),
    "django_celery_beat/periodictask": (STAFF, NOBODY, STAFF, NOBODY),
    "django_celery_beat/crontabschedule": (ADMINS, ADMINS, ADMINS, NOBODY),
    "stores/store": (STAFF, STAFF, STAFF, ADMINS),
    "stores/zone": (STAFF, STAFF, STAFF, STAFF),
    "stores/contact": (STAFF, STAFF, STAFF, STAFF),
    "crates/containertype": (STAFF, STAFF, STAFF, NOBODY),
    "crates/balance": (STAFF, NOBODY, STAFF, NOBODY),
    "crates/declaration": (STAFF, NOBODY, STAFF, NOBODY),
    "crates/inventory": (STAFF, STAFF, STAFF, NOBODY),
    "crates/movement": (STAFF, NOBODY, STAFF, NOBODY),
    "crates/discrepancydecision": (STAFF, NOBODY, STAFF, NOBODY),
    "crates/sortingbatch": (STAFF, NOBODY, STAFF, NOBODY),
    "crates/bottlemovement": (STAFF, NOBODY, STAFF, NOBODY),
    "crates/bottlemodel": (STAFF, STAFF, STAFF, NOBODY),
    "crates/rejectreason": (STAFF, STAFF, STAFF, NOBODY),
    "pickups/carrier": (STAFF, STAFF, STAFF, STAFF),
    "pickups/emissionfactor": (STAFF, ADMINS, STAFF, ADMINS),
    "pickups/recurringtour": (STAFF, STAFF, STAFF, STAFF),
    "stores/closure": (STAFF, STAFF, STAFF, STAFF),
    "awareness/event": (STAFF, STAFF, STAFF, STAFF),
    "awareness/partner": (STAFF, STAFF, STAFF, STAFF),
    "awareness/training": (STAFF, STAFF, STAFF, NOBODY),
    "awareness/quizquestion": (STAFF, STAFF, STAFF, NOBODY),
    "references/producer": (STAFF, STAFF, STAFF, STAFF),
    "references/reference": (STAFF, STAFF, STAFF, STAFF),
    "references/washinglimit": (STAFF, STAFF, STAFF, STAFF),
    "references/shelfitem": (STAFF, STAFF, STAFF, STAFF),
    "references/shelfcheck": (STAFF, NOBODY, STAFF, NOBODY),
    "references/heldlist": (STAFF, NOBODY, STAFF, NOBODY),
    "stores/changeproposal": (STAFF, NOBODY, STAFF, NOBODY),
    "stores/storemerge": (STAFF, NOBODY, STAFF, NOBODY),
    "stores/distinctplaces": (STAFF, NOBODY, STAFF, STAFF),
    "stores/tag": (STAFF, STAFF, STAFF, STAFF),
    "stores/storetask": (STAFF, STAFF, STAFF, STAFF),
    "stores/onboardingstep": (STAFF, STAFF, STAFF, NOBODY),
    "pickups/pickuprequest": (STAFF, STAFF, STAFF, NOBODY),
    "pickups/tour": (STAFF, STAFF, STAFF, NOBODY),
    "pickups/stop": (STAFF, NOBODY, STAFF, NOBODY),
    "legacy/legacyimport": (STAFF, NOBODY, STAFF, NOBODY),
    "legacy/assumedcount": (STAFF, NOBODY, STAFF, NOBODY),
    "pickups/slipupload": (STAFF, NOBODY, STAFF, STAFF),
    "pickups/tourlog": (STAFF, NOBODY, STAFF, NOBODY),
    "pickups/tourclosing": (STAFF, NOBODY, STAFF, NOBODY),
}


def table_pages() -> dict[str, frozenset[str]]:
    """The pages that Django's admin makes for each table."""
    pages = {}
    for name, (view, add, change, delete) in TABLES.items():
        pages |= {f"admin/{name}/": view, f"admin/{name}/add/": add}
        one = f"admin/{name}/<path:object_id>"
        # The bare address of a row only leads on to the page where it is changed, which has its own guard.
        pages |= {f"{one}/": STAFF, f"{one}/history/": view, f"{one}/change/": change, f"{one}/delete/": delete}
    return pages


WHO = {**PAGES, **ADMIN_PAGES, **table_pages()}

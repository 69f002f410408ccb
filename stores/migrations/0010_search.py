"""Finding without accents and despite slips of the pen: functions that indexes can rest on, and these indexes.

`unaccent` is only STABLE, as its dictionary could be replaced; named with its dictionary, and never replaced here, its
wrapper may be IMMUTABLE. Names are qualified, so that a restored dump builds the indexes whatever its search path.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION plain_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$;
CREATE FUNCTION searchable(text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1 || ' ' || $2)) $$;
"""
INDEXES = """
CREATE INDEX store_search_trigram ON stores_store USING gin (searchable(name, city) gin_trgm_ops);
CREATE INDEX contact_search_trigram ON stores_contact USING gin (searchable(name, email) gin_trgm_ops);
CREATE INDEX contact_phone_trigram ON stores_contact USING gin (phone gin_trgm_ops);
"""
BACK = """
DROP INDEX contact_phone_trigram;
DROP INDEX contact_search_trigram;
DROP INDEX store_search_trigram;
DROP FUNCTION searchable(text, text);
DROP FUNCTION plain_text(text);
"""


class Migration(migrations.Migration):
    dependencies = [("stores", "0009_proposal_roles")]

    operations = [migrations.RunSQL(FUNCTIONS + INDEXES, BACK)]

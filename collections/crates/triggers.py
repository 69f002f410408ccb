"""The database's own rules for the ledger, as pgtrigger definitions (they become part of the migrations)."""

import pgtrigger

_REFUSE = """
IF TG_OP = 'TRUNCATE' AND current_setting('lincassable.allow_truncate', true) = 'on' THEN
    RETURN NULL;  -- test databases are emptied between tests; no other database carries this setting
END IF;
RAISE EXCEPTION 'the crate ledger is append-only: % on % is refused; record a correction instead', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
"""

APPEND_ONLY: list[dict] = [
    {
        "name": "append_only",
        "level": pgtrigger.Statement,
        "when": pgtrigger.Before,
        "operation": pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
        "func": _REFUSE,
    }
]

# Statement-level: one pass over the new rows, whether one form or a million imported lines. All lines of a movement go
# in by one statement, so the sum per movement can be checked here, and no later statement can unbalance it.
# Balances are written in key order, so that two transactions never wait for each other in a circle.
ENTRIES_TO_BALANCES: dict = {
    "name": "entries_to_balances",
    "level": pgtrigger.Statement,
    "when": pgtrigger.After,
    "operation": pgtrigger.Insert,
    "referencing": pgtrigger.Referencing(new="new_entries"),
    "declare": [("wrong", "bigint")],
    "func": """
        SELECT movement_id INTO wrong FROM new_entries
            GROUP BY movement_id, container_type_id HAVING sum(quantity) <> 0 LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the lines of movement % do not sum to zero', wrong USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT e.movement_id INTO wrong FROM new_entries e JOIN crates_movement m ON m.id = e.movement_id
            WHERE m.occurred_at <> e.occurred_at LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'an entry of movement % has another moment than the movement', wrong
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        INSERT INTO crates_balance AS b (store_id, container_type_id, content, quantity)
            SELECT store_id, container_type_id, content, sum(quantity) FROM new_entries
            WHERE store_id IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0 ORDER BY 1, 2, 3
            ON CONFLICT (store_id, container_type_id, content) DO UPDATE SET quantity = b.quantity + excluded.quantity;
        RETURN NULL;
    """,
}

# Depth 1 is this trigger fired by somebody's own statement; 2 is fired from within the entries' trigger.
BALANCE_BY_DATABASE_ONLY: dict = {
    "name": "balance_by_database_only",
    "level": pgtrigger.Statement,
    "when": pgtrigger.Before,
    "operation": pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    "func": """
        IF pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'balances are kept by the database from the entries; write a movement instead'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    """,
}

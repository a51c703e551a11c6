"""Disturbances that break what an export depends on, and mend it again."""

import crm
from dba import Disturbance

SETUP = "SELECT storm.setup()"
TEARDOWN = "SELECT storm.teardown()"
MEND = "SELECT storm.mend()"
TABLES = ("leads", "statuses", "calls")
COLUMNS = (("leads", "tenant_id"), ("leads", "name"), ("leads", "notes"), ("statuses", "label"),
           ("calls", "created_at"), ("calls", "tenant_id"))


def on_tables(name, *statements, **options):
    """A disturbance for each of the tables, which {table} stands for."""
    return [Disturbance(f"{name}: {table}", tuple(s.replace("{table}", f"{{{table}}}") for s in statements), **options)
            for table in TABLES]


def reader_disturbances():
    """Let the reader see more than one tenant."""
    return [
        Disturbance("BYPASSRLS", ("ALTER ROLE export_leads_reader BYPASSRLS",
                                  "ALTER ROLE export_leads_reader NOBYPASSRLS"), bursts=20),
        Disturbance("SUPERUSER", ("ALTER ROLE export_leads_reader SUPERUSER",
                                  "ALTER ROLE export_leads_reader NOSUPERUSER"), bursts=20),
        Disturbance("membership", ("GRANT storm_owner TO export_leads_reader",
                                   "REVOKE storm_owner FROM export_leads_reader"), bursts=20),
        Disturbance("inherited membership",
                    ("ALTER ROLE export_leads_reader INHERIT", "GRANT storm_owner TO export_leads_reader",
                     "REVOKE storm_owner FROM export_leads_reader", "ALTER ROLE export_leads_reader NOINHERIT"),
                    bursts=5),
    ]


def swaps():
    """Another table comes into the place of one by two renames."""
    return [
        Disturbance(f"swapped table: {table}",
                    ("SELECT storm.arm_decoys()",
                     *[f"ALTER TABLE {{{table}}} RENAME TO {table}_swapped; "
                       f"ALTER TABLE {{decoy_{table}}} SET SCHEMA crm", MEND] * 2), renames=True)
        for table in TABLES]


def wholes():
    """A table becomes a part of another, and is taken out again. A partitioned one, as calls are, inherits nothing."""
    drop = "DROP TABLE crm.storm_whole"
    return [
        *[Disturbance(f"table that inherits: {table}",
                      (f"CREATE TABLE crm.storm_whole (LIKE {{{table}}}); "
                       f"ALTER TABLE {{{table}}} INHERIT crm.storm_whole",
                       f"ALTER TABLE {{{table}}} NO INHERIT crm.storm_whole; {drop}"), renames=True)
          for table in TABLES if table != "calls"],
        *on_tables("table that is attached",
                   "CREATE TABLE crm.storm_whole (LIKE {table}) PARTITION BY LIST (tenant_id); "
                   "ALTER TABLE crm.storm_whole ATTACH PARTITION {table} DEFAULT",
                   f"ALTER TABLE crm.storm_whole DETACH PARTITION {{table}}; {drop}", renames=True),
    ]


def all_disturbances():
    return [
        *on_tables("row security", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                   "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        *on_tables("forced row security", "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                   "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
        *reader_disturbances(),
        *on_tables("ownership", "ALTER TABLE {table} OWNER TO export_leads_reader",
                   "ALTER TABLE {table} OWNER TO storm_owner", SETUP),
        *on_tables("restrictive policy", "CREATE POLICY storm_hide ON {table} AS RESTRICTIVE USING (false)",
                   "DROP POLICY storm_hide ON {table}"),
        *on_tables("permissive policy", "CREATE POLICY storm_show ON {table} USING (true)",
                   "DROP POLICY storm_show ON {table}"),
        *on_tables("altered restrictive policy", "ALTER POLICY export_leads_only_tenant ON {table} USING (true)",
                   SETUP),
        *on_tables("altered permissive policy", "ALTER POLICY export_leads_tenant_rows ON {table} USING (false)",
                   SETUP),
        *on_tables("policy for nobody", "ALTER POLICY export_leads_only_tenant ON {table} TO storm_owner", SETUP),
        *on_tables("dropped policy", "DROP POLICY export_leads_tenant_rows ON {table}", SETUP),
        *on_tables("policies dropped and made again", "DROP POLICY export_leads_only_tenant ON {table}",
                   "CREATE POLICY export_leads_only_tenant ON {table} AS RESTRICTIVE FOR SELECT TO export_leads_reader "
                   "USING (tenant_id = (SELECT public.export_leads_tenant()::int))"),
        Disturbance("set-up", (SETUP,)),
        Disturbance("teardown, set-up", (TEARDOWN, SETUP)),
        Disturbance("teardown and set-up at once", (f"{TEARDOWN}; {SETUP}",)),
        *on_tables("renamed table", "ALTER TABLE {table} RENAME TO renamed", MEND, renames=True),
        *[Disturbance(f"renamed column: {column} of {table}",
                      (f"ALTER TABLE {{{table}}} RENAME {column} TO {column}_away",
                       f"ALTER TABLE {{{table}}} RENAME {column}_away TO {column}"), renames=True)
          for table, column in COLUMNS],
        Disturbance("columns that change places", (
            "ALTER TABLE {leads} RENAME name TO aside; ALTER TABLE {leads} RENAME notes TO name; "
            "ALTER TABLE {leads} RENAME aside TO notes",) * 2, renames=True),
        Disturbance("swapped schemas", ("SELECT storm.arm_decoys()", *["SELECT storm.swap_schemas()"] * 40,
                                        "SELECT storm.disarm_decoys()"), bursts=4, renames=True),
        *swaps(), *wholes(),
        Disturbance("PARALLEL SAFE", ("ALTER FUNCTION public.export_leads_tenant() PARALLEL SAFE",
                                      "ALTER FUNCTION public.export_leads_tenant() PARALLEL RESTRICTED"), bursts=20),
        *on_tables("SELECT revoked", "REVOKE SELECT (tenant_id) ON {table} FROM export_leads_reader",
                   "GRANT SELECT (tenant_id) ON {table} TO export_leads_reader", bursts=10),
        Disturbance("USAGE revoked", ("REVOKE USAGE ON SCHEMA crm FROM export_leads_reader",
                                      "GRANT USAGE ON SCHEMA crm TO export_leads_reader"), bursts=10, renames=True),
        Disturbance("EXECUTE revoked",
                    ("REVOKE EXECUTE ON FUNCTION public.export_leads_tenant() FROM export_leads_reader",
                     "GRANT EXECUTE ON FUNCTION public.export_leads_tenant() TO export_leads_reader"), bursts=10),
        Disturbance("index of leads",
                    ("DROP INDEX IF EXISTS crm.leads_of_status, decoy.leads_of_status",
                     "CREATE INDEX leads_of_status ON {leads} (tenant_id, status, created_at DESC, id DESC)")),
        *[Disturbance(f"index of calls by {columns}",
                      ("DROP INDEX IF EXISTS crm.latest_calls, decoy.latest_calls",
                       f"CREATE INDEX latest_calls ON {{calls}} ({columns}, created_at DESC, id DESC)"))
          for columns in ("lead_id", "tenant_id, lead_id")],
        Disturbance("VACUUM FULL", ("VACUUM FULL crm.leads", "VACUUM FULL crm.lead_statuses",
                                    "VACUUM FULL crm.call_log")),
        *on_tables("added column", "ALTER TABLE {table} ADD storm_extra int DEFAULT 1",
                   "ALTER TABLE {table} DROP storm_extra"),
        *on_tables("rewritten table", "ALTER TABLE {table} ADD storm_extra float DEFAULT random()",
                   "ALTER TABLE {table} DROP storm_extra"),
        *[Disturbance(f"rewritten partition of {tenant}",
                      (f"ALTER TABLE crm.call_log_{tenant} SET UNLOGGED",
                       f"ALTER TABLE crm.call_log_{tenant} SET LOGGED"), renames=True)
          for tenant in crm.TENANTS],
        Disturbance("ANALYZE", ("ANALYZE crm.leads, crm.lead_statuses, crm.call_log",)),
    ]

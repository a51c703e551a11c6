"""Disturbances of the tables that exports are kept in, and of what a save rests on."""

from broken_setup import SETUP, TEARDOWN, on_tables, reader_disturbances
from dba import Disturbance

TABLES = ("export_leads_exports", "export_leads_pieces", "export_leads_schedules", "export_leads_deliveries")


def on_kept(name, *statements, **options):
    """A disturbance for each of the extension's tables, which % stands for."""
    return [Disturbance(f"{name}: {table}", tuple(s.replace("%", f"public.{table}") for s in statements), **options)
            for table in TABLES]


def all_disturbances():
    return [
        *reader_disturbances(),
        *on_kept("dropped policy", "DROP POLICY export_leads_own_tenant ON %", SETUP),
        *on_kept("altered policy", "ALTER POLICY export_leads_own_tenant ON % USING (true) WITH CHECK (true)", SETUP),
        *on_kept("policy for nobody", "ALTER POLICY export_leads_own_tenant ON % TO storm_stranger", SETUP),
        *on_kept("hiding policy", "CREATE POLICY storm_hides ON % AS RESTRICTIVE USING (false)", SETUP),
        *on_kept("row security", "ALTER TABLE % DISABLE ROW LEVEL SECURITY", "ALTER TABLE % ENABLE ROW LEVEL SECURITY"),
        *on_kept("rights revoked", "REVOKE ALL ON % FROM export_leads_reader", SETUP),
        *on_kept("VACUUM FULL", "VACUUM FULL %"),
        *on_kept("REINDEX", "REINDEX TABLE %"),
        *on_kept("VACUUM", "VACUUM (ANALYZE, TRUNCATE off) %"),
        *on_tables("row security", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                   "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        *on_tables("dropped policy", "DROP POLICY export_leads_tenant_rows ON {table}", SETUP),
        *on_tables("rewritten table", "ALTER TABLE {table} ADD storm_extra float DEFAULT random()",
                   "ALTER TABLE {table} DROP storm_extra"),
        Disturbance("set-up", (SETUP,)),
        Disturbance("teardown, set-up", (TEARDOWN, SETUP)),
    ]

"""Disturbances that move rows between the tables of a tree while the tree changes.

Each transaction leaves the rows that the three tables show as they were: a file that differs is short, doubled, stale.
"""

import dataclasses

from dba import Disturbance


@dataclasses.dataclass(frozen=True)
class Inherited:
    """A table to which children are added, with rows that it loses, and from which they are taken."""
    table: str
    archived: str  # which rows are also in an archive, whether that is a child just now or not
    oldest: str    # and of these in a child of the archive
    others: str    # which rows go to children that come and go

    def archive(self):
        """Makes the archive, which is no child yet."""
        table = self.table
        return (f"CREATE TABLE {table}_archive (LIKE {table}); "
                f"CREATE TABLE {table}_archive_oldest () INHERITS ({table}_archive); "
                f"INSERT INTO {table}_archive SELECT * FROM {table} WHERE {self.archived} AND NOT ({self.oldest}); "
                f"INSERT INTO {table}_archive_oldest SELECT * FROM {table} WHERE {self.archived} AND {self.oldest}")

    def disturbances(self):
        """What locks the child comes first, so that the rest sees what another DBA has done to it."""
        table = self.table
        return [
            Disturbance(f"INHERIT and NO INHERIT: {table}", (
                f"ALTER TABLE {table}_archive INHERIT {table}; DELETE FROM ONLY {table} WHERE {self.archived}",
                f"ALTER TABLE {table}_archive NO INHERIT {table}; INSERT INTO {table} SELECT * FROM {table}_archive")),
            Disturbance(f"INHERIT and NO INHERIT below a child: {table}", (
                f"ALTER TABLE {table}_archive_oldest NO INHERIT {table}_archive; "
                f"INSERT INTO {table}_archive SELECT * FROM {table}_archive_oldest",
                f"ALTER TABLE {table}_archive_oldest INHERIT {table}_archive; "
                f"DELETE FROM ONLY {table}_archive WHERE {self.oldest}")),
            Disturbance(f"child made and dropped: {table}", (
                f"CREATE TABLE {table}_child () INHERITS ({table}); "
                f"WITH moved AS (DELETE FROM ONLY {table} WHERE {self.others} RETURNING *) "
                f"INSERT INTO {table}_child SELECT * FROM moved",
                f"LOCK TABLE {table}_child; INSERT INTO {table} SELECT * FROM {table}_child; "
                f"DROP TABLE {table}_child")),
        ]


@dataclasses.dataclass(frozen=True)
class Partitioned:
    """A table whose partitions are detached, attached and replaced."""
    table: str
    partition: str
    bounds: str

    def attach(self, partition):
        return f"ALTER TABLE {self.table} ATTACH PARTITION {partition} {self.bounds}"

    def detach(self, options=""):
        return f"ALTER TABLE {self.table} DETACH PARTITION {self.partition} {options}"

    def replaced(self):
        table, partition = self.table, self.partition
        return [
            Disturbance(f"DETACH and ATTACH at once: {partition}", (f"{self.detach()}; {self.attach(partition)}",)),
            Disturbance(f"partition replaced: {partition}", (
                f"CREATE TABLE {partition}_next (LIKE {table} INCLUDING ALL); "
                f"INSERT INTO {partition}_next SELECT * FROM {partition}; DROP TABLE {partition}; "
                f"{self.attach(partition + '_next')}; "
                f"ALTER TABLE {partition}_next RENAME TO {partition.removeprefix('crm.')}",)),
        ]

    def merged(self, default, rows):
        """With the default partition; `rows` of it are the partition's when there is one."""
        table, partition = self.table, self.partition
        split = (f"CREATE TABLE {partition} (LIKE {table} INCLUDING ALL); "
                 f"WITH moved AS (DELETE FROM {default} WHERE {rows} RETURNING *) "
                 f"INSERT INTO {partition} SELECT * FROM moved; {self.attach(partition)}")
        return [
            Disturbance(f"DETACH, rows moved to the default partition: {partition}", (
                f"{self.detach()}; INSERT INTO {table} SELECT * FROM {partition}; DROP TABLE {partition}", split)),
            Disturbance(f"DROP, rows moved to the default partition: {partition}", (
                f"CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM {partition}; DROP TABLE {partition}; "
                f"INSERT INTO {table} SELECT * FROM kept", split)),
        ]

    def detached_concurrently(self):
        """The partition of a tenant of whom there are no exports: its rows may come and go."""
        return [
            Disturbance(f"DETACH CONCURRENTLY: {self.partition}", (
                self.detach("CONCURRENTLY"), self.attach(self.partition))),
            Disturbance(f"DETACH CONCURRENTLY that was given up: {self.partition}", (
                "SET statement_timeout = '20ms'", self.detach("CONCURRENTLY"), "SET statement_timeout = '3s'",
                self.detach("FINALIZE"), self.attach(self.partition)), decisive=3),
        ]


LEADS = Inherited("crm.leads", archived="id % 7 = 1", oldest="id < 1500", others="id % 7 = 2")
STATUSES = Inherited("crm.lead_statuses", archived="name = 'new'", oldest="tenant_id = 7", others="name = 'won'")
CALLS = Inherited("crm.call_log", archived="id % 7 = 1", oldest="id < 15000", others="id % 7 = 2")
VACUUM = Disturbance("VACUUM", ("VACUUM (TRUNCATE off) crm.leads, crm.lead_statuses, crm.call_log",))


def with_partitioned_calls():
    merged = Partitioned("crm.call_log", "crm.call_log_7", "FOR VALUES IN (7)")
    replaced = Partitioned("crm.call_log", "crm.call_log_13", "FOR VALUES IN (13)")
    return [
        *LEADS.disturbances(), *STATUSES.disturbances(),
        *merged.merged("crm.call_log_others", "tenant_id = 7"), *replaced.replaced(),
        VACUUM,
    ]


def with_partitioned_leads():
    merged = Partitioned("crm.leads", "crm.leads_1", "FOR VALUES FROM (MINVALUE) TO (1000)")
    replaced = Partitioned("crm.leads", "crm.leads_2", "FOR VALUES FROM (1000) TO (2000)")
    below = Partitioned("crm.leads_others", "crm.leads_3", "FOR VALUES FROM (2000) TO (2500)")
    statuses = Partitioned("crm.lead_statuses", "crm.lead_statuses_7", "FOR VALUES IN (7)")
    nobodys = Partitioned("crm.lead_statuses", "crm.lead_statuses_21", "FOR VALUES IN (21)")
    return [
        *CALLS.disturbances(),
        *merged.merged("crm.leads_others", "id < 1000"), *replaced.replaced(),
        *below.merged("crm.leads_rest", "id BETWEEN 2000 AND 2499"),
        *statuses.replaced(), *nobodys.detached_concurrently(),
        VACUUM,
    ]

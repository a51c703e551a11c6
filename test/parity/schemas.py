"""The schemas that the extension must cope with, and how their tables are made and read."""

import dataclasses

from psycopg2 import extras


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of the application: its columns under their documented names, and what it calls them instead."""
    name: str
    columns: dict
    own_names: dict

    def create(self, cursor):
        """The first column is dropped again: what remains does not start at attribute number 1."""
        columns = ", ".join(f"{self.own_names.get(name, name)} {type_name}" for name, type_name in self.columns.items())
        cursor.execute(f"CREATE TABLE {self.name} (gone int DEFAULT 4711, {columns})")
        cursor.execute(f"ALTER TABLE {self.name} DROP COLUMN gone")

    def insert(self, cursor, rows):
        columns = ", ".join(self.own_names.get(name, name) for name in self.columns)
        values = [[row[name] for name in self.columns] for row in rows]
        extras.execute_values(cursor, f"INSERT INTO {self.name} ({columns}) VALUES %s", values, page_size=1000)

    def read(self, cursor):
        """The raw rows, under the documented names."""
        documented_names = {own: name for name, own in self.own_names.items()}
        cursor.execute(f"SELECT * FROM {self.name}")
        names = [documented_names.get(column.name, column.name) for column in cursor.description]
        return [{name: self.without_blanks(name, value) for name, value in zip(names, row)} for row in cursor]

    def without_blanks(self, name, value):
        """What a char(n) is filled up with is no part of it."""
        return value.rstrip(" ") if value is not None and self.columns.get(name, "").startswith("char(") else value


@dataclasses.dataclass(frozen=True)
class Schema:
    name: str
    tenant_type: str
    id_type: str
    timestamp_type: str
    lead_count: int
    leads: Table
    statuses: Table
    calls: Table
    types: str = "SELECT"  # makes what the columns are of

    @property
    def tables(self):
        return self.leads, self.statuses, self.calls


def original_application():
    return Schema(
        "the original application's names", "int", "int", "timestamp", 3000,
        Table("leads", {
            "id": "int PRIMARY KEY", "tenant_id": "int", "first_name": "varchar(255)", "last_name": "varchar(255)",
            "name": "varchar(255)", "phone": "varchar(64)", "email": "varchar(255)", "source": "varchar(32)",
            "status": "varchar(32) DEFAULT 'new'", "notes": "text", "created_at": "timestamp",
        }, {"phone": "phone_e164"}),
        Table("lead_statuses", {
            "id": "int PRIMARY KEY", "tenant_id": "int", "name": "varchar(64)", "label": "varchar(128)",
        }, {"tenant_id": "business_id"}),
        Table("call_log", {
            "id": "int PRIMARY KEY", "tenant_id": "int", "lead_id": "int", "call_status": "varchar(32)",
            "status": "varchar(32)", "created_at": "timestamp",
        }, {"tenant_id": "business_id"}))


# What a status may be of beside text: name, what makes the type, the type.
STATUS_TYPES = (
    ("an enum", "CREATE TYPE stage AS ENUM ({names})", "stage"),
    ("a domain over an enum", "CREATE TYPE stage AS ENUM ({names}); CREATE DOMAIN checked AS stage", "checked"),
    ("a domain", "CREATE DOMAIN slug AS varchar(64)", "slug"),
    ("char(n)", "SELECT", "char(80)"),
)


def documented(name, tenant_type, id_type, timestamp_type, lead_count, absent=(), types="SELECT", status_type="text"):
    """A schema of the documented names, without the columns that `absent` names as table.column."""
    def table(table_name, **columns):
        return Table(table_name, {column: type_name for column, type_name in columns.items()
                                  if f"{table_name}.{column}" not in absent}, {})

    return Schema(
        name, tenant_type, id_type, timestamp_type, lead_count,
        table("leads", status=status_type, created_at=timestamp_type, notes="text", source="text", email="text",
              phone="text", full_name="text", name="text", last_name="text", first_name="text", tenant_id=tenant_type,
              id=id_type),
        table("lead_statuses", id="int", label="text", tenant_id=tenant_type, name="text"),
        table("call_logs", created_at=timestamp_type, id=id_type, lead_id=id_type, call_status="text",
              tenant_id=tenant_type), types)


def all_schemas(status_names):
    yield original_application()
    yield documented("the documented names, no full_name", "int", "int", "timestamptz", 400, {"leads.full_name"})
    yield documented("the documented names and full_name", "int", "int", "timestamptz", 400)
    yield documented("no column that is optional", "int", "int", "timestamp", 300, {
        "leads.phone", "leads.email", "leads.source", "leads.notes", "leads.full_name", "leads.name",
        "lead_statuses.label", "call_logs.call_status"})
    yield documented("no lead at all", "int", "int", "timestamp", 0)
    names = ", ".join(f"'{name}'" for name in status_names)
    for name, types, status_type in STATUS_TYPES:
        yield documented(f"status of {name}", "int", "int", "timestamp", 400, types=types.format(names=names),
                         status_type=status_type)
    for tenant_type, id_type in (("int", "bigint"), ("bigint", "bigint"), ("uuid", "uuid"), ("text", "int")):
        for timestamp_type in ("timestamp", "timestamptz"):
            yield documented(f"tenant {tenant_type}, {timestamp_type}", tenant_type, id_type, timestamp_type, 300)

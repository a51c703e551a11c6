"""What is exported, and what somebody writes by hand to get the same file: the shapes of the query, in two formats."""

import dataclasses
import datetime

from leads import HEADER

FULL_NAME = ("COALESCE(NULLIF(lead.name, ''), "
             "NULLIF(concat_ws(' ', NULLIF(lead.first_name, ''), NULLIF(lead.last_name, '')), ''), 'ללא שם')")


@dataclasses.dataclass(frozen=True)
class Selection:
    """The leads of a column, or those of them that were created from a moment on."""
    tenant: int
    status: str
    since: datetime.datetime | None = None

    def condition(self, table):
        """The WHERE clause that selects the leads from `table`."""
        text = f"{table}.tenant_id = {self.tenant} AND {table}.status = '{self.status}'"
        return text if self.since is None else f"{text} AND {table}.created_at >= '{self.since}'"


# One probe of an index for each lead: the best where there is an index to probe.
LATERAL = """LEFT JOIN LATERAL (
  SELECT c.created_at, c.call_status FROM call_log AS c
  WHERE c.lead_id = lead.id AND c.business_id = {tenant} AND c.created_at IS NOT NULL
  ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS call ON true"""

# The calls of all leads of the column in one pass: the best where there is none.
ONE_PASS = """LEFT JOIN (
  SELECT DISTINCT ON (c.lead_id) c.lead_id, c.created_at, c.call_status FROM call_log AS c
  WHERE c.business_id = {tenant} AND c.created_at IS NOT NULL
    AND c.lead_id IN (SELECT id FROM leads WHERE {condition})
  ORDER BY c.lead_id, c.created_at DESC, c.id DESC) AS call ON call.lead_id = lead.id"""

SHAPES = {"LATERAL": LATERAL, "one pass": ONE_PASS}


def leads_query(leads, shape, iso_times):
    """The query in one of the SHAPES; with `iso_times` as formatted as an export's file, else with bare columns."""
    moment = "to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')" if iso_times else "{}"
    columns = ("lead.status",
               f"(SELECT label FROM lead_statuses WHERE business_id = {leads.tenant} AND name = '{leads.status}')",
               "lead.id", FULL_NAME, "lead.phone_e164", "lead.email", moment.format("lead.created_at"),
               moment.format("call.created_at"), "call.call_status", "lead.source", "lead.notes")
    names = ", ".join(f"{column} AS {name}" for column, name in zip(columns, HEADER))
    calls = SHAPES[shape].format(tenant=leads.tenant, condition=leads.condition("leads"))
    return (f"SELECT {names} FROM leads AS lead {calls} WHERE {leads.condition('lead')} "
            "ORDER BY lead.created_at DESC, lead.id DESC")

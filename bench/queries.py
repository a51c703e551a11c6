"""What somebody writes by hand to get the same file: the shapes of the query, in two formats."""

HEADER = ("status_id", "status_name", "lead_id", "full_name", "phone", "email", "created_at", "last_call_at",
          "last_call_status", "source", "notes")

FULL_NAME = ("COALESCE(NULLIF(lead.name, ''), "
             "NULLIF(concat_ws(' ', NULLIF(lead.first_name, ''), NULLIF(lead.last_name, '')), ''), 'ללא שם')")

# One probe of an index for each lead: the best where there is an index to probe.
LATERAL = """LEFT JOIN LATERAL (
  SELECT c.created_at, c.call_status FROM call_log AS c
  WHERE c.lead_id = lead.id AND c.business_id = {tenant} AND c.created_at IS NOT NULL
  ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS call ON true"""

# The calls of all leads of the column in one pass: the best where there is none.
ONE_PASS = """LEFT JOIN (
  SELECT DISTINCT ON (c.lead_id) c.lead_id, c.created_at, c.call_status FROM call_log AS c
  WHERE c.business_id = {tenant} AND c.created_at IS NOT NULL
    AND c.lead_id IN (SELECT id FROM leads WHERE tenant_id = {tenant} AND status = {status})
  ORDER BY c.lead_id, c.created_at DESC, c.id DESC) AS call ON call.lead_id = lead.id"""

SHAPES = {"LATERAL": LATERAL, "one pass": ONE_PASS}


def leads_query(tenant, status, shape, iso_times):
    """The query in one of the SHAPES; with `iso_times` as formatted as an export's file, else with bare columns."""
    status = f"'{status}'"
    moment = "to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')" if iso_times else "{}"
    columns = ("lead.status",
               f"(SELECT label FROM lead_statuses WHERE business_id = {tenant} AND name = {status})",
               "lead.id", FULL_NAME, "lead.phone_e164", "lead.email", moment.format("lead.created_at"),
               moment.format("call.created_at"), "call.call_status", "lead.source", "lead.notes")
    names = ", ".join(f"{column} AS {name}" for column, name in zip(columns, HEADER))
    return (f"SELECT {names} FROM leads AS lead {SHAPES[shape].format(tenant=tenant, status=status)} "
            f"WHERE lead.tenant_id = {tenant} AND lead.status = {status} "
            "ORDER BY lead.created_at DESC, lead.id DESC")

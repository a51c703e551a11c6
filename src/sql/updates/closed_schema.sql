
-- The schema must be closed before anything in it is called by name.
SELECT @extschema@._export_leads_require_closed_schema();

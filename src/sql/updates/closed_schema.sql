
-- Before anything is called by name.
SELECT @extschema@._export_leads_require_closed_schema();

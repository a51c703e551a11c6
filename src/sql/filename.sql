
-- What the file of an export is called.

CREATE FUNCTION @extschema@.export_leads_filename(
    status  text,
    format  text DEFAULT 'csv',
    on_date date DEFAULT current_date
)
RETURNS text
LANGUAGE C
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_filename';
COMMENT ON FUNCTION @extschema@.export_leads_filename(text, text, date) IS
    'The name of an export''s file: outbound_leads_status_<status>_<YYYY-MM-DD>.<format>';


-- The export itself, for each type a tenant may come in.
CREATE FUNCTION @extschema@.export_leads_csv(tenant bigint, status text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(bigint, text) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv(tenant uuid, status text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(uuid, text) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv(tenant text, status text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(text, text) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_filename(status text, format text DEFAULT 'csv', on_date date DEFAULT current_date)
RETURNS text
LANGUAGE C
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_filename';
COMMENT ON FUNCTION @extschema@.export_leads_filename(text, text, date) IS
    'The name of an export''s file: outbound_leads_status_<status>_<YYYY-MM-DD>.<format>';

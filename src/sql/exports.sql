
-- The exports, for each type a tenant may come in.

CREATE FUNCTION @extschema@.export_leads_csv(
    tenant       bigint,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(bigint, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv(
    tenant       uuid,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(uuid, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv(
    tenant       text,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(text, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv_stream(
    tenant       bigint,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv_stream';
COMMENT ON FUNCTION @extschema@.export_leads_csv_stream(bigint, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The bytes of export_leads_csv() in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_csv_stream(
    tenant       uuid,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv_stream';
COMMENT ON FUNCTION @extschema@.export_leads_csv_stream(uuid, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The bytes of export_leads_csv() in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_csv_stream(
    tenant       text,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv_stream';
COMMENT ON FUNCTION @extschema@.export_leads_csv_stream(text, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The bytes of export_leads_csv() in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_xlsx(
    tenant       bigint,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_xlsx';
COMMENT ON FUNCTION @extschema@.export_leads_xlsx(bigint, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as a workbook, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_xlsx(
    tenant       uuid,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_xlsx';
COMMENT ON FUNCTION @extschema@.export_leads_xlsx(uuid, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as a workbook, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_xlsx(
    tenant       text,
    status       text,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_xlsx';
COMMENT ON FUNCTION @extschema@.export_leads_xlsx(text, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as a workbook, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_file(
    tenant       bigint,
    status       text,
    format       text DEFAULT 'csv',
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_file';
COMMENT ON FUNCTION @extschema@.export_leads_file(bigint, text, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'An export with what a web server needs: the file''s name, its media type, how many leads, the bytes';

CREATE FUNCTION @extschema@.export_leads_file(
    tenant       uuid,
    status       text,
    format       text DEFAULT 'csv',
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_file';
COMMENT ON FUNCTION @extschema@.export_leads_file(uuid, text, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'An export with what a web server needs: the file''s name, its media type, how many leads, the bytes';

CREATE FUNCTION @extschema@.export_leads_file(
    tenant       text,
    status       text,
    format       text DEFAULT 'csv',
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_file';
COMMENT ON FUNCTION @extschema@.export_leads_file(text, text, text, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'An export with what a web server needs: the file''s name, its media type, how many leads, the bytes';

CREATE FUNCTION @extschema@.export_leads_explain(
    tenant       bigint,
    status       text,
    run          boolean DEFAULT false,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_explain';
COMMENT ON FUNCTION @extschema@.export_leads_explain(bigint, text, boolean, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The plan of an export; with run => true the query is run and its rows are dropped';

CREATE FUNCTION @extschema@.export_leads_explain(
    tenant       uuid,
    status       text,
    run          boolean DEFAULT false,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_explain';
COMMENT ON FUNCTION @extschema@.export_leads_explain(uuid, text, boolean, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The plan of an export; with run => true the query is run and its rows are dropped';

CREATE FUNCTION @extschema@.export_leads_explain(
    tenant       text,
    status       text,
    run          boolean DEFAULT false,
    columns      text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to   @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_explain';
COMMENT ON FUNCTION @extschema@.export_leads_explain(text, text, boolean, text[],
    @extschema@.export_leads_time_bound, @extschema@.export_leads_time_bound) IS
    'The plan of an export; with run => true the query is run and its rows are dropped';

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

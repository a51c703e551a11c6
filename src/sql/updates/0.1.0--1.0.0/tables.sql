
-- Drops the functions of 0.1.0 whose results or names of arguments changed, and those whose bodies depend on the table
-- that changes.
DROP FUNCTION @extschema@.export_leads_setup;
DROP FUNCTION @extschema@.export_leads_findings();
DROP FUNCTION @extschema@.export_leads_site_policies(@extschema@.export_leads_configuration);

-- Internal functions got an underscore. What a site has built on one goes on using it.
ALTER FUNCTION @extschema@.export_leads_canonical_tenant RENAME TO _export_leads_canonical_tenant;
ALTER FUNCTION @extschema@.export_leads_decide_rules RENAME TO _export_leads_decide_rules;
ALTER FUNCTION @extschema@.export_leads_fields RENAME TO _export_leads_fields;
ALTER FUNCTION @extschema@.export_leads_find_columns RENAME TO _export_leads_find_columns;
ALTER FUNCTION @extschema@.export_leads_find_tables RENAME TO _export_leads_find_tables;
ALTER FUNCTION @extschema@.export_leads_policy_definition RENAME TO _export_leads_policy_definition;
ALTER FUNCTION @extschema@.export_leads_reader_columns RENAME TO _export_leads_reader_columns;
ALTER FUNCTION @extschema@.export_leads_reader_plan RENAME TO _export_leads_reader_plan;
ALTER FUNCTION @extschema@.export_leads_required_columns RENAME TO _export_leads_required_columns;
ALTER FUNCTION @extschema@.export_leads_store RENAME TO _export_leads_store;
ALTER FUNCTION @extschema@.export_leads_table_plan RENAME TO _export_leads_table_plan;
ALTER FUNCTION @extschema@.export_leads_tables_named RENAME TO _export_leads_tables_named;
ALTER FUNCTION @extschema@.export_leads_teardown_plan RENAME TO _export_leads_teardown_plan;

-- The defaults come later: a column cannot be added with one while somebody else's table has a column of the row type.
ALTER TABLE @extschema@.export_leads_configuration
    ADD COLUMN time_zone text, ADD COLUMN right_to_left boolean,
    ADD COLUMN full_name_functions text, ADD COLUMN table_names text[],
    ADD COLUMN status_key text, ADD COLUMN status_defaults boolean, ADD COLUMN name_columns text[],
    ADD COLUMN left_empty text[], ADD COLUMN column_numbers text[], ADD COLUMN numbered_in text,
    ADD COLUMN shown_time_zone text, ADD COLUMN session_tenant text, ADD COLUMN full_name_reads text[],
    ADD COLUMN keep_files interval, ADD COLUMN keep_rows interval, ADD COLUMN tenant_quota bigint,
    ADD COLUMN week_begins int;
UPDATE @extschema@.export_leads_configuration
SET time_zone = 'UTC', right_to_left = true, table_names = '{}', status_defaults = false, name_columns = '{}',
    left_empty = '{}', column_numbers = '{}', full_name_reads = '{}',
    keep_files = '30 days', keep_rows = '1 year', tenant_quota = 10737418240, week_begins = 0;
ALTER TABLE @extschema@.export_leads_configuration
    ALTER COLUMN status_tenant DROP NOT NULL, ALTER COLUMN status_name DROP NOT NULL,
    ALTER COLUMN status_defaults SET DEFAULT false, ALTER COLUMN status_defaults SET NOT NULL,
    ALTER COLUMN name_columns SET DEFAULT '{}', ALTER COLUMN name_columns SET NOT NULL,
    ALTER COLUMN left_empty SET DEFAULT '{}', ALTER COLUMN left_empty SET NOT NULL,
    ALTER COLUMN full_name_reads SET DEFAULT '{}', ALTER COLUMN full_name_reads SET NOT NULL,
    ALTER COLUMN column_numbers SET DEFAULT '{}', ALTER COLUMN column_numbers SET NOT NULL,
    ALTER COLUMN time_zone SET DEFAULT 'UTC', ALTER COLUMN time_zone SET NOT NULL,
    ALTER COLUMN right_to_left SET DEFAULT true, ALTER COLUMN right_to_left SET NOT NULL,
    ALTER COLUMN table_names SET DEFAULT '{}', ALTER COLUMN table_names SET NOT NULL,
    ALTER COLUMN keep_files SET DEFAULT '30 days', ALTER COLUMN keep_files SET NOT NULL,
    ALTER COLUMN keep_rows SET DEFAULT '1 year', ALTER COLUMN keep_rows SET NOT NULL,
    ALTER COLUMN tenant_quota SET DEFAULT 10737418240, ALTER COLUMN tenant_quota SET NOT NULL,
    ALTER COLUMN week_begins SET DEFAULT 0, ALTER COLUMN week_begins SET NOT NULL;

ALTER TABLE @extschema@.export_leads_accepted_policies ADD COLUMN is_mutable boolean;
UPDATE @extschema@.export_leads_accepted_policies SET is_mutable = false;
ALTER TABLE @extschema@.export_leads_accepted_policies
    ALTER COLUMN is_mutable SET DEFAULT false, ALTER COLUMN is_mutable SET NOT NULL;

-- A row without an expression holds the header of a standard column.
CREATE TABLE @extschema@.export_leads_columns (
    name           text COLLATE "C" PRIMARY KEY,
    header         text,
    expression     text,
    call_columns   text[] NOT NULL DEFAULT '{}',
    status_columns text[] NOT NULL DEFAULT '{}',
    functions      text   NOT NULL DEFAULT '',
    reads          text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE @extschema@.export_leads_columns IS
    'A site''s own columns and headers: export_leads_add_column(), export_leads_set_header()';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_columns', '');

-- Files that are kept, schedules and deliveries. Each row has its tenant as the tenant column's type prints it. The
-- reader sees and writes the running tenant's rows only: row security is enabled here, while its policies are made by
-- export_leads_setup(), since pg_dump dumps an extension's policies as if the extension did not have them. It makes the
-- foreign keys, too, as parallel jobs of pg_restore load the tables in any order.

-- One row for each export that is kept or that a schedule made. created_from and created_to are as they were given.
-- leads, bytes, filename, content_type and sha256 are those of the file; sqlstate and error of what failed. due is the
-- moment at which a schedule's run was due.
CREATE TABLE @extschema@.export_leads_exports (
    export_id     uuid        NOT NULL DEFAULT pg_catalog.gen_random_uuid() PRIMARY KEY,
    tenant        text COLLATE "C" NOT NULL,
    status        text        NOT NULL,
    format        text        NOT NULL,
    columns       text[],
    created_from  text,
    created_to    text,
    requested_by  text,
    role          text        NOT NULL,
    schedule_id   uuid,
    due           timestamptz,
    started_at    timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    finished_at   timestamptz,
    state         text        NOT NULL CHECK (state IN ('running', 'done', 'failed', 'expired')),
    lead_count    bigint,
    size          bigint,
    filename      text,
    content_type  text,
    sha256        bytea,
    sqlstate      text,
    error         text,
    downloads     bigint      NOT NULL DEFAULT 0,
    last_download timestamptz,
    UNIQUE (tenant, export_id)
);
ALTER TABLE @extschema@.export_leads_exports ENABLE ROW LEVEL SECURITY;
CREATE INDEX export_leads_exports_newest ON @extschema@.export_leads_exports (tenant, started_at DESC, export_id DESC);
CREATE INDEX export_leads_exports_scheduled ON @extschema@.export_leads_exports (schedule_id, started_at DESC)
    WHERE schedule_id IS NOT NULL;
CREATE INDEX export_leads_exports_running ON @extschema@.export_leads_exports (export_id) WHERE state = 'running';
COMMENT ON TABLE @extschema@.export_leads_exports IS
    'The history of exports: export_leads_save(), export_leads_run_due()';

-- The bytes of those that are done, from first_byte on: size bytes, compressed in zlib's format (RFC 1950).
CREATE TABLE @extschema@.export_leads_pieces (
    tenant     text COLLATE "C" NOT NULL,
    export_id  uuid   NOT NULL,
    first_byte bigint NOT NULL,
    size       int    NOT NULL,
    compressed bytea  NOT NULL,
    PRIMARY KEY (export_id, first_byte)
);
ALTER TABLE @extschema@.export_leads_pieces ALTER COLUMN compressed SET STORAGE EXTERNAL;
ALTER TABLE @extschema@.export_leads_pieces ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE @extschema@.export_leads_pieces IS
    'The bytes of kept files, in pieces';

-- What is to be exported by itself, and when. weekdays are 0 (Sunday) to 6, month_days 1 to 31 or -1, the last. role is
-- whoever made the schedule, and must be allowed to export when it runs. next_run is when it is to be tried next, NULL
-- while it is paused; due the moment for which that is. running is the export that is under way.
CREATE TABLE @extschema@.export_leads_schedules (
    schedule_id  uuid        NOT NULL DEFAULT pg_catalog.gen_random_uuid() PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL,
    name         text,
    status       text        NOT NULL,
    at           time        NOT NULL,
    weekdays     int[],
    month_days   int[],
    time_zone    text        NOT NULL,
    format       text        NOT NULL,
    columns      text[],
    period       text        CHECK (period IN ('day', 'week', 'month', 'since_last_success')),
    recipients   text[]      NOT NULL DEFAULT '{}',
    requested_by text,
    role         text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    paused       boolean     NOT NULL DEFAULT false,
    next_run     timestamptz,
    due          timestamptz,
    running      uuid,
    failures     int         NOT NULL DEFAULT 0,
    last_error   text,
    last_success timestamptz,
    UNIQUE (tenant, schedule_id)
);
ALTER TABLE @extschema@.export_leads_schedules ENABLE ROW LEVEL SECURITY;
CREATE INDEX export_leads_schedules_due ON @extschema@.export_leads_schedules (next_run)
    WHERE next_run IS NOT NULL AND running IS NULL;
COMMENT ON TABLE @extschema@.export_leads_schedules IS
    'Exports that come by themselves: export_leads_schedule(), export_leads_run_due()';

-- The outbox: one row for each recipient of a finished export. A mailer leases rows until leased_until.
CREATE TABLE @extschema@.export_leads_deliveries (
    delivery_id  uuid        NOT NULL DEFAULT pg_catalog.gen_random_uuid() PRIMARY KEY,
    tenant       text COLLATE "C" NOT NULL,
    export_id    uuid        NOT NULL,
    recipient    text        NOT NULL,
    name         text,
    state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts     int         NOT NULL DEFAULT 0,
    next_attempt timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    leased_until timestamptz,
    error        text,
    created_at   timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    sent_at      timestamptz
);
ALTER TABLE @extschema@.export_leads_deliveries ENABLE ROW LEVEL SECURITY;
CREATE INDEX export_leads_deliveries_of ON @extschema@.export_leads_deliveries (tenant, export_id);
CREATE INDEX export_leads_deliveries_waiting ON @extschema@.export_leads_deliveries (next_attempt)
    WHERE state = 'waiting';
COMMENT ON TABLE @extschema@.export_leads_deliveries IS
    'Who is to get a finished export by mail: export_leads_claim_deliveries()';

-- Set-up's grants on them would otherwise leave a trace after teardown: privileges that are the default, in writing.
REVOKE ALL ON @extschema@.export_leads_exports, @extschema@.export_leads_pieces, @extschema@.export_leads_schedules,
              @extschema@.export_leads_deliveries FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_exports', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_pieces', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_schedules', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_deliveries', '');


-- The extension's tables.

-- The schema must be closed before anything in it is called by name.
SELECT @extschema@._export_leads_raise(
           c.detail,
           text 'Give it a schema of its own: '
                'CREATE SCHEMA export_leads; CREATE EXTENSION export_leads SCHEMA export_leads;')
FROM @extschema@._export_leads_check_schema() AS c
LIMIT 1;

-- What export_leads_setup() found and decided: one row, which only the extension's owner writes.
-- A table is kept by OID and name, a column by name and number, so that either may be renamed. A site without statuses
-- has 0 for their table. status_tenant is NULL where all tenants share their statuses, status_key is NULL where leads
-- hold the name of a status and not its key. name_columns are the columns that full_name is made of, unless it was
-- given. left_empty holds the fields that set-up must not look for. secured holds the tables on which set-up enabled
-- row security, dormant the site's own policies on them, which were not enforced until then. keep_files and keep_rows
-- say how long the files and the rows of the history stay, tenant_quota how many bytes of files a tenant may have.
-- week_begins is the first day of a week, 0 (Sunday) to 6.
-- src/pg/setup/configuration.cpp reads this table by the names of its columns.
CREATE TABLE @extschema@.export_leads_configuration (
    leads             regclass NOT NULL,
    statuses          regclass NOT NULL,
    calls             regclass NOT NULL,
    lead_id           text     NOT NULL,
    lead_tenant       text     NOT NULL,
    lead_status       text     NOT NULL,
    full_name         text     NOT NULL,
    phone             text,
    email             text,
    lead_created_at   text     NOT NULL,
    source            text,
    notes             text,
    status_tenant     text,
    status_name       text,
    status_label      text,
    call_id           text     NOT NULL,
    call_tenant       text     NOT NULL,
    call_lead_id      text     NOT NULL,
    call_created_at   text     NOT NULL,
    call_status       text,
    full_name_given   boolean  NOT NULL DEFAULT false,
    session_setting   text,
    session_required  boolean  NOT NULL DEFAULT false,
    session_administrators text,
    grants_required   boolean  NOT NULL DEFAULT false,
    superusers_exempt boolean  NOT NULL DEFAULT false,
    secured           regclass[] NOT NULL DEFAULT '{}',
    dormant           text[]   NOT NULL DEFAULT '{}',
    singleton         boolean  NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton),
    time_zone         text     NOT NULL DEFAULT 'UTC',
    right_to_left     boolean  NOT NULL DEFAULT true,
    full_name_functions text,
    table_names       text[]   NOT NULL DEFAULT '{}',
    status_key        text,
    status_defaults   boolean  NOT NULL DEFAULT false,
    name_columns      text[]   NOT NULL DEFAULT '{}',
    left_empty        text[]   NOT NULL DEFAULT '{}',
    column_numbers    text[]   NOT NULL DEFAULT '{}',
    numbered_in       text,
    shown_time_zone   text,
    session_tenant    text,
    full_name_reads   text[]   NOT NULL DEFAULT '{}',
    keep_files        interval NOT NULL DEFAULT '30 days',
    keep_rows         interval NOT NULL DEFAULT '1 year',
    tenant_quota      bigint   NOT NULL DEFAULT 10737418240,
    week_begins       int      NOT NULL DEFAULT 0
);
COMMENT ON TABLE @extschema@.export_leads_configuration IS
    'What export_leads_setup() found and was told; the tables on which it enabled row security, '
    'and their policies then';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_configuration', '');

-- Which role may export which tenant, where the configuration requires grants. The tenant is kept as its type prints
-- it. The role is kept by name: in a dump, the OID of a dropped role could be another role's where it is restored.
CREATE TABLE @extschema@.export_leads_grants (
    tenant  text COLLATE "C" NOT NULL,
    grantee text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, grantee)
);
COMMENT ON TABLE @extschema@.export_leads_grants IS
    'Which role may export which tenant: export_leads_grant(), export_leads_revoke()';

-- The site's own restrictive policies that set-up was told to accept, as they were defined at the time.
CREATE TABLE @extschema@.export_leads_accepted_policies (
    relation   regclass NOT NULL,
    policy     text COLLATE "C" NOT NULL,
    definition text     NOT NULL,
    is_mutable boolean  NOT NULL DEFAULT false,
    PRIMARY KEY (relation, policy)
);
COMMENT ON TABLE @extschema@.export_leads_accepted_policies IS
    'Restrictive policies of the site''s own that exports obey: export_leads_setup(accepted_policies => ...)';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_grants', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.export_leads_accepted_policies', '');

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

-- A row where Citus has distributed tables. It is not dumped: the key is a secret, and set-up makes another one.
CREATE TABLE @extschema@.export_leads_cluster (
    singleton boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton),
    key       text    NOT NULL
);
COMMENT ON TABLE @extschema@.export_leads_cluster IS
    'What the nodes of a Citus cluster know each other''s calls by';

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


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
-- row security, dormant the site's own policies on them, which were not enforced until then.
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
    full_name_reads   text[]   NOT NULL DEFAULT '{}'
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

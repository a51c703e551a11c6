-- The beginning of the extension's script.
\echo Use "CREATE EXTENSION export_leads" to load this file. \quit

-- CREATE EXTENSION puts the target schema into the search path, and others may own operators there: one that matches
-- better than pg_catalog's own would run as the superuser, now or, in a function that is parsed here, from now on.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
-- Only an update finds members that are there already: see src/sql/updates/begin.sql.
SELECT pg_catalog.set_config('export_leads_update.members', '', true);

-- Keeps the extension's schema closed to others. Superusers run set-up, the check and teardown, which call functions of
-- this schema by name. Whoever may create functions there could add one that matches a call better than ours, and it
-- would run as a superuser: so only superusers may.
--
-- The functions of this part, and those that people call, have bodies that are parsed when they are created: what they
-- call is fixed then, and a function that is added later is never called instead.

-- What would let anyone who is neither a superuser nor a member of a superuser's role have code of theirs called: one
-- row for each statement that takes it away.
CREATE FUNCTION @extschema@._export_leads_check_schema()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH home AS (
        SELECT e.oid AS extension, n.oid, n.oid::regnamespace::text AS name, n.nspowner, n.nspacl
        FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'export_leads'
    ), member AS (
        SELECT d.classid, d.objid
        FROM pg_depend AS d JOIN home AS h ON h.extension = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    ), acting AS (
        -- pg_database_owner stands for whoever owns the database.
        SELECT r.oid, CASE r.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE r.oid END AS role,
               CASE r.rolname WHEN 'pg_database_owner'
                              THEN format('%I (who owns the database)', pg_get_userbyid(d.datdba))
                              ELSE r.oid::regrole::text END AS who
        FROM pg_roles AS r JOIN pg_database AS d ON d.datname = current_database()
    ), stranger AS (
        SELECT a.oid, a.oid::regrole::text AS name, a.who
        FROM acting AS a
        WHERE NOT EXISTS (SELECT FROM pg_roles AS s WHERE s.rolsuper AND pg_has_role(a.role, s.oid, 'MEMBER'))
        UNION ALL
        SELECT 0::oid, 'PUBLIC', 'PUBLIC'
    ), relation AS (
        SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity
        FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    ), owned AS (
        SELECT c.relowner AS owner, format('ALTER TABLE %s OWNER TO CURRENT_USER;', c.oid::regclass) AS mending
        FROM relation AS c
        WHERE c.relkind = 'r'
        UNION ALL
        SELECT p.proowner, format('ALTER %s %s OWNER TO CURRENT_USER;',
                                  CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure)
        FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
    ), privilege AS (
        -- Whoever writes the configuration decides what superusers run; who may export what is not only for them. What
        -- is kept, scheduled and delivered is written by the reader, too, under row security.
        SELECT 'schema' AS kind, h.name, h.nspowner AS owner, NULL AS part, acl.grantor, acl.grantee, acl.privilege_type
        FROM home AS h CROSS JOIN LATERAL aclexplode(h.nspacl) AS acl
        WHERE acl.privilege_type = 'CREATE'
        UNION ALL
        SELECT 'table', c.oid::regclass::text, c.relowner, a.part, acl.grantor, acl.grantee, acl.privilege_type
        FROM relation AS c
        CROSS JOIN LATERAL (
            SELECT NULL AS part, c.relacl AS acl
            UNION ALL
            SELECT format(' (%I)', attribute.attname), attribute.attacl
            FROM pg_attribute AS attribute
            WHERE attribute.attrelid = c.oid AND attribute.attacl IS NOT NULL
        ) AS a
        CROSS JOIN LATERAL aclexplode(a.acl) AS acl
        WHERE acl.privilege_type IN ('TRIGGER', 'REFERENCES')
           OR (acl.privilege_type <> 'SELECT' AND c.relname <> 'export_leads_grants'
               AND NOT (c.relrowsecurity AND acl.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
                        AND acl.grantee = to_regrole('export_leads_reader')))
    ), granted AS (
        SELECT p.kind, p.name, p.owner, p.grantor, s.name AS grantee, s.who,
               string_agg(concat(p.privilege_type, p.part), ', ' ORDER BY p.privilege_type, p.part) AS privileges
        FROM privilege AS p JOIN stranger AS s ON s.oid = p.grantee
        WHERE p.grantee <> p.owner
        GROUP BY p.kind, p.name, p.owner, p.grantor, s.name, s.who
    )
    SELECT 'schema_renamed', 'error', format('schema %s', h.name),
           format('the schema of export_leads was renamed from %s to %s%s', '@extschema@', h.name,
                  CASE WHEN to_regnamespace('@extschema@') IS NOT NULL
                       THEN ', and another schema has that name now' END),
           concat('ALTER SCHEMA ' || to_regnamespace('@extschema@')::text
                  || ' RENAME TO former_' || to_regnamespace('@extschema@')::oid || '; ',
                  format('ALTER SCHEMA %s RENAME TO %s;', h.name, '@extschema@'))
    FROM home AS h
    WHERE to_regnamespace('@extschema@')::oid IS DISTINCT FROM h.oid
    UNION ALL
    SELECT 'schema_open', 'error', format('schema %s', h.name),
           format('schema %s belongs to %s, and functions could be created in it that superusers would call', h.name,
                  s.who),
           format('ALTER SCHEMA %s OWNER TO CURRENT_USER;', h.name)
    FROM home AS h JOIN stranger AS s ON s.oid = h.nspowner
    UNION ALL
    SELECT g.kind || '_open', 'error', format('%s %s', g.kind, g.name),
           format('%s has %s on %s %s, and so could make superusers call functions',
                  g.who, g.privileges, g.kind, g.name),
           format(CASE WHEN g.grantor = g.owner THEN 'REVOKE %2$s ON %3$s %4$s FROM %5$s CASCADE;'
                       ELSE 'SET ROLE %1$s; REVOKE %2$s ON %3$s %4$s FROM %5$s CASCADE; RESET ROLE;' END,
                  g.grantor::regrole, g.privileges, upper(g.kind), g.name, g.grantee)
    FROM granted AS g
    UNION ALL
    SELECT 'table_open', 'error', format('trigger %I on table %s', t.tgname, t.tgrelid::regclass),
           format('trigger %I on table %s runs somebody else''s code as whoever writes the table',
                  t.tgname, t.tgrelid::regclass),
           format('DROP TRIGGER %I ON %s;', t.tgname, t.tgrelid::regclass)
    FROM relation AS c
    JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal
    JOIN pg_proc AS p ON p.oid = t.tgfoid
    -- A trigger's condition may call any function.
    WHERE t.tgqual IS NOT NULL OR EXISTS (SELECT FROM stranger AS s WHERE s.oid = p.proowner)
    UNION ALL
    SELECT 'table_open', 'error', format('foreign key %I on table %s', f.conname, f.conrelid::regclass),
           format('whoever writes table %s writes table %s, too, by its foreign key',
                  f.confrelid::regclass, f.conrelid::regclass),
           format('ALTER TABLE %s DROP CONSTRAINT %I;', f.conrelid::regclass, f.conname)
    FROM relation AS c JOIN pg_constraint AS f ON f.contype = 'f' AND f.confrelid = c.oid
    WHERE f.conrelid NOT IN (SELECT own.oid FROM relation AS own)
    UNION ALL
    SELECT 'member_owned', 'error', s.name,
           format('functions or tables of export_leads belong to %s, and could be replaced', s.who),
           string_agg(o.mending, ' ' ORDER BY o.mending)
    FROM owned AS o JOIN stranger AS s ON s.oid = o.owner
    GROUP BY s.name, s.who
    UNION ALL
    SELECT 'function_foreign', 'error', format('function %s', p.oid::regprocedure),
           format('function %s is named like one of export_leads'' own, but is not one of them', p.oid::regprocedure),
           format('DROP ROUTINE %s;', p.oid::regprocedure)
    FROM home AS h JOIN pg_proc AS p ON p.pronamespace = h.oid
    WHERE p.proname ~ '^_?export_leads'
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
      -- A superuser's function beside ours is harmless, unless it has the name of one of ours.
      AND (EXISTS (SELECT FROM stranger AS s WHERE s.oid = p.proowner)
           OR EXISTS (SELECT
                      FROM member AS m JOIN pg_proc AS own ON m.classid = 'pg_proc'::regclass AND own.oid = m.objid
                      WHERE own.proname = p.proname));
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_schema() IS
    'Internal: who else could have functions called by whoever runs set-up and the check, for export_leads_check()';

CREATE FUNCTION @extschema@._export_leads_raise(message text, hint text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = message, HINT = hint;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_raise(text, text) IS
    'Internal: raises 55000';

CREATE FUNCTION @extschema@._export_leads_require_closed_schema()
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_raise(c.detail, 'Mend it first: ' || c.remediation)
    FROM @extschema@._export_leads_check_schema() AS c
    LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_require_closed_schema() IS
    'Internal: raises 55000 where somebody else could have functions called';

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

-- The tenant of the export that is running in this session, for the policies; NULL outside an export.
CREATE FUNCTION @extschema@.export_leads_tenant()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'export_leads_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_tenant() IS
    'The tenant of the running export, which the policies compare with; NULL outside of an export';

-- The type of the bounds of a range of creation times. A timestamptz would be read in the session's time zone before an
-- export sees it; this type keeps what was given until the site's time zone is known.
DO $$
BEGIN
    -- An update may find the type there already.
    IF NOT EXISTS (SELECT FROM pg_type AS t
                   WHERE t.typname = 'export_leads_time_bound' AND t.typnamespace = '@extschema@'::regnamespace) THEN
        CREATE TYPE @extschema@.export_leads_time_bound;
    END IF;
END;
$$;

CREATE FUNCTION @extschema@._export_leads_time_bound_in(given cstring)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_in';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_in(cstring) IS
    'Internal: reads a bound of a range of creation times';

CREATE FUNCTION @extschema@._export_leads_time_bound_out(bound @extschema@.export_leads_time_bound)
RETURNS cstring
LANGUAGE internal
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'textout';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_out(@extschema@.export_leads_time_bound) IS
    'Internal: prints a bound of a range as it was given';

CREATE FUNCTION @extschema@._export_leads_time_bound_recv(given internal)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_recv';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_recv(internal) IS
    'Internal: reads a bound of a range in binary form';

CREATE FUNCTION @extschema@._export_leads_time_bound_send(bound @extschema@.export_leads_time_bound)
RETURNS bytea
LANGUAGE internal
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'textsend';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound_send(@extschema@.export_leads_time_bound) IS
    'Internal: sends a bound of a range in binary form';

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_type AS t
                   WHERE t.typname = 'export_leads_time_bound' AND t.typnamespace = '@extschema@'::regnamespace
                     AND t.typisdefined) THEN
        CREATE TYPE @extschema@.export_leads_time_bound (
            INPUT = @extschema@._export_leads_time_bound_in,
            OUTPUT = @extschema@._export_leads_time_bound_out,
            RECEIVE = @extschema@._export_leads_time_bound_recv,
            SEND = @extschema@._export_leads_time_bound_send,
            INTERNALLENGTH = VARIABLE,
            STORAGE = extended
        );
    END IF;
END;
$$;
COMMENT ON TYPE @extschema@.export_leads_time_bound IS
    'A time that is in the site''s time zone unless it has an offset: the bounds of an export''s range';

CREATE FUNCTION @extschema@._export_leads_time_bound(instant timestamptz)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_of_instant';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound(timestamptz) IS
    'Internal: an instant as a bound of a range';

CREATE FUNCTION @extschema@._export_leads_time_bound(local timestamp)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_of_local';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound(timestamp) IS
    'Internal: a time in the site''s zone as a bound of a range';

CREATE FUNCTION @extschema@._export_leads_time_bound(day date)
RETURNS @extschema@.export_leads_time_bound
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_time_bound_of_date';
COMMENT ON FUNCTION @extschema@._export_leads_time_bound(date) IS
    'Internal: the beginning of a day in the site''s zone as a bound of a range';

-- The casts are implicit, so that an application may pass whatever it has for a time.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_cast AS c
                   WHERE c.casttarget = '@extschema@.export_leads_time_bound'::regtype) THEN
        CREATE CAST (timestamptz AS @extschema@.export_leads_time_bound)
            WITH FUNCTION @extschema@._export_leads_time_bound(timestamptz) AS IMPLICIT;
        CREATE CAST (timestamp AS @extschema@.export_leads_time_bound)
            WITH FUNCTION @extschema@._export_leads_time_bound(timestamp) AS IMPLICIT;
        CREATE CAST (date AS @extschema@.export_leads_time_bound)
            WITH FUNCTION @extschema@._export_leads_time_bound(date) AS IMPLICIT;
        CREATE CAST (text AS @extschema@.export_leads_time_bound) WITH INOUT AS IMPLICIT;
        CREATE CAST (varchar AS @extschema@.export_leads_time_bound) WITH INOUT AS IMPLICIT;
    END IF;
END;
$$;

-- The exports for tenants of type bigint; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_csv(
    tenant bigint,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(tenant bigint, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv_stream(
    tenant bigint,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv_stream';
COMMENT ON FUNCTION @extschema@.export_leads_csv_stream(tenant bigint, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The bytes of export_leads_csv() in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_xlsx(
    tenant bigint,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_xlsx';
COMMENT ON FUNCTION @extschema@.export_leads_xlsx(tenant bigint, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as a workbook, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_file(
    tenant bigint,
    status text,
    format text DEFAULT 'csv',
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_file';
COMMENT ON FUNCTION @extschema@.export_leads_file(tenant bigint, status text, format text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'An export with what a web server needs: the file''s name, its media type, how many leads, the bytes';

CREATE FUNCTION @extschema@.export_leads_count(
    tenant bigint,
    status text,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bigint
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_count';
COMMENT ON FUNCTION @extschema@.export_leads_count(
    tenant bigint, status text,
    created_from @extschema@.export_leads_time_bound, created_to @extschema@.export_leads_time_bound) IS
    'How many leads an export would hold';

CREATE FUNCTION @extschema@.export_leads_explain(
    tenant bigint,
    status text,
    run boolean DEFAULT false,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_explain';
COMMENT ON FUNCTION @extschema@.export_leads_explain(tenant bigint, status text, run boolean, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The plan of an export; with run => true the query is run and its rows are dropped';

-- The exports for tenants of type uuid; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_csv(
    tenant uuid,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(tenant uuid, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv_stream(
    tenant uuid,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv_stream';
COMMENT ON FUNCTION @extschema@.export_leads_csv_stream(tenant uuid, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The bytes of export_leads_csv() in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_xlsx(
    tenant uuid,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_xlsx';
COMMENT ON FUNCTION @extschema@.export_leads_xlsx(tenant uuid, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as a workbook, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_file(
    tenant uuid,
    status text,
    format text DEFAULT 'csv',
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_file';
COMMENT ON FUNCTION @extschema@.export_leads_file(tenant uuid, status text, format text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'An export with what a web server needs: the file''s name, its media type, how many leads, the bytes';

CREATE FUNCTION @extschema@.export_leads_count(
    tenant uuid,
    status text,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bigint
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_count';
COMMENT ON FUNCTION @extschema@.export_leads_count(
    tenant uuid, status text,
    created_from @extschema@.export_leads_time_bound, created_to @extschema@.export_leads_time_bound) IS
    'How many leads an export would hold';

CREATE FUNCTION @extschema@.export_leads_explain(
    tenant uuid,
    status text,
    run boolean DEFAULT false,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_explain';
COMMENT ON FUNCTION @extschema@.export_leads_explain(tenant uuid, status text, run boolean, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The plan of an export; with run => true the query is run and its rows are dropped';

-- The exports for tenants of type text; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_csv(
    tenant text,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv';
COMMENT ON FUNCTION @extschema@.export_leads_csv(tenant text, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as CSV, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_csv_stream(
    tenant text,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_csv_stream';
COMMENT ON FUNCTION @extschema@.export_leads_csv_stream(tenant text, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The bytes of export_leads_csv() in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_xlsx(
    tenant text,
    status text,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_xlsx';
COMMENT ON FUNCTION @extschema@.export_leads_xlsx(tenant text, status text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The leads of one tenant and status as a workbook, each with its latest call';

CREATE FUNCTION @extschema@.export_leads_file(
    tenant text,
    status text,
    format text DEFAULT 'csv',
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_file';
COMMENT ON FUNCTION @extschema@.export_leads_file(tenant text, status text, format text, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'An export with what a web server needs: the file''s name, its media type, how many leads, the bytes';

CREATE FUNCTION @extschema@.export_leads_count(
    tenant text,
    status text,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS bigint
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_count';
COMMENT ON FUNCTION @extschema@.export_leads_count(
    tenant text, status text,
    created_from @extschema@.export_leads_time_bound, created_to @extschema@.export_leads_time_bound) IS
    'How many leads an export would hold';

CREATE FUNCTION @extschema@.export_leads_explain(
    tenant text,
    status text,
    run boolean DEFAULT false,
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL
)
RETURNS SETOF text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_explain';
COMMENT ON FUNCTION @extschema@.export_leads_explain(tenant text, status text, run boolean, columns text[],
    created_from @extschema@.export_leads_time_bound,
    created_to @extschema@.export_leads_time_bound) IS
    'The plan of an export; with run => true the query is run and its rows are dropped';

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

-- Which columns a table has, by name and type.

CREATE FUNCTION @extschema@._export_leads_has_column(relation regclass, column_name text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT
                   FROM pg_attribute AS a
                   WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = column_name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_has_column(regclass, text) IS
    'Internal: whether a table has a column of exactly that name';

-- The columns of a table that have one of the names, in the order of the names. For each name, a column of exactly that
-- name comes first, then those spelled as object mappers do: tenantId or TENANTID for tenant_id.
CREATE FUNCTION @extschema@._export_leads_columns_named(names text[], relation regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(a.attname::text ORDER BY n.place, a.attname <> n.name, a.attname), '{}')
    FROM pg_attribute AS a
    JOIN unnest(names) WITH ORDINALITY AS n (name, place)
        ON lower(replace(a.attname::text, '_', '') COLLATE "C") = replace(n.name, '_', '')
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
END;
COMMENT ON FUNCTION @extschema@._export_leads_columns_named(text[], regclass) IS
    'Internal: candidates for a column, for export_leads_setup()';

-- A column's type, or where that is a domain, the type at the end of its domains; NULL without the column.
CREATE FUNCTION @extschema@._export_leads_base_type(relation regclass, column_name text)
RETURNS regtype
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE type AS (
        SELECT t.oid, t.typbasetype
        FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = relation AND a.attname = column_name AND NOT a.attisdropped
        UNION ALL
        SELECT t.oid, t.typbasetype
        FROM type JOIN pg_type AS t ON t.oid = type.typbasetype
    )
    SELECT oid::regtype
    FROM type
    WHERE typbasetype = 0;
END;
COMMENT ON FUNCTION @extschema@._export_leads_base_type(regclass, text) IS
    'Internal: the type of a column without its domains';

-- Which columns can name a status, and by which of them leads do.

CREATE FUNCTION @extschema@._export_leads_status_family(relation regclass, column_name text)
RETURNS text
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_status_family';
COMMENT ON FUNCTION @extschema@._export_leads_status_family(regclass, text) IS
    'Internal: which columns can name the same statuses; NULL for one that can name none';

CREATE FUNCTION @extschema@._export_leads_status_schema(relation regclass, column_name text)
RETURNS regnamespace
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_status_schema';
COMMENT ON FUNCTION @extschema@._export_leads_status_schema(regclass, text) IS
    'Internal: the schema that whoever compares a status must see beside the table''s own';

-- The columns by which leads refer to a row of the statuses, without that of the tenant.
CREATE FUNCTION @extschema@._export_leads_status_references(leads regclass, statuses regclass, lead_tenant text)
RETURNS TABLE (lead_column text, status_column text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT l.attname::text, s.attname::text
    FROM pg_constraint AS c
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (lead_number, status_number)
    JOIN pg_attribute AS l ON l.attrelid = c.conrelid AND l.attnum = k.lead_number
    JOIN pg_attribute AS s ON s.attrelid = c.confrelid AND s.attnum = k.status_number
    WHERE c.contype = 'f' AND c.conrelid = leads AND c.confrelid = statuses AND l.attname <> lead_tenant;
END;
COMMENT ON FUNCTION @extschema@._export_leads_status_references(regclass, regclass, text) IS
    'Internal: the foreign keys by which leads name a status, for export_leads_setup()';

-- The configuration as it is now: the application's columns may have been renamed since set-up stored it.

CREATE FUNCTION @extschema@._export_leads_followed(configuration @extschema@.export_leads_configuration)
RETURNS @extschema@.export_leads_configuration
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_followed';
COMMENT ON FUNCTION @extschema@._export_leads_followed(@extschema@.export_leads_configuration) IS
    'Internal: a configuration with what its columns are called now';

CREATE FUNCTION @extschema@._export_leads_number_columns(configuration @extschema@.export_leads_configuration)
RETURNS @extschema@.export_leads_configuration
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_number_columns';
COMMENT ON FUNCTION @extschema@._export_leads_number_columns(@extschema@.export_leads_configuration) IS
    'Internal: a configuration with the numbers of its columns, by which they are followed when they are renamed';

-- The configuration, with the names that its columns have now; no row before set-up.
CREATE FUNCTION @extschema@._export_leads_current_configuration()
RETURNS SETOF @extschema@.export_leads_configuration
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT f.*
    FROM @extschema@.export_leads_configuration AS c
    CROSS JOIN LATERAL @extschema@._export_leads_followed(c) AS f;
END;
COMMENT ON FUNCTION @extschema@._export_leads_current_configuration() IS
    'Internal: the configuration, with what its columns are called now';

-- How set-up finds the application's tables, and what it looks for.

-- A field is a column of the configuration and an argument of set-up; the names are what applications call it, the
-- likeliest first. A field that must be the only one tells tenants apart: of several candidates none is guessed.
CREATE FUNCTION @extschema@._export_leads_fields()
RETURNS TABLE (field text, part text, required boolean, names text[], must_be_only boolean)
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT *
    FROM (VALUES
        ('lead_id',         'leads',    true,  ARRAY['id', 'lead_id'], false),
        ('lead_tenant',     'leads',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('lead_status',     'leads',    true,  ARRAY['status'], false),
        ('phone',           'leads',    false, ARRAY['phone_e164', 'phone', 'phone_number'], false),
        ('email',           'leads',    false, ARRAY['email'], false),
        ('lead_created_at', 'leads',    true,  ARRAY['created_at'], false),
        ('source',          'leads',    false, ARRAY['source'], false),
        ('notes',           'leads',    false, ARRAY['notes'], false),
        ('status_tenant',   'statuses', true,  ARRAY['tenant_id', 'business_id'], true),
        ('status_name',     'statuses', true,  ARRAY['name'], false),
        ('status_label',    'statuses', false, ARRAY['label'], false),
        ('status_key',      'statuses', false, ARRAY[]::text[], false),
        ('call_id',         'calls',    true,  ARRAY['id', 'call_id'], false),
        ('call_tenant',     'calls',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('call_lead_id',    'calls',    true,  ARRAY['lead_id'], false),
        ('call_created_at', 'calls',    true,  ARRAY['created_at'], false),
        ('call_status',     'calls',    false, ARRAY['call_status', 'status'], false)
    ) AS fields;
END;
COMMENT ON FUNCTION @extschema@._export_leads_fields() IS
    'Internal: the fields of a configuration and the column names they are looked for under';

-- The tables that have one of the names, qualified; only those in the schema of `near` where there are any.
CREATE FUNCTION @extschema@._export_leads_tables_named(names text[], near regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH named AS (
        SELECT c.oid::regclass::text AS name,
               c.relnamespace = (SELECT n.relnamespace FROM pg_class AS n WHERE n.oid = near) AS is_near
        FROM pg_class AS c
        WHERE c.relname = ANY (names)
          AND c.relkind IN ('r', 'p')
          AND c.relpersistence <> 't'
          AND NOT c.relispartition
    )
    SELECT array_agg(name ORDER BY name)
    FROM named
    WHERE is_near OR NOT EXISTS (SELECT FROM named WHERE is_near);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tables_named(text[], regclass) IS
    'Internal: candidates for a table, for export_leads_setup()';

-- A call of set-up, as hints print it: with the arguments that were given and those that the hint is about, so that
-- following one hint after another loses nothing that was decided before.
CREATE FUNCTION @extschema@._export_leads_setup_call(given jsonb)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('SELECT * FROM %s.export_leads_setup(%s);', '@extschema@',
                  string_agg(format('%s => %s', g.key,
                                    CASE jsonb_typeof(g.value)
                                    WHEN 'boolean' THEN g.value::text
                                    WHEN 'array'
                                    THEN quote_literal(ARRAY(SELECT jsonb_array_elements_text(g.value))::text)
                                    ELSE quote_literal(g.value #>> '{}') END),
                             ', ' ORDER BY g.key))
    FROM jsonb_each(given) AS g;
END;
COMMENT ON FUNCTION @extschema@._export_leads_setup_call(jsonb) IS
    'Internal: a call of export_leads_setup(), for hints';

-- Raises 55000 where `choices`, which maps arguments to their candidates, is not empty, with the call that decides
-- them: which of several candidates is meant is not guessed.
CREATE FUNCTION @extschema@._export_leads_undecided(problem text, choices jsonb, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    details text;
    arguments jsonb;
BEGIN
    SELECT string_agg(
               CASE WHEN jsonb_array_length(c.value) = 0 THEN format('For %s nothing was found.', c.key)
                    ELSE format('For %s there is: %s.', c.key,
                                (SELECT string_agg(e, ', ') FROM jsonb_array_elements_text(c.value) AS e)) END,
               ' ' ORDER BY c.key),
           jsonb_object_agg(c.key, CASE jsonb_array_length(c.value) WHEN 1 THEN c.value ->> 0 ELSE '...' END)
    INTO details, arguments
    FROM jsonb_each(choices) AS c;
    IF arguments IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = problem,
            DETAIL = details || CASE
                WHEN choices ? 'statuses' THEN ' A site without a table of statuses says so: statuses => ''-''.'
                WHEN choices ? 'status_tenant'
                    THEN ' Where all tenants have the same statuses, say so: status_tenant => ''''.'
                WHEN EXISTS (SELECT
                             FROM @extschema@._export_leads_fields() AS f
                             WHERE choices ? f.field AND NOT f.required)
                    THEN ' What is to be left empty is given as ''''.'
                ELSE '' END,
            HINT = 'Decide it: ' || @extschema@._export_leads_setup_call(given || arguments);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_undecided(text, jsonb, jsonb) IS
    'Internal: raises what export_leads_setup() could not decide';

CREATE FUNCTION @extschema@._export_leads_successor_of(relation regclass, schema_name text, table_name text)
RETURNS regclass
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_successor_of';
COMMENT ON FUNCTION @extschema@._export_leads_successor_of(regclass, text, text) IS
    'Internal: the table that a name says now, or of which a table is a part';

-- The schema and the name of each table in turn; NULLs for a table that is gone.
CREATE FUNCTION @extschema@._export_leads_names_of(relations regclass[])
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(name.name ORDER BY r.place, name.part)
    FROM unnest(relations) WITH ORDINALITY AS r (relation, place)
    LEFT JOIN pg_class AS c ON c.oid = r.relation
    LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES (1, n.nspname::text), (2, c.relname::text)) AS name (part, name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_names_of(regclass[]) IS
    'Internal: the names under which tables are found';

-- The tables that set-up decided on before, NULL where one is gone, their names then, and the tables that are in their
-- places now, NULL where none is.
CREATE FUNCTION @extschema@._export_leads_stored_tables(stored jsonb)
RETURNS TABLE (part text, relation regclass, name text, successor regclass)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.part, c.oid::regclass,
           COALESCE(quote_ident(n.schema_name) || '.' || quote_ident(n.table_name), stored ->> p.part),
           NULLIF(@extschema@._export_leads_successor_of(COALESCE(c.oid, 0::oid)::regclass, n.schema_name,
                                                         n.table_name), 0::oid)
    FROM unnest(ARRAY['leads', 'statuses', 'calls']) WITH ORDINALITY AS p (part, place)
    CROSS JOIN LATERAL (SELECT stored -> 'table_names' ->> (2 * p.place - 2)::int,
                               stored -> 'table_names' ->> (2 * p.place - 1)::int) AS n (schema_name, table_name)
    -- A table that is gone is printed as its OID, and from PostgreSQL 16 on to_regclass() accepts numbers.
    LEFT JOIN pg_class AS c ON c.oid = to_regclass(stored ->> p.part) AND c.relkind IN ('r', 'p')
    WHERE stored ->> p.part <> '-';
END;
COMMENT ON FUNCTION @extschema@._export_leads_stored_tables(jsonb) IS
    'Internal: the tables that set-up had decided, and what is in their place now';

-- Raises 55000 where a table that set-up had decided is gone, and nothing has its name in its schema. One of that name
-- in another schema may be anybody's, who has not asked for it to be exported.
CREATE FUNCTION @extschema@._export_leads_refuse_gone(parts text[], stored jsonb, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    gone text;
BEGIN
    SELECT string_agg(format('"%s", which held the %s', s.name, s.part), ', and ') INTO gone
    FROM @extschema@._export_leads_stored_tables(stored) AS s
    WHERE s.part = ANY (parts);
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format(CASE cardinality(parts) WHEN 1 THEN 'table %s, is gone' ELSE 'tables %s, are gone' END,
                             gone),
            DETAIL = 'Set-up does not look for them in other schemas.'
                     || CASE WHEN 'statuses' = ANY (parts)
                             THEN ' A site without a table of statuses says so: statuses => ''-''.' ELSE '' END,
            HINT = 'Name what holds them now: '
                   || @extschema@._export_leads_setup_call(
                          given || (SELECT jsonb_object_agg(p, '...') FROM unnest(parts) AS p));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_gone(text[], jsonb, jsonb) IS
    'Internal: refuses to guess what has replaced a table that is gone, for export_leads_setup()';

-- Decides the three tables: as given, else as stored, else by name.
CREATE FUNCTION @extschema@._export_leads_find_tables(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
<<find_tables>>
DECLARE
    part text;
    names text[];
    candidates text[];
    whole regclass;
    decided jsonb := '{}';
    choices jsonb := '{}';
    gone text[] := '{}';
    kind "char";
    is_temporary boolean;
BEGIN
    FOR part, names IN
        VALUES ('leads', ARRAY['leads']),
               ('statuses', ARRAY['lead_statuses']),
               ('calls', ARRAY['call_logs', 'call_log'])
    LOOP
        candidates := CASE
            WHEN given ? part THEN ARRAY[given ->> part]
            -- A site without statuses.
            WHEN stored ->> part = '-' THEN ARRAY['-']
            WHEN stored ->> part IS NOT NULL
                THEN ARRAY(SELECT s.successor::text FROM @extschema@._export_leads_stored_tables(stored) AS s
                           WHERE s.part = find_tables.part AND s.successor IS NOT NULL)
            ELSE @extschema@._export_leads_tables_named(names, to_regclass(decided ->> 'leads'))
        END;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(part, candidates[1]);
        ELSIF stored ->> part IS NOT NULL THEN
            gone := gone || part;
        ELSE
            choices := choices || jsonb_build_object(part, COALESCE(candidates, '{}'));
        END IF;
    END LOOP;
    PERFORM @extschema@._export_leads_refuse_gone(gone, stored, given);
    PERFORM @extschema@._export_leads_undecided(
        CASE WHEN choices ? 'leads' THEN 'export_leads_setup() cannot decide where the leads are'
             ELSE format('export_leads_setup() cannot decide where the %s of the leads are',
                         (SELECT string_agg(c, ' and the ' ORDER BY c DESC) FROM jsonb_object_keys(choices) AS c)) END,
        choices, given);

    FOR part IN SELECT jsonb_object_keys(decided) LOOP
        CONTINUE WHEN part = 'statuses' AND decided ->> part = '-';
        IF decided ->> part = '-' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('an export needs the %s: only statuses may be none', part);
        END IF;
        SELECT c.relkind, c.relpersistence = 't' INTO kind, is_temporary
        FROM pg_class AS c WHERE c.oid = (decided ->> part)::regclass;
        IF kind NOT IN ('r', 'p') OR is_temporary THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" cannot hold the %s', decided ->> part, part),
                DETAIL = 'Row-level security binds ordinary and partitioned tables only, not views, materialized '
                         'views, foreign tables or temporary tables.',
                HINT = 'Name the table behind it: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(part, '...'));
        END IF;
        whole := @extschema@._export_leads_successor_of((decided ->> part)::regclass, NULL::text, NULL::text);
        IF whole <> (decided ->> part)::regclass THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" is a part of table "%s"', decided ->> part, whole),
                DETAIL = 'An export reads a table with all its partitions and children.',
                HINT = 'Name the whole: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(part, whole::text));
        END IF;
    END LOOP;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_tables(jsonb, jsonb) IS
    'Internal: decides the tables, for export_leads_setup()';

-- How set-up finds the application's columns.

-- The names under which the column that set-up mapped to a field may be found: its name now, and the one it had then.
CREATE FUNCTION @extschema@._export_leads_mapped(field text, relation regclass, stored jsonb)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(DISTINCT n.name), '{}')
    FROM (VALUES (stored ->> field), (stored -> 'mapped' ->> field)) AS n (name)
    WHERE @extschema@._export_leads_has_column(relation, n.name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_mapped(text, regclass, jsonb) IS
    'Internal: where the column of a field is now, for export_leads_setup()';

-- A column that is given for a field must exist; an optional field may be given as '', to stay empty.
CREATE FUNCTION @extschema@._export_leads_refuse_given(field text, required boolean, relation regclass, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name CONSTANT text := given ->> field;
BEGIN
    IF name = '' AND (required AND field <> 'status_tenant') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('an export needs "%s": it cannot be left empty', field);
    ELSIF name <> '' AND NOT @extschema@._export_leads_has_column(relation, name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_column',
            MESSAGE = format('column "%s" of table "%s" does not exist', name, relation),
            HINT = 'Name one that does: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object(field, '...'));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_given(text, boolean, regclass, jsonb) IS
    'Internal: refuses a column that is not there, for export_leads_setup()';

-- The fields that stay empty because set-up was told so.
CREATE FUNCTION @extschema@._export_leads_left_empty(given jsonb, stored jsonb)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(f.field ORDER BY f.field), '{}')
    FROM @extschema@._export_leads_fields() AS f
    WHERE given ->> f.field = '' OR (NOT given ? f.field AND COALESCE(stored -> 'left_empty', '[]') ? f.field);
END;
COMMENT ON FUNCTION @extschema@._export_leads_left_empty(jsonb, jsonb) IS
    'Internal: the fields that export_leads_setup() must not look for';

-- Refuses columns whose types cannot tell statuses, tenants or times apart: the files would hold nothing but headers.
CREATE FUNCTION @extschema@._export_leads_refuse_types(decided jsonb, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leads CONSTANT regclass := (decided ->> 'leads')::regclass;
    statuses CONSTANT regclass := NULLIF(decided ->> 'statuses', '-')::regclass;
    lead_family CONSTANT text := @extschema@._export_leads_status_family(leads, decided ->> 'lead_status');
    name_family CONSTANT text := @extschema@._export_leads_status_family(statuses, decided ->> 'status_name');
    key_family CONSTANT text := @extschema@._export_leads_status_family(statuses, decided ->> 'status_key');
    rule record;
    relation regclass;
BEGIN
    FOR rule IN
        SELECT * FROM @extschema@._export_leads_fields() AS f
        WHERE decided ? f.field AND (f.field LIKE '%\_tenant' OR f.field LIKE '%\_created_at')
    LOOP
        relation := (decided ->> rule.part)::regclass;
        IF rule.must_be_only
           AND (SELECT count(p.condition)
                FROM @extschema@._export_leads_policies(relation, decided ->> rule.field, false) AS p) = 0 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('the type of column "%s" of table "%s" cannot tell tenants apart',
                                 decided ->> rule.field, relation),
                DETAIL = 'A tenant is a smallint, integer, bigint, uuid, text or varchar, or a domain over one of '
                         'them, and no collation may make different tenants equal.',
                HINT = 'Name another column: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(rule.field, '...'));
        ELSIF NOT rule.must_be_only
              AND @extschema@._export_leads_base_type(relation, decided ->> rule.field)
                  NOT IN ('timestamp'::regtype, 'timestamptz'::regtype) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column "%s" of table "%s" is not a timestamp', decided ->> rule.field, relation),
                HINT = 'Name another column: '
                       || @extschema@._export_leads_setup_call(given || jsonb_build_object(rule.field, '...'));
        END IF;
    END LOOP;

    FOR rule IN
        SELECT * FROM @extschema@._export_leads_fields() AS f
        WHERE decided ? f.field AND f.field IN ('lead_status', 'status_name', 'status_key')
    LOOP
        relation := (decided ->> rule.part)::regclass;
        CONTINUE WHEN @extschema@._export_leads_status_family(relation, decided ->> rule.field) IS NOT NULL;
        RAISE EXCEPTION USING
            ERRCODE = 'datatype_mismatch',
            MESSAGE = format('the type of column "%s" of table "%s" cannot hold the name of a status',
                             decided ->> rule.field, relation),
            DETAIL = (SELECT format('Columns that could: %s.',
                                    COALESCE(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), 'none'))
                      FROM pg_attribute AS a
                      WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
                        AND a.attname <> ALL (ARRAY[decided ->> 'lead_id', decided ->> 'lead_tenant',
                                                    decided ->> 'status_tenant'])
                        AND @extschema@._export_leads_status_family(relation, a.attname::text) IS NOT NULL),
            HINT = 'Name another column: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object(rule.field, '...'));
    END LOOP;
    IF (decided ? 'status_key' AND key_family <> lead_family)
       OR (NOT decided ? 'status_key' AND NOT decided -> 'left_empty' ? 'status_key'
           AND ((lead_family = 'uuid') <> (name_family = 'uuid')
                OR (lead_family = 'text' AND name_family = 'integer')
                OR (lead_family = 'integer' AND name_family <> 'integer'
                    AND decided ->> 'lead_status' ~ '(_id|Id|ID)$'))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column "%s" of table "%s" does not hold what column "%s" of table "%s" does',
                             decided ->> 'lead_status', leads,
                             COALESCE(decided ->> 'status_key', decided ->> 'status_name'), statuses),
            DETAIL = 'Leads name their status by its name or by its key; the types tell that this is neither.',
            HINT = 'Name the key that leads hold, or '''' where they hold the name: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object('status_key', '...'));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_types(jsonb, jsonb) IS
    'Internal: refuses columns whose types cannot be what they are taken for, for export_leads_setup()';

-- The columns that a field may be read from, the likeliest first, where set-up was not told and has not stored one.
CREATE FUNCTION @extschema@._export_leads_candidates(field text, decided jsonb)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN f.field <> 'lead_status' THEN named.columns
                WHEN @extschema@._export_leads_status_family(part.relation, named.columns[1]) = 'integer'
                THEN referring.columns || named.columns
                ELSE named.columns || referring.columns END
    FROM @extschema@._export_leads_fields() AS f
    CROSS JOIN LATERAL (SELECT to_regclass(NULLIF(decided ->> f.part, '-'))) AS part (relation)
    CROSS JOIN LATERAL @extschema@._export_leads_columns_named(f.names, part.relation) AS named (columns)
    -- A foreign key to the statuses counts, too, and comes before a number that may mean anything.
    CROSS JOIN LATERAL (SELECT ARRAY(SELECT DISTINCT r.lead_column
                                     FROM @extschema@._export_leads_status_references(
                                         part.relation, to_regclass(NULLIF(decided ->> 'statuses', '-')),
                                         decided ->> 'lead_tenant') AS r
                                     WHERE f.field = 'lead_status' AND r.lead_column <> ALL (named.columns)
                                     ORDER BY r.lead_column)) AS referring (columns)
    WHERE f.field = _export_leads_candidates.field;
END;
COMMENT ON FUNCTION @extschema@._export_leads_candidates(text, jsonb) IS
    'Internal: the columns that a field may be read from, for export_leads_setup()';

-- Decides the columns of the decided tables: as given, else as stored, else by name. Where a mapped column is gone, or
-- another column has taken its name, the caller must choose again; no other field is ever emptied. The result is a row
-- of the configuration table.
CREATE FUNCTION @extschema@._export_leads_find_columns(tables jsonb, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    left_empty CONSTANT text[] := @extschema@._export_leads_left_empty(given, stored);
    rule record;
    relation regclass;
    candidates text[];
    decided jsonb := tables || jsonb_build_object('left_empty', left_empty);
    choices jsonb := '{}';
BEGIN
    FOR rule IN
        SELECT * FROM @extschema@._export_leads_fields() AS f
        WHERE tables ->> f.part <> '-'
    LOOP
        relation := (tables ->> rule.part)::regclass;
        PERFORM @extschema@._export_leads_refuse_given(
            rule.field::text, rule.required::boolean, relation, given);
        CONTINUE WHEN rule.field = 'status_key' OR rule.field = ANY (left_empty);
        IF given ? rule.field THEN
            candidates := ARRAY[given ->> rule.field];
        ELSIF stored ->> rule.field IS NOT NULL THEN
            candidates := @extschema@._export_leads_mapped(rule.field::text, relation, stored);
            IF candidates = '{}' THEN
                choices := choices || jsonb_build_object(
                    rule.field, @extschema@._export_leads_candidates(rule.field::text, decided));
                CONTINUE;
            ELSIF cardinality(candidates) > 1 THEN
                choices := choices || jsonb_build_object(rule.field, candidates);
                CONTINUE;
            END IF;
        ELSE
            candidates := @extschema@._export_leads_candidates(rule.field::text, decided);
            -- Of several foreign keys none is likelier than the others.
            IF NOT rule.must_be_only
               AND (rule.field <> 'lead_status'
                    OR candidates && @extschema@._export_leads_columns_named(rule.names::text[], relation)) THEN
                candidates := candidates[1:1];
            END IF;
        END IF;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(rule.field, candidates[1]);
        ELSIF rule.required THEN
            choices := choices || jsonb_build_object(rule.field, candidates);
        END IF;
    END LOOP;
    PERFORM @extschema@._export_leads_undecided(
        text 'export_leads_setup() cannot decide which columns to read', choices, given);
    IF tables ->> 'statuses' <> '-' THEN
        decided := decided || @extschema@._export_leads_find_status_key(decided, given, stored);
    END IF;
    PERFORM @extschema@._export_leads_refuse_types(decided, given);
    RETURN decided
           || @extschema@._export_leads_find_full_name((tables ->> 'leads')::regclass, given, stored);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_columns(jsonb, jsonb, jsonb) IS
    'Internal: decides the columns, for export_leads_setup()';

-- How set-up finds what a lead is called.

CREATE FUNCTION @extschema@._export_leads_full_name_of(columns text[])
RETURNS text
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_full_name_of';
COMMENT ON FUNCTION @extschema@._export_leads_full_name_of(text[]) IS
    'Internal: a lead''s full name as SQL: its name, else its first and last name, else what there is of them';

-- The columns that a lead's full name can be made of, one for each of its parts, NULL for a part without one; `suited`
-- chooses those that hold text, or those that do not. An empty array where there are none.
CREATE FUNCTION @extschema@._export_leads_name_columns(leads regclass, suited boolean)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN count(found.name) > 0 THEN array_agg(found.name ORDER BY part.place) ELSE '{}' END
    FROM unnest(ARRAY['full_name', 'name', 'first_name', 'last_name']) WITH ORDINALITY AS part (name, place)
    LEFT JOIN LATERAL (
        SELECT c.name
        FROM unnest(@extschema@._export_leads_columns_named(ARRAY[part.name], leads))
             WITH ORDINALITY AS c (name, place)
        JOIN pg_attribute AS a ON a.attrelid = leads AND a.attname = c.name
        JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE (t.typcategory = 'S') = suited
        ORDER BY c.place
        LIMIT 1
    ) AS found ON true;
END;
COMMENT ON FUNCTION @extschema@._export_leads_name_columns(regclass, boolean) IS
    'Internal: what a lead''s full name can be made of, for export_leads_setup()';

-- Decides what a lead's full name is made of: as given, else as stored, else by name.
CREATE FUNCTION @extschema@._export_leads_find_full_name(leads regclass, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns text[];
BEGIN
    IF given ->> 'full_name' = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an export needs "full_name": it cannot be left empty',
            HINT = 'Give an SQL expression over the lead, such as lead.name; where leads have no name, a text: '
                   '''''''-''''''.';
    ELSIF given ? 'full_name' OR (stored -> 'full_name_given')::boolean THEN
        RETURN jsonb_build_object('full_name', COALESCE(given ->> 'full_name', stored ->> 'full_name'),
                                  'full_name_given', true, 'name_columns', '{}'::text[]);
    ELSIF COALESCE(stored -> 'name_columns', '[]') <> '[]' THEN
        SELECT array_agg(n.now ORDER BY n.place) INTO columns
        FROM ROWS FROM (jsonb_array_elements_text(stored -> 'name_columns'),
                        jsonb_array_elements_text(stored -> 'mapped' -> 'name_columns'))
             WITH ORDINALITY AS n (now, former, place);
        IF EXISTS (SELECT
                   FROM ROWS FROM (jsonb_array_elements_text(stored -> 'name_columns'),
                                   jsonb_array_elements_text(stored -> 'mapped' -> 'name_columns')) AS n (now, former)
                   WHERE n.now IS NOT NULL
                     AND (NOT @extschema@._export_leads_has_column(leads, n.now)
                          OR (n.now <> n.former AND @extschema@._export_leads_has_column(leads, n.former)))) THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide what the leads are called',
                jsonb_build_object('full_name', ARRAY(
                    SELECT format('lead.%I', n)
                    FROM unnest(@extschema@._export_leads_name_columns(leads, true)) AS n WHERE n IS NOT NULL)),
                given);
        END IF;
    ELSE
        columns := @extschema@._export_leads_name_columns(leads, true);
        IF columns = '{}' AND @extschema@._export_leads_name_columns(leads, false) <> '{}' THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide what the leads are called',
                jsonb_build_object('full_name', ARRAY(
                    SELECT format('lead.%I, which holds no text but %s',
                                  a.attname, format_type(a.atttypid, a.atttypmod))
                    FROM unnest(@extschema@._export_leads_name_columns(leads, false)) AS n (name)
                    JOIN pg_attribute AS a ON a.attrelid = leads AND a.attname = n.name) || '{...}'::text[]),
                given);
        END IF;
    END IF;
    RETURN jsonb_build_object('full_name', @extschema@._export_leads_full_name_of(columns),
                              'full_name_given', false, 'name_columns', columns);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_full_name(regclass, jsonb, jsonb) IS
    'Internal: decides what a lead''s full name is made of, for export_leads_setup()';

-- How set-up finds out by what leads name their status.

-- Decides how leads name their status: by its name, or by its key, which is given or the target of a foreign key.
CREATE FUNCTION @extschema@._export_leads_find_status_key(decided jsonb, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    statuses CONSTANT regclass := NULLIF(decided ->> 'statuses', '-')::regclass;
    keys text[];
BEGIN
    IF given ? 'status_key' THEN
        keys := ARRAY[NULLIF(given ->> 'status_key', '')];
    ELSIF stored ->> 'status_key' IS NOT NULL AND decided ->> 'lead_status' = stored ->> 'lead_status' THEN
        keys := @extschema@._export_leads_mapped(text 'status_key', statuses, stored);
        IF cardinality(keys) <> 1 THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide which columns to read',
                jsonb_build_object('status_key', keys), given);
        END IF;
    ELSIF 'status_key' <> ALL (@extschema@._export_leads_left_empty(given, stored)) THEN
        keys := ARRAY(SELECT r.status_column
                      FROM @extschema@._export_leads_status_references(
                          (decided ->> 'leads')::regclass, statuses, decided ->> 'lead_tenant') AS r
                      WHERE r.lead_column = decided ->> 'lead_status'
                        AND r.status_column IS DISTINCT FROM decided ->> 'status_tenant');
        IF cardinality(keys) > 1 AND decided ->> 'status_name' <> ALL (keys) THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide which columns to read',
                jsonb_build_object('status_key', keys), given);
        END IF;
        keys := array_remove(CASE WHEN decided ->> 'status_name' = ANY (keys) THEN '{}' ELSE keys END, NULL);
    END IF;
    RETURN CASE WHEN keys[1] IS NULL THEN '{}' ELSE jsonb_build_object('status_key', keys[1]) END;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_status_key(jsonb, jsonb, jsonb) IS
    'Internal: decides how leads name their status, for export_leads_setup()';

-- Which roles may export: an application's role is granted all functions that an application calls, at once.

-- Those functions, and which of them show leads. Explaining a plan is for DBAs only.
CREATE FUNCTION @extschema@._export_leads_application_functions()
RETURNS TABLE (function regprocedure, owner oid, acl aclitem[], shows_leads boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.oid::regprocedure, p.proowner, COALESCE(p.proacl, acldefault('f', p.proowner)), f.shows_leads
    FROM (VALUES ('export_leads_csv', true), ('export_leads_csv_stream', true), ('export_leads_xlsx', true),
                 ('export_leads_file', true), ('export_leads_count', true), ('export_leads_filename', false),
                 ('export_leads_available_columns', false), ('export_leads_save', true),
                 ('export_leads_history', false), ('export_leads_saved', true),
                 ('export_leads_saved_pieces', true), ('export_leads_forget', false),
                 ('export_leads_deliveries', false),
                 ('export_leads_schedule', false), ('export_leads_schedules', false), ('export_leads_pause', false),
                 ('export_leads_unschedule', false), ('export_leads_next_runs', false)) AS f (name, shows_leads)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_application_functions() IS
    'Internal: what export_leads_allow() and export_leads_forbid() are about';

-- Who may be given functions: `deed` is what they are for, `hint` says whose role is meant. Refuses roles that must not
-- have them, and callers who cannot grant as the functions' owner: PostgreSQL would at most warn them.
CREATE FUNCTION @extschema@._export_leads_require_grantee(
    role regrole,
    functions regprocedure[],
    deed text,
    hint text
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF role IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'role must not be null';
    ELSIF role = 0::regrole THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not everybody can be allowed to %s', deed),
            HINT = hint;
    ELSIF role = to_regrole('export_leads_reader') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'role "export_leads_reader" is the one that exports read as',
            HINT = hint;
    ELSIF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = role) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('role with OID %s does not exist', role::oid);
    ELSIF EXISTS (SELECT FROM pg_proc AS p
                  WHERE p.oid = ANY (functions::oid[]) AND NOT pg_has_role(p.proowner, 'USAGE')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'only the owner of the functions may let others call them',
            HINT = 'Call this as a superuser.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_grantee(regrole, regprocedure[], text, text) IS
    'Internal: refuses roles that must not be given functions of the extension, for export_leads_allow() and its kin';

-- Gives a role these functions, and the schema to call them in.
CREATE FUNCTION @extschema@._export_leads_give(role regrole, functions regprocedure[], deed text, hint text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_grantee(role, functions, deed, hint);
    EXECUTE (SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s', string_agg(f.function::text, ', '), role)
             FROM unnest(functions) AS f (function));
    IF NOT has_schema_privilege(role, '@extschema@'::regnamespace, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', '@extschema@', role);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_give(regrole, regprocedure[], text, text) IS
    'Internal: gives a role functions of the extension, for export_leads_allow() and its kin';

-- Whether the schema holds nothing but the extension: otherwise a role may need USAGE on it for something else.
CREATE FUNCTION @extschema@._export_leads_owns_schema()
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT NOT EXISTS (SELECT
                       FROM pg_depend AS d
                       WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = e.extnamespace
                         AND (d.classid, d.objid) <> ('pg_extension'::regclass, e.oid)
                         AND NOT EXISTS (SELECT FROM pg_depend AS m
                                         WHERE (m.classid, m.objid) = (d.classid, d.objid) AND m.deptype = 'e'
                                           AND (m.refclassid, m.refobjid) = ('pg_extension'::regclass, e.oid)))
    FROM pg_extension AS e
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_owns_schema() IS
    'Internal: whether nothing else is in the extension''s schema, for export_leads_forbid() and its kin';

CREATE FUNCTION @extschema@._export_leads_take(role regrole, functions regprocedure[], deed text, hint text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    extension CONSTANT oid := (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads');
BEGIN
    PERFORM @extschema@._export_leads_require_grantee(role, functions, deed, hint);
    EXECUTE (SELECT format('REVOKE EXECUTE ON ROUTINE %s FROM %s', string_agg(f.function::text, ', '), role)
             FROM unnest(functions) AS f (function));
    -- A role with other privileges on members of the extension still needs the schema.
    IF @extschema@._export_leads_owns_schema()
       AND NOT EXISTS (SELECT
                       FROM pg_depend AS d
                       LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
                       LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
                       CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, c.relacl)) AS acl
                       WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = extension AND d.deptype = 'e'
                         AND acl.grantee = role AND acl.grantee <> COALESCE(p.proowner, c.relowner)) THEN
        EXECUTE format('REVOKE USAGE ON SCHEMA %s FROM %s', '@extschema@', role);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_take(regrole, regprocedure[], text, text) IS
    'Internal: takes back what _export_leads_give() gave';

CREATE FUNCTION @extschema@._export_leads_allow(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_give(
               role, ARRAY(SELECT f.function FROM @extschema@._export_leads_application_functions() AS f),
               'export'::text, 'Name the role that the application connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@._export_leads_allow(regrole) IS
    'Internal: what export_leads_allow() does';

CREATE FUNCTION @extschema@.export_leads_allow(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_allow(role);
END;
COMMENT ON FUNCTION @extschema@.export_leads_allow(regrole) IS
    'Lets an application''s role, and whoever has its privileges, export: all that it calls, and the schema';

CREATE FUNCTION @extschema@._export_leads_forbid(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_take(
               role, ARRAY(SELECT f.function FROM @extschema@._export_leads_application_functions() AS f),
               'export'::text, 'Name the role that the application connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@._export_leads_forbid(regrole) IS
    'Internal: what export_leads_forbid() does';

CREATE FUNCTION @extschema@.export_leads_forbid(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_forbid(role);
END;
COMMENT ON FUNCTION @extschema@.export_leads_forbid(regrole) IS
    'Takes back what export_leads_allow() gave';

CREATE FUNCTION @extschema@._export_leads_check_applications(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'nobody_may_export', 'info', 'export_leads',
           'nobody but superusers may export: tell @extschema@.export_leads_allow() which role the application has',
           NULL
    WHERE (configuration).leads IS NOT NULL
      AND NOT EXISTS (SELECT
                      FROM @extschema@._export_leads_application_functions() AS f
                      CROSS JOIN LATERAL aclexplode(f.acl) AS acl
                      LEFT JOIN pg_roles AS r ON r.oid = acl.grantee
                      WHERE f.shows_leads
                        AND (acl.grantee = 0
                             OR (NOT r.rolsuper
                                 AND has_schema_privilege(r.oid, '@extschema@'::regnamespace, 'USAGE'))));
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_applications(@extschema@.export_leads_configuration) IS
    'Internal: whether any application may export, for export_leads_check()';

-- What a file looks like: a site's own columns and headers, its time zone and its direction.

CREATE FUNCTION @extschema@.export_leads_available_columns()
RETURNS TABLE (name text, header text, expression text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_available_columns';
COMMENT ON FUNCTION @extschema@.export_leads_available_columns() IS
    'The columns that an export can have, in the standard order; what a site has added comes last';

CREATE FUNCTION @extschema@._export_leads_expression_columns(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS TABLE (part text, column_name text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_expression_columns';
COMMENT ON FUNCTION @extschema@._export_leads_expression_columns(@extschema@.export_leads_configuration, text) IS
    'Internal: what an expression reads of the lead, its latest call and its status';

CREATE FUNCTION @extschema@._export_leads_columns_read(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS text[]
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_columns_read';
COMMENT ON FUNCTION @extschema@._export_leads_columns_read(@extschema@.export_leads_configuration, text) IS
    'Internal: the columns that an expression reads, for exports to know them again';

-- It sets no search_path of its own, since it compares exports with what the session's settings make of them.
CREATE FUNCTION @extschema@._export_leads_require_one_meaning(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_require_one_meaning';
COMMENT ON FUNCTION @extschema@._export_leads_require_one_meaning(@extschema@.export_leads_configuration, text) IS
    'Internal: raises where an expression, or full_name where it is NULL, depends on the session''s settings';

CREATE FUNCTION @extschema@._export_leads_functions_of(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_functions_of';
COMMENT ON FUNCTION @extschema@._export_leads_functions_of(@extschema@.export_leads_configuration, text) IS
    'Internal: what the functions do that an expression calls, for exports to know them again';

-- In C, since exports check headers as well.
CREATE FUNCTION @extschema@._export_leads_require_header(name text)
RETURNS void
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_require_header';
COMMENT ON FUNCTION @extschema@._export_leads_require_header(text) IS
    'Internal: raises where the header of a column is empty, another''s, or begins with ID';

-- What the site's own columns read. A column that is no longer valid needs no grants: the check reports it.
CREATE FUNCTION @extschema@._export_leads_own_columns(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, column_name text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own record;
BEGIN
    FOR own IN SELECT c.expression FROM @extschema@.export_leads_columns AS c WHERE c.expression IS NOT NULL LOOP
        BEGIN
            RETURN QUERY
            SELECT CASE e.part WHEN 'leads' THEN configuration.leads
                               WHEN 'statuses' THEN configuration.statuses
                               ELSE configuration.calls END,
                   e.column_name
            FROM @extschema@._export_leads_expression_columns(configuration, own.expression) AS e;
        -- Only these errors: a time-out must not make a column look as if it needed nothing.
        EXCEPTION WHEN syntax_error_or_access_rule_violation OR invalid_schema_name OR feature_not_supported
                       OR data_exception OR integrity_constraint_violation THEN
            CONTINUE;
        END;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_own_columns(@extschema@.export_leads_configuration) IS
    'Internal: what the site''s own columns read';

-- Grants the reader what the columns need, and revokes what they no longer need.
CREATE FUNCTION @extschema@._export_leads_grant_columns()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    statement record;
BEGIN
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF FOUND THEN
        FOR statement IN SELECT * FROM @extschema@._export_leads_reader_plan(configuration) LOOP
            EXECUTE statement.sql;
        END LOOP;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_grant_columns() IS
    'Internal: keeps the reader''s grants at what the columns need';

CREATE FUNCTION @extschema@._export_leads_add_column(name text, expression text, header text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF name IS NULL OR expression IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'a column needs a name and an expression',
            HINT = 'SELECT @extschema@.export_leads_add_column(''city'', ''lead.city'');';
    ELSIF name !~ '^[a-zA-Z_][a-zA-Z0-9_]{0,62}$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a column must be letters a-z, digits and "_"',
            HINT = 'What the file calls it may be anything: '
                   '@extschema@.export_leads_add_column(name, expression, header).';
    ELSIF EXISTS (SELECT FROM @extschema@.export_leads_available_columns() AS a WHERE a.name = name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_object',
            MESSAGE = format('column "%s" already exists', name),
            HINT = 'One that a site has added can be taken away: @extschema@.export_leads_remove_column(name).';
    END IF;
    -- As in set-up: two calls at once would not see each other's grants.
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    PERFORM @extschema@._export_leads_require_one_meaning(
        (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression);
    INSERT INTO @extschema@.export_leads_columns
        (name, header, expression, call_columns, status_columns, functions, reads)
    SELECT name, header, expression,
           COALESCE(array_agg(DISTINCT c.column_name) FILTER (WHERE c.part = 'calls'), '{}'),
           COALESCE(array_agg(DISTINCT c.column_name) FILTER (WHERE c.part = 'statuses'), '{}'),
           @extschema@._export_leads_functions_of(
               (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression),
           @extschema@._export_leads_columns_read(
               (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression)
    FROM @extschema@._export_leads_expression_columns(
        (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression) AS c;
    PERFORM @extschema@._export_leads_require_header(name);
    PERFORM @extschema@._export_leads_grant_columns();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_add_column(text, text, text) IS
    'Internal: what export_leads_add_column() does';

CREATE FUNCTION @extschema@.export_leads_add_column(name text, expression text, header text DEFAULT NULL)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_add_column(name, expression, header);
END;
COMMENT ON FUNCTION @extschema@.export_leads_add_column(text, text, text) IS
    'Adds a column to what exports can have: an SQL expression over lead, call (the latest) and status';

CREATE FUNCTION @extschema@._export_leads_remove_column(name text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    DELETE FROM @extschema@.export_leads_columns AS c WHERE c.name = name AND c.expression IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('no column "%s" was added', name);
    END IF;
    PERFORM @extschema@._export_leads_grant_columns();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_remove_column(text) IS
    'Internal: what export_leads_remove_column() does';

CREATE FUNCTION @extschema@.export_leads_remove_column(name text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_remove_column(name);
END;
COMMENT ON FUNCTION @extschema@.export_leads_remove_column(text) IS
    'Takes away a column that export_leads_add_column() added';

CREATE FUNCTION @extschema@._export_leads_set_header(name text, header text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF NOT EXISTS (SELECT FROM @extschema@.export_leads_available_columns() AS a WHERE a.name = name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('there is no column "%s"', name),
            HINT = (SELECT format('The columns are: %s.', string_agg(a.name, ', '))
                    FROM @extschema@.export_leads_available_columns() AS a);
    END IF;
    -- Two calls at once could give two columns the same header.
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    INSERT INTO @extschema@.export_leads_columns (name, header) VALUES (name, header)
    ON CONFLICT ON CONSTRAINT export_leads_columns_pkey DO UPDATE SET header = EXCLUDED.header;
    DELETE FROM @extschema@.export_leads_columns AS c WHERE c.header IS NULL AND c.expression IS NULL;
    PERFORM @extschema@._export_leads_require_header(name);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_set_header(text, text) IS
    'Internal: what export_leads_set_header() does';

CREATE FUNCTION @extschema@.export_leads_set_header(name text, header text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_set_header(name, header);
END;
COMMENT ON FUNCTION @extschema@.export_leads_set_header(text, text) IS
    'What files call a column; NULL for its name';

-- PostgreSQL accepts much more than the names of zones: "foo3" is three hours west of Greenwich, and what an
-- abbreviation means depends on a setting of the session.
CREATE FUNCTION @extschema@._export_leads_is_time_zone(name text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT name = 'UTC'
        OR (NOT EXISTS (SELECT FROM pg_timezone_abbrevs AS a WHERE a.abbrev = upper(name))
            AND EXISTS (SELECT FROM pg_timezone_names AS n WHERE n.name = _export_leads_is_time_zone.name));
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_time_zone(text) IS
    'Internal: whether it is the full name of a time zone';

-- Decides what a file looks like: as given, else as stored, else UTC and from right to left.
CREATE FUNCTION @extschema@._export_leads_decide_file(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    decided jsonb;
    zone text;
BEGIN
    SELECT jsonb_strip_nulls(jsonb_object_agg(
               r.name, COALESCE(given -> r.name, NULLIF(stored -> r.name, 'null'), r.otherwise)))
    INTO decided
    FROM (VALUES ('time_zone', '"UTC"'::jsonb), ('shown_time_zone', 'null'), ('right_to_left', 'true'))
         AS r (name, otherwise);
    IF decided ->> 'shown_time_zone' = '' THEN
        decided := decided - 'shown_time_zone';
    END IF;
    SELECT z.name INTO zone
    FROM (VALUES (given ->> 'time_zone'), (NULLIF(given ->> 'shown_time_zone', ''))) AS z (name)
    WHERE NOT @extschema@._export_leads_is_time_zone(z.name)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" is not the full name of a time zone', zone),
            HINT = 'Name it as pg_timezone_names does, such as Asia/Jerusalem.';
    END IF;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_decide_file(jsonb, jsonb) IS
    'Internal: decides what a file looks like, for export_leads_setup()';

-- Who may ask for which tenant: the rules that a site gives set-up.

-- Decides the rules: as given, else as stored, else none. A rule that is given as '' is dropped.
CREATE FUNCTION @extschema@._export_leads_decide_rules(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rules jsonb;
BEGIN
    SELECT jsonb_strip_nulls(jsonb_object_agg(r.name, COALESCE(given -> r.name, stored -> r.name, r.otherwise)))
    INTO rules
    FROM (VALUES ('session_setting', 'null'::jsonb), ('session_tenant', 'null'), ('session_required', 'false'),
                 ('session_administrators', 'null'), ('grants_required', 'false'), ('superusers_exempt', 'false'),
                 ('status_defaults', 'false'))
         AS r (name, otherwise);
    IF rules ->> 'session_administrators' = '' THEN
        rules := rules - 'session_administrators';
    END IF;
    IF rules ->> 'session_tenant' = '' OR NOT given ? 'session_tenant' AND given ->> 'session_setting' <> '' THEN
        rules := rules - 'session_tenant';
    END IF;
    IF rules ->> 'session_setting' = '' OR NOT given ? 'session_setting' AND given ->> 'session_tenant' <> '' THEN
        rules := rules - 'session_setting';
    ELSIF rules ->> 'session_setting' !~ '^[A-Za-z_][A-Za-z0-9_$]*([.][A-Za-z_][A-Za-z0-9_$]*)+$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" is not the name of a setting of an application''s own', rules ->> 'session_setting'),
            HINT = 'Name it as the application sets it, such as app.tenant_id.';
    END IF;
    IF rules ?& ARRAY['session_setting', 'session_tenant'] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the session''s tenant is either in a setting or what an expression says',
            HINT = 'Give one of session_setting and session_tenant.';
    END IF;
    IF (rules -> 'session_required')::boolean AND NOT rules ?| ARRAY['session_setting', 'session_tenant'] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a session''s tenant cannot be required without the setting that holds it',
            HINT = 'Name the setting, or give an expression as session_tenant: '
                   || @extschema@._export_leads_setup_call(given || '{"session_setting": "..."}');
    END IF;
    RETURN rules;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_decide_rules(jsonb, jsonb) IS
    'Internal: decides who may ask for which tenant, for export_leads_setup()';

CREATE FUNCTION @extschema@._export_leads_require_session_tenant(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_require_session_tenant';
COMMENT ON FUNCTION @extschema@._export_leads_require_session_tenant(@extschema@.export_leads_configuration) IS
    'Internal: refuses an expression that cannot say what the session''s tenant is, for export_leads_setup()';

CREATE FUNCTION @extschema@._export_leads_session_tenant_schemas(
    configuration @extschema@.export_leads_configuration)
RETURNS SETOF regnamespace
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_session_tenant_schemas';
COMMENT ON FUNCTION @extschema@._export_leads_session_tenant_schemas(@extschema@.export_leads_configuration) IS
    'Internal: the schemas of what the expression of the session''s tenant calls, which the reader must see';

-- Which role may export which tenant, where a site requires grants.

-- A tenant as the type of the leads' tenant column prints it.
CREATE FUNCTION @extschema@._export_leads_canonical_tenant(tenant text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_canonical_tenant';
COMMENT ON FUNCTION @extschema@._export_leads_canonical_tenant(text) IS
    'Internal: a tenant as the tenant column''s type prints it';

CREATE FUNCTION @extschema@._export_leads_grant(role regrole, tenant text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    canonical text := @extschema@._export_leads_canonical_tenant(tenant);
BEGIN
    IF role IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'role must not be null';
    END IF;
    PERFORM @extschema@._export_leads_lock_tables();
    INSERT INTO @extschema@.export_leads_grants (grantee, tenant)
    SELECT r.rolname, canonical FROM pg_roles AS r WHERE r.oid = role
    ON CONFLICT DO NOTHING;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_grant(regrole, text) IS
    'Internal: what export_leads_grant() does';

CREATE FUNCTION @extschema@._export_leads_revoke(role regrole, tenant text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    canonical text := @extschema@._export_leads_canonical_tenant(tenant);
BEGIN
    IF role IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'role must not be null';
    END IF;
    PERFORM @extschema@._export_leads_lock_tables();
    DELETE FROM @extschema@.export_leads_grants AS g
    WHERE g.grantee = (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = role) AND g.tenant = canonical COLLATE "C";
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_revoke(regrole, text) IS
    'Internal: what export_leads_revoke() does';

-- Granting and revoking tenants of type bigint; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant bigint)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, bigint) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant bigint)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, bigint) IS
    'Takes back what export_leads_grant() gave';

-- Granting and revoking tenants of type uuid; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant uuid)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, uuid) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant uuid)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, uuid) IS
    'Takes back what export_leads_grant() gave';

-- Granting and revoking tenants of type text; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_grant(role regrole, tenant text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_grant(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_grant(regrole, text) IS
    'Lets a role, and whoever has its privileges, export a tenant, where grants are required';

CREATE FUNCTION @extschema@.export_leads_revoke(role regrole, tenant text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_revoke(role, tenant::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_revoke(regrole, text) IS
    'Takes back what export_leads_grant() gave';

-- Which of the site's own restrictive policies exports obey.

-- What a policy does, its command and condition, as text that is the same after a dump and restore.
CREATE FUNCTION @extschema@._export_leads_policy_definition(relation regclass, policy text)
RETURNS text
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS 'MODULE_PATHNAME', 'export_leads_policy_definition';
COMMENT ON FUNCTION @extschema@._export_leads_policy_definition(regclass, text) IS
    'Internal: what an accepted policy must still be';

CREATE FUNCTION @extschema@._export_leads_is_mutable_policy(relation regclass, policy text)
RETURNS boolean
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_is_mutable_policy';
COMMENT ON FUNCTION @extschema@._export_leads_is_mutable_policy(regclass, text) IS
    'Internal: whether a policy''s condition may depend on the session or on time';

-- A policy's name with its table's, as set-up takes it where policies of several tables have the same name.
CREATE FUNCTION @extschema@._export_leads_policy_name(relation regclass, policy text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('%s.%I', relation, policy);
END;
COMMENT ON FUNCTION @extschema@._export_leads_policy_name(regclass, text) IS
    'Internal: a policy with its table, for export_leads_setup(accepted_policies => ...)';

-- The table of an accepted policy by its name, or if it was dropped, by the one under which set-up had found it; NULL
-- where set-up has another table since.
CREATE FUNCTION @extschema@._export_leads_policy_table(
    configuration @extschema@.export_leads_configuration, relation regclass)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE((SELECT relation::text FROM pg_class AS c WHERE c.oid = relation),
                    (SELECT quote_ident((configuration).table_names[2 * p.place - 1]) || '.'
                            || quote_ident((configuration).table_names[2 * p.place])
                     FROM unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls])
                          WITH ORDINALITY AS p (mapped, place)
                     WHERE p.mapped = relation));
END;
COMMENT ON FUNCTION @extschema@._export_leads_policy_table(@extschema@.export_leads_configuration, regclass) IS
    'Internal: what the table of an accepted policy is called, or was';

-- Accepts the named restrictive policies of the three tables as they are now, and forgets the others; NULL changes
-- nothing. A policy that may hide other rows in another session, or later, must be named in both lists. Returns what
-- changed.
CREATE FUNCTION @extschema@._export_leads_accept(
    configuration @extschema@.export_leads_configuration, policies text[], mutable_policies text[], dry_run boolean)
RETURNS TABLE (object text, detail text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT oid[] := ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls];
    unknown text;
    policy record;
BEGIN
    SELECT string_agg(quote_ident(n), ', ') INTO unknown
    FROM unnest(mutable_policies) AS n
    WHERE n <> ALL (COALESCE(policies, '{}'));
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not among the accepted policies: %s', unknown),
            HINT = 'Name it in accepted_policies, too.';
    END IF;
    IF policies IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(quote_ident(n), ', ') INTO unknown
    FROM unnest(policies) AS n
    WHERE NOT EXISTS (SELECT
                      FROM pg_policy AS p
                      WHERE p.polrelid = ANY (tables) AND NOT p.polpermissive
                        AND n IN (p.polname::text,
                                  @extschema@._export_leads_policy_name(p.polrelid::regclass, p.polname::text))
                        AND p.polname <> 'export_leads_only_tenant');
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('no such restrictive policy: %s', unknown),
            HINT = 'SELECT * FROM pg_policies shows the policies of the tables.';
    END IF;
    FOR policy IN
        SELECT COALESCE(a.relation, w.relation) AS relation, COALESCE(a.policy, w.policy) AS name, w.definition,
               w.is_mutable,
               CASE WHEN w.policy IS NULL THEN 'a policy that is no longer accepted'
                    ELSE 'a policy that exports obey from now on' END AS detail
        FROM @extschema@.export_leads_accepted_policies AS a
        FULL JOIN (SELECT p.polrelid::regclass AS relation, p.polname::text AS policy,
                          @extschema@._export_leads_policy_definition(
                              p.polrelid::regclass, p.polname::text) AS definition,
                          @extschema@._export_leads_is_mutable_policy(
                              p.polrelid::regclass, p.polname::text) AS is_mutable
                   FROM pg_policy AS p
                   WHERE p.polrelid = ANY (tables) AND NOT p.polpermissive
                     AND policies && ARRAY[p.polname::text, @extschema@._export_leads_policy_name(
                                                                p.polrelid::regclass, p.polname::text)]) AS w
            ON a.relation = w.relation AND a.policy = w.policy
        WHERE a.definition IS DISTINCT FROM w.definition
        ORDER BY 1, 2
    LOOP
        IF policy.is_mutable
           AND NOT COALESCE(mutable_policies, '{}')
                   && ARRAY[policy.name, @extschema@._export_leads_policy_name(
                                             policy.relation::regclass, policy.name::text)] THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('policy "%s" on table "%s" may hide other rows in another session, or later',
                                 policy.name, policy.relation),
                DETAIL = 'Its condition calls a function that is not immutable: it may depend on a setting, such as '
                         'the time zone, on who asks, on the time, or on other rows.',
                HINT = 'Where that is meant, name it in mutable_policies, too.';
        END IF;
        IF NOT dry_run THEN
            DELETE FROM @extschema@.export_leads_accepted_policies AS a
            WHERE a.relation = policy.relation AND a.policy = policy.name;
            IF policy.definition IS NOT NULL THEN
                INSERT INTO @extschema@.export_leads_accepted_policies
                VALUES (policy.relation, policy.name, policy.definition, policy.is_mutable);
            END IF;
        END IF;
        RETURN QUERY
        SELECT CASE WHEN @extschema@._export_leads_policy_table(configuration, policy.relation::regclass) IS NULL
                    THEN format('policy %I', policy.name)
                    ELSE @extschema@._export_leads_policy_name(policy.relation::regclass, policy.name::text) END,
               policy.detail;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_accept(@extschema@.export_leads_configuration, text[], text[], boolean) IS
    'Internal: accepts a site''s own restrictive policies, for export_leads_setup()';

-- Tenants must be told apart in the same way in all three tables.

CREATE FUNCTION @extschema@._export_leads_tells_tenants_alike(
    relation regclass, column_name text, other regclass, other_column text)
RETURNS boolean
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_tells_tenants_alike';
COMMENT ON FUNCTION @extschema@._export_leads_tells_tenants_alike(regclass, text, regclass, text) IS
    'Internal: whether two tenant columns take the same text for the same tenant';

CREATE FUNCTION @extschema@._export_leads_require_tenants_alike(
    configuration @extschema@.export_leads_configuration, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other record;
BEGIN
    SELECT o.* INTO other
    FROM (VALUES (1, 'status_tenant', configuration.statuses, configuration.status_tenant),
                 (2, 'call_tenant', configuration.calls, configuration.call_tenant))
         AS o (place, field, relation, column_name)
    WHERE NOT @extschema@._export_leads_tells_tenants_alike(
                  configuration.leads, configuration.lead_tenant, o.relation, o.column_name)
    ORDER BY o.place
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'datatype_mismatch',
            MESSAGE = format('the tenants of table "%s" are not of the type that those of table "%s" are',
                             other.relation, configuration.leads),
            DETAIL = (SELECT string_agg(format('Column "%s" of table "%s" is of type %s.',
                                               a.attname, a.attrelid::regclass,
                                               format_type(a.atttypid, a.atttypmod)), ' ' ORDER BY c.place)
                             || ' One tenant might be two, and its rows missing.'
                      FROM (VALUES (1, configuration.leads, configuration.lead_tenant),
                                   (2, other.relation::regclass, other.column_name::text)) AS c (place, relation, name)
                      JOIN pg_attribute AS a ON a.attrelid = c.relation AND a.attname = c.name),
            HINT = 'Make them one type, or name another column: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object(other.field::text, '...'));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_tenants_alike(@extschema@.export_leads_configuration, jsonb) IS
    'Internal: refuses tables whose tenants might compare as different ones, for export_leads_setup()';

-- Locks on tables that an application may be writing at the same time.

-- Locks the tables that set-up or teardown is about to change, exclusively, and those that it reads, with partitions
-- and children, until the end of the transaction; raises 55P03 if others keep their locks. Nobody waits for long, and
-- there are no deadlocks: an attempt releases all its locks before anybody's deadlock_timeout. So it does not matter
-- whether an application locks calls before leads, as foreign keys do, or leads before calls: only how soon an attempt
-- succeeds depends on it.
CREATE FUNCTION @extschema@._export_leads_lock_for_change(changed regclass[], read regclass[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attempts CONSTANT int := 40;
    former CONSTANT text := current_setting('lock_timeout');
    -- In milliseconds, how long to wait for a lock.
    most CONSTANT int := (SELECT greatest(1, least(min(s.setting::int) FILTER (WHERE s.name = 'deadlock_timeout') / 5,
                                                   min(s.setting::int) FILTER (WHERE s.name = 'lock_timeout'
                                                                                 AND s.setting <> '0')))
                          FROM pg_settings AS s);
    -- The caller's statement_timeout. PostgreSQL drops it where it ends at the same moment as a lock_timeout.
    longest CONSTANT interval := (SELECT NULLIF(s.setting, '0')::int * interval '1 ms'
                                  FROM pg_settings AS s WHERE s.name = 'statement_timeout');
    relation regclass;
BEGIN
    FOR attempt IN 1..attempts LOOP
        BEGIN
            PERFORM set_config('lock_timeout', least(most, 25 * attempt)::text, true);
            FOREACH relation IN ARRAY read LOOP
                EXECUTE format('LOCK TABLE %s IN ACCESS SHARE MODE', relation);
            END LOOP;
            FOREACH relation IN ARRAY changed LOOP
                EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', relation);
                -- From now on others may be waiting for this lock while they hold locks on the other tables.
                PERFORM set_config('lock_timeout', least(most, 20)::text, true);
            END LOOP;
            PERFORM set_config('lock_timeout', former, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF clock_timestamp() > statement_timestamp() + longest THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'query_canceled',
                    MESSAGE = 'canceling statement due to statement timeout';
            END IF;
            -- Those who waited go on. The pause is random, so as not to keep meeting another set-up's attempts.
            PERFORM pg_sleep(random() * attempt / 50);
        END;
    END LOOP;
    RAISE EXCEPTION USING
        ERRCODE = 'lock_not_available',
        MESSAGE = format('table "%s" is in use', relation),
        DETAIL = format('It could not be locked in %s attempts that kept nobody waiting for long.', attempts),
        HINT = format('Try again when the transactions that use it have ended: '
                      'SELECT pid FROM pg_locks WHERE relation = %L::regclass;', relation);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_lock_for_change(regclass[], regclass[]) IS
    'Internal: locks tables for export_leads_setup() and export_leads_teardown()';

-- What was checked before waiting for a lock may have changed when the wait is over: somebody who still had the
-- privilege may have put a trigger on one of the extension's tables. That is a danger to superusers only.
CREATE FUNCTION @extschema@._export_leads_lock_tables()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- is_superuser does not tell: it stays off in a superuser's function that somebody else calls.
    IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        LOCK TABLE @extschema@.export_leads_configuration, @extschema@.export_leads_columns,
                   @extschema@.export_leads_accepted_policies, @extschema@.export_leads_grants IN ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_require_closed_schema();
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_lock_tables() IS
    'Internal: locks the extension''s tables before they are written, and checks once more that the schema is closed';

-- What row security breaks for others, whatever its policies say: set-up reports it beforehand, the check afterwards.

-- The roles that row security on a table binds, or would bind.
CREATE FUNCTION @extschema@._export_leads_bound_roles(relation regclass)
RETURNS TABLE (role regrole, can_login boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT r.oid::regrole, r.rolcanlogin
    FROM pg_class AS c CROSS JOIN pg_roles AS r
    WHERE c.oid = relation
      AND NOT r.rolsuper
      AND NOT r.rolbypassrls
      AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'));
END;
COMMENT ON FUNCTION @extschema@._export_leads_bound_roles(regclass) IS
    'Internal: whom row security on a table binds';

-- The subscriptions of logical replication that write a table, and the roles they write as: from PostgreSQL 16 on the
-- table's owner, unless a subscription says otherwise.
CREATE FUNCTION @extschema@._export_leads_subscriptions(relation regclass)
RETURNS TABLE (subscription name, writes_as regrole)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT s.subname, %s::regrole '
        'FROM pg_subscription_rel AS t '
        'JOIN pg_subscription AS s ON s.oid = t.srsubid '
        'JOIN pg_class AS c ON c.oid = t.srrelid '
        'WHERE t.srrelid = $1',
        CASE WHEN current_setting('server_version_num')::int >= 160000
             THEN 'CASE WHEN s.subrunasowner THEN s.subowner ELSE c.relowner END'
             ELSE 's.subowner' END)
    USING relation;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_subscriptions(regclass) IS
    'Internal: who replicates into a table';

-- The subscriptions that row security stops, or would stop.
CREATE FUNCTION @extschema@._export_leads_bound_subscriptions(relation regclass)
RETURNS TABLE (subscription name, writes_as regrole)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.subscription, s.writes_as
    FROM @extschema@._export_leads_subscriptions(relation) AS s
    JOIN @extschema@._export_leads_bound_roles(relation) AS b ON b.role = s.writes_as;
END;
COMMENT ON FUNCTION @extschema@._export_leads_bound_subscriptions(regclass) IS
    'Internal: who cannot replicate into a table with row security';

-- What set-up is about to break by enabling row security.
CREATE FUNCTION @extschema@._export_leads_notes(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH unbound AS (
        SELECT c.oid, c.oid::regclass::text AS name
        FROM pg_class AS c
        WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls) AND NOT c.relrowsecurity
    ), bound AS (
        SELECT u.oid, u.name, b.role, b.can_login
        FROM unbound AS u
        CROSS JOIN LATERAL @extschema@._export_leads_bound_roles(u.oid::regclass) AS b
        WHERE b.role::text !~ '^pg_' AND b.role IS DISTINCT FROM to_regrole('export_leads_reader')
    )
    SELECT b.name,
           format('COPY FROM into table "%s" will be refused to %s: row security is not for it, INSERT goes on working',
                  b.name, string_agg(b.role::text, ', ' ORDER BY b.role::text))
    FROM bound AS b
    WHERE has_any_column_privilege(b.role, b.oid, 'INSERT')
    GROUP BY b.name
    UNION ALL
    SELECT b.name,
           format('pg_dump as %s will refuse table "%s", unless the role is given BYPASSRLS',
                  string_agg(b.role::text, ' or ' ORDER BY b.role::text), b.name)
    FROM bound AS b
    WHERE b.can_login AND has_table_privilege(b.role, b.oid, 'SELECT')
    GROUP BY b.name
    UNION ALL
    SELECT u.name,
           format('subscription "%s" will stop replicating into table "%s", which it writes as role "%s"',
                  s.subscription, u.name, s.writes_as)
    FROM unbound AS u CROSS JOIN LATERAL @extschema@._export_leads_bound_subscriptions(u.oid::regclass) AS s
    ORDER BY 1, 2;
END;
COMMENT ON FUNCTION @extschema@._export_leads_notes(@extschema@.export_leads_configuration) IS
    'Internal: what row security will break for others, for export_leads_setup()';

-- What set-up must do to make exports safe: its statements, and what it refuses.

CREATE FUNCTION @extschema@._export_leads_policies(relation regclass, tenant_column text, has_defaults boolean)
RETURNS TABLE (policy text, permissive boolean, condition text, is_intact boolean)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_policies';
COMMENT ON FUNCTION @extschema@._export_leads_policies(regclass, text, boolean) IS
    'Internal: the policies that a table must have, and whether it has them; NULL if no condition tells tenants apart';

CREATE FUNCTION @extschema@._export_leads_required_columns(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, column_name text)
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_required_columns';
COMMENT ON FUNCTION @extschema@._export_leads_required_columns(@extschema@.export_leads_configuration) IS
    'Internal: the columns that the queries of an export read';

-- The columns of a table on which the reader has a privilege.
CREATE FUNCTION @extschema@._export_leads_reader_columns(relation regclass)
RETURNS TABLE (column_name text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT a.attname::text
    FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
    WHERE a.attrelid = relation AND NOT a.attisdropped AND acl.grantee = to_regrole('export_leads_reader');
END;
COMMENT ON FUNCTION @extschema@._export_leads_reader_columns(regclass) IS
    'Internal: what export_leads_setup() has granted';

-- What the reader lacks: the role itself, its attributes, its grants. One row for each statement.
CREATE FUNCTION @extschema@._export_leads_reader_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reader CONSTANT text := 'export_leads_reader';
    attributes CONSTANT text := 'NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT';
    reader_id CONSTANT oid := to_regrole('export_leads_reader');
    table_id regclass;
    needed text[];
    granted text[];
BEGIN
    IF reader_id IS NULL THEN
        RETURN QUERY SELECT reader, 'the role that exports read as', format('CREATE ROLE %s %s', reader, attributes);
    ELSE
        RETURN QUERY
        SELECT reader, 'attributes that an export is not safe with', format('ALTER ROLE %s %s', reader, attributes)
        FROM pg_roles AS r
        WHERE r.oid = reader_id
          AND (r.rolcanlogin OR r.rolsuper OR r.rolbypassrls OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
               OR r.rolinherit);
        RETURN QUERY
        SELECT reader, 'a membership that an export is not safe with',
               format('REVOKE %s FROM %s%s', m.roleid::regrole, reader,
                      CASE WHEN current_setting('server_version_num')::int >= 160000
                           THEN format(' GRANTED BY %s CASCADE', m.grantor::regrole) END)
        FROM pg_auth_members AS m
        WHERE m.member = reader_id;
    END IF;

    RETURN QUERY
    SELECT format('schema %s', n.oid::regnamespace), 'to see the tables',
           format('GRANT USAGE ON SCHEMA %s TO %s', n.oid::regnamespace, reader)
    FROM pg_namespace AS n
    WHERE (n.oid = '@extschema@'::regnamespace
           OR n.oid IN (SELECT c.relnamespace
                        FROM pg_class AS c
                        WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls))
           OR n.oid IN (@extschema@._export_leads_status_schema(configuration.leads, configuration.lead_status),
                        @extschema@._export_leads_status_schema(configuration.statuses, configuration.status_name),
                        @extschema@._export_leads_status_schema(configuration.statuses, configuration.status_key))
           OR n.oid IN (SELECT s FROM @extschema@._export_leads_session_tenant_schemas(configuration) AS s))
      AND NOT CASE WHEN reader_id IS NULL THEN has_schema_privilege('public', n.oid, 'USAGE')
                   ELSE has_schema_privilege(reader_id, n.oid, 'USAGE') END
    ORDER BY 1;

    IF reader_id IS NULL OR NOT has_function_privilege(reader_id, '@extschema@.export_leads_tenant()', 'EXECUTE') THEN
        RETURN QUERY SELECT '@extschema@.export_leads_tenant()', 'for the policies',
                            format('GRANT EXECUTE ON FUNCTION %s.export_leads_tenant() TO %s', '@extschema@', reader);
    END IF;

    FOREACH table_id IN ARRAY array_remove(
        ARRAY[configuration.leads, configuration.statuses, configuration.calls], '-'::regclass)
    LOOP
        SELECT array_agg(DISTINCT c.column_name ORDER BY c.column_name) INTO needed
        FROM (SELECT * FROM @extschema@._export_leads_required_columns(configuration)
              UNION ALL SELECT * FROM @extschema@._export_leads_own_columns(configuration)) AS c
        WHERE c.relation = table_id;
        SELECT array_agg(g.column_name) INTO granted
        FROM @extschema@._export_leads_reader_columns(table_id) AS g;
        IF EXISTS (SELECT
                   FROM pg_class AS t, aclexplode(t.relacl) AS acl
                   WHERE t.oid = table_id AND acl.grantee = reader_id) THEN
            RETURN QUERY
            SELECT table_id::text, 'more than exports need', format('REVOKE ALL ON %s FROM %s', table_id, reader);
            granted := NULL;
        END IF;
        RETURN QUERY
        SELECT table_id::text, 'what exports do not need',
               format('REVOKE ALL (%s) ON %s FROM %s', string_agg(quote_ident(c), ', ' ORDER BY c), table_id, reader)
        FROM unnest(granted) AS c
        WHERE c <> ALL (needed)
        HAVING count(*) > 0;
        RETURN QUERY
        SELECT table_id::text, 'what exports read',
               format('GRANT SELECT (%s) ON %s TO %s', string_agg(quote_ident(c), ', ' ORDER BY c), table_id, reader)
        FROM unnest(needed) AS c
        WHERE c <> ALL (COALESCE(granted, '{}'))
        HAVING count(*) > 0;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_reader_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that give the reader what it lacks, for export_leads_setup()';

-- What the tables lack: the policies, and row security last, so that it is at no moment enabled without them.
CREATE FUNCTION @extschema@._export_leads_table_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part record;
    own record;
    is_secured boolean;
    keeps_others boolean;
BEGIN
    FOR part IN
        SELECT *
        FROM (VALUES (1, configuration.leads, configuration.lead_tenant, false),
                     (2, configuration.statuses, configuration.status_tenant, configuration.status_defaults),
                     (3, configuration.calls, configuration.call_tenant, false))
             AS p (place, relation, tenant_column, has_defaults)
        WHERE p.relation <> 0::oid
        ORDER BY place
    LOOP
        SELECT c.relrowsecurity INTO is_secured FROM pg_class AS c WHERE c.oid = part.relation;
        FOR own IN
            SELECT *
            FROM @extschema@._export_leads_policies(
                part.relation::regclass, part.tenant_column::text, part.has_defaults::boolean) AS p
            WHERE NOT p.is_intact
        LOOP
            IF EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = part.relation AND p.polname = own.policy) THEN
                RETURN QUERY SELECT part.relation::text, 'a policy that is not as it must be',
                                    format('DROP POLICY %I ON %s', own.policy, part.relation);
            END IF;
            RETURN QUERY SELECT part.relation::text,
                                CASE WHEN own.permissive THEN 'lets an export see its tenant''s rows'
                                     ELSE 'holds an export to its tenant''s rows, whatever other policies allow' END,
                                format('CREATE POLICY %I ON %s AS %s FOR SELECT TO export_leads_reader USING (%s)',
                                       own.policy, part.relation,
                                       CASE WHEN own.permissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                                       own.condition);
        END LOOP;
        CONTINUE WHEN is_secured;
        -- While row security is disabled, a policy binds nobody and may be replaced.
        SELECT p.polpermissive AND p.polcmd = '*' AND p.polroles = '{0}'
               AND (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
                   IS NOT DISTINCT FROM ('true', 'true')
        INTO keeps_others
        FROM pg_policy AS p
        WHERE p.polrelid = part.relation AND p.polname = 'export_leads_others';
        IF NOT COALESCE(keeps_others, true) THEN
            RETURN QUERY SELECT part.relation::text, 'a policy that is not as it must be',
                                format('DROP POLICY export_leads_others ON %s', part.relation);
        END IF;
        IF keeps_others IS NOT TRUE THEN
            RETURN QUERY SELECT part.relation::text, 'keeps every other role''s access as it was before row security',
                                format('CREATE POLICY export_leads_others ON %s AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true)', part.relation);
        END IF;
    END LOOP;

    RETURN QUERY
    SELECT c.oid::regclass::text, 'row security, which does not bind the owner',
           format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', c.oid::regclass)
    FROM pg_class AS c
    WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls) AND NOT c.relrowsecurity
    ORDER BY array_position(ARRAY[configuration.leads::oid, configuration.statuses, configuration.calls], c.oid);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_table_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that give the tables what they lack, for export_leads_setup()';

-- Whether a table has the policy that set-up creates where it enables row security, and nowhere else. By it set-up
-- recognizes its own tables when its configuration is lost.
CREATE FUNCTION @extschema@._export_leads_is_secured(relation regclass)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT
                   FROM pg_policy AS p
                   WHERE p.polrelid = relation AND p.polname = 'export_leads_others' AND p.polpermissive
                     AND p.polcmd = '*' AND pg_get_expr(p.polqual, p.polrelid) = 'true'
                     AND pg_get_expr(p.polwithcheck, p.polrelid) = 'true');
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_secured(regclass) IS
    'Internal: whether row security was enabled by export_leads_setup(), as far as the table tells';

-- The site's own policies on the three tables, which are enforced where row security is enabled.
CREATE FUNCTION @extschema@._export_leads_site_policies(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, name text, is_enforced boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, format('%s.%I', c.oid::regclass, p.polname), c.relrowsecurity
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND p.polname NOT IN ('export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others');
END;
COMMENT ON FUNCTION @extschema@._export_leads_site_policies(@extschema@.export_leads_configuration) IS
    'Internal: policies that are not ours';

-- Refuses tables other than those that are set up, unless they have taken their places.
CREATE FUNCTION @extschema@._export_leads_refuse_move(tables jsonb, stored jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    decided CONSTANT regclass[] := ARRAY(SELECT t.value::regclass
                                         FROM jsonb_each_text(tables) AS t
                                         WHERE t.value <> '-');
    former text;
BEGIN
    SELECT string_agg(s.relation::text, ', ') INTO former
    FROM @extschema@._export_leads_stored_tables(stored) AS s
    WHERE NOT s.relation = ANY (decided) AND NOT (s.successor <> s.relation AND s.successor = ANY (decided));
    IF former IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('export_leads is set up on other tables: %s', former),
            HINT = 'Undo that first: SELECT * FROM @extschema@.export_leads_teardown();';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_move(jsonb, jsonb) IS
    'Internal: refuses other tables than those that export_leads_setup() had decided';

-- The site's own policy that would take something from other roles if row security, which is disabled on its table,
-- were enabled: a restrictive one, or one that reads its own table, directly or through other tables' policies, since
-- PostgreSQL then refuses the table to the roles it applies to. One row at most.
CREATE FUNCTION @extschema@._export_leads_harmful_policy(relations regclass[])
RETURNS TABLE (relation regclass, policy text, is_restrictive boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE unenforced AS (
        SELECT p.oid, p.polrelid, p.polname, p.polpermissive
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.oid = ANY (relations)
          AND NOT c.relrowsecurity
          AND p.polname NOT IN ('export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others')
    ), reading AS (
        -- The tables in the subqueries of policies that are enforced, or would be.
        SELECT p.oid, p.polrelid, t.number[1]::oid AS read
        FROM pg_policy AS p
        JOIN pg_class AS c ON c.oid = p.polrelid
        CROSS JOIN LATERAL regexp_matches(p.polqual::text, ':relid (\d+)', 'g') AS t (number)
        WHERE c.relrowsecurity OR p.oid IN (SELECT s.oid FROM unenforced AS s)
        UNION ALL
        -- And those in views, unless a view reads as an owner whom the table's policies do not bind.
        SELECT NULL, w.ev_class, t.number[1]::oid
        FROM pg_class AS v
        JOIN pg_rewrite AS w ON w.ev_class = v.oid
        JOIN pg_roles AS o ON o.oid = v.relowner
        CROSS JOIN LATERAL regexp_matches(w.ev_action::text, ':relid (\d+)', 'g') AS t (number)
        JOIN pg_class AS c ON c.oid = t.number[1]::oid AND c.oid <> v.oid
        WHERE v.relkind = 'v'
          AND v.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND (array_to_string(v.reloptions, ' ') ~* 'security_invoker=(t|y|on|1)'
               OR NOT (o.rolsuper OR o.rolbypassrls OR pg_has_role(o.oid, c.relowner, 'USAGE')))
    ), reached AS (
        SELECT s.oid, s.polrelid, r.read
        FROM unenforced AS s JOIN reading AS r ON r.oid = s.oid
        UNION
        SELECT f.oid, f.polrelid, r.read
        FROM reached AS f JOIN reading AS r ON r.polrelid = f.read
    )
    SELECT s.polrelid::regclass, s.polname::text, NOT s.polpermissive
    FROM unenforced AS s
    WHERE NOT s.polpermissive
       OR EXISTS (SELECT FROM reached AS f WHERE f.oid = s.oid AND f.read = s.polrelid)
    ORDER BY s.polpermissive, s.polname
    LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_harmful_policy(regclass[]) IS
    'Internal: a policy that would take something from other roles if row security were enabled';

-- Refuses what set-up cannot do without changing what others see.
CREATE FUNCTION @extschema@._export_leads_refuse_unsafe(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tables CONSTANT regclass[] := ARRAY[configuration.leads, configuration.statuses, configuration.calls];
    harmful record;
BEGIN
    IF (SELECT count(DISTINCT t::oid) FROM unnest(tables) AS t) < 3 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the leads, their statuses and their calls must be three tables';
    END IF;

    SELECT * INTO harmful FROM @extschema@._export_leads_harmful_policy(tables);
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format(CASE WHEN harmful.is_restrictive
                                  THEN 'enabling row security on table "%s" would wake its restrictive policy "%s"'
                                  ELSE 'enabling row security on table "%s" would wake its policy "%s", which reads '
                                       'the table itself' END,
                             harmful.relation, harmful.policy),
            DETAIL = CASE WHEN harmful.is_restrictive THEN 'Other roles would then see fewer rows than before.'
                          ELSE 'Other roles could then not read the table, for infinite recursion.' END,
            HINT = 'Drop the policy, or decide that it is to hold, and enable row security on the table yourself.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_unsafe(@extschema@.export_leads_configuration) IS
    'Internal: refuses what export_leads_setup() cannot do safely';

-- Set-up: what export_leads_setup() decides, does and reports.

-- Stores a configuration, unless it is the one that is stored already.
CREATE FUNCTION @extschema@._export_leads_store(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former @extschema@.export_leads_configuration;
BEGIN
    SELECT * INTO former FROM @extschema@.export_leads_configuration;
    IF former IS DISTINCT FROM configuration THEN
        DELETE FROM @extschema@.export_leads_configuration;
        INSERT INTO @extschema@.export_leads_configuration SELECT configuration.*;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_store(@extschema@.export_leads_configuration) IS
    'Internal: stores what export_leads_setup() decided';

-- What was decided for each field and, where set-up has just found it, what else it could have been.
CREATE FUNCTION @extschema@._export_leads_describe(decided jsonb, given jsonb, stored jsonb)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.action, t.object, t.detail,
           CASE WHEN t.argument IS NOT NULL
                THEN @extschema@._export_leads_setup_call(given || jsonb_build_object(t.object, t.argument))
                     || t.note END
    FROM (
        SELECT f.place::numeric, CASE WHEN decided ? f.field THEN 'found' ELSE 'missing' END AS action,
               f.field AS object,
               CASE WHEN decided ? f.field THEN decided ->> f.field
                    WHEN f.field = 'status_tenant' THEN 'the statuses are the same for all tenants, as set-up was told'
                    WHEN decided -> 'left_empty' ? f.field THEN 'the field stays empty, as set-up was told'
                    ELSE 'no such column was found: the field stays empty' END AS detail,
               CASE WHEN NOT decided ? f.field AND decided -> 'left_empty' ? f.field THEN NULL
                    WHEN NOT decided ? f.field THEN '...'
                    WHEN NOT given ? f.field AND stored ->> f.field IS NULL THEN other.name END AS argument,
               CASE WHEN decided ? f.field THEN ' -- the runner-up' ELSE '' END AS note
        FROM @extschema@._export_leads_fields()
             WITH ORDINALITY AS f (field, part, required, names, must_be_only, place)
        LEFT JOIN LATERAL (SELECT c.name
                           FROM unnest(@extschema@._export_leads_candidates(f.field, decided)) AS c (name)
                           WHERE c.name <> decided ->> f.field
                           LIMIT 1) AS other ON true
        -- The key of statuses is reported only where leads name their status by it.
        WHERE decided ->> f.part <> '-' AND (f.field <> 'status_key' OR decided ? f.field)
        UNION ALL
        SELECT 3.5, CASE WHEN n.is_nameless THEN 'missing' ELSE 'found' END, 'full_name', decided ->> 'full_name',
               CASE WHEN n.is_nameless THEN '...' END, ''
        FROM (SELECT NOT (decided -> 'full_name_given')::boolean AND decided -> 'name_columns' = '[]')
             AS n (is_nameless)
    ) AS t
    ORDER BY t.place;
END;
COMMENT ON FUNCTION @extschema@._export_leads_describe(jsonb, jsonb, jsonb) IS
    'Internal: the rows of export_leads_setup() that tell what it found';

-- The tables that set-up has to change, the calls first, since applications' foreign keys lead from them.
CREATE FUNCTION @extschema@._export_leads_tables_to_change(
    configuration @extschema@.export_leads_configuration, stored jsonb)
RETURNS regclass[]
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(c.relation ORDER BY c.place NULLS FIRST), '{}')
    FROM (SELECT s.relation, NULL::int AS place
          FROM @extschema@._export_leads_stored_tables(stored) AS s
          WHERE s.relation NOT IN ((configuration).leads, (configuration).statuses, (configuration).calls)
          UNION
          SELECT p.object::regclass,
                 array_position(ARRAY[(configuration).calls, (configuration).leads, (configuration).statuses],
                                p.object::regclass)
          FROM @extschema@._export_leads_table_plan(configuration) AS p) AS c;
END;
COMMENT ON FUNCTION @extschema@._export_leads_tables_to_change(@extschema@.export_leads_configuration, jsonb) IS
    'Internal: the tables that export_leads_setup() has to lock, in its order';

CREATE FUNCTION @extschema@._export_leads_setup(
    given jsonb, accepted_policies text[], mutable_policies text[], dry_run boolean)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = postgres
AS $$
#variable_conflict use_column
DECLARE
    stored jsonb;
    decided jsonb;
    configuration @extschema@.export_leads_configuration;
    former @extschema@.export_leads_configuration;
    changed regclass[];
    statement record;
    is_changed boolean := false;
BEGIN
    IF (SELECT pg_encoding_to_char(d.encoding) <> 'UTF8' FROM pg_database AS d
        WHERE d.datname = current_database()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = 'export_leads needs a database in UTF8',
            HINT = 'Dump the database and restore it into one created with ENCODING ''UTF8''.';
    END IF;
    -- Hints repeat everything that was given.
    given := given || jsonb_strip_nulls(jsonb_build_object('accepted_policies', accepted_policies,
                                                           'mutable_policies', mutable_policies));
    IF NOT dry_run THEN
        LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_lock_tables();
    END IF;
    SELECT * INTO former FROM @extschema@._export_leads_current_configuration() AS c;
    stored := CASE WHEN FOUND
                   THEN to_jsonb(former)
                        || jsonb_build_object('mapped', (SELECT to_jsonb(c)
                                                         FROM @extschema@.export_leads_configuration AS c)) END;
    BEGIN
        decided := @extschema@._export_leads_find_tables(given, stored);
        PERFORM @extschema@._export_leads_refuse_move(decided, stored);
        decided := @extschema@._export_leads_find_columns(decided, given, stored)
                   || @extschema@._export_leads_decide_rules(given, stored)
                   || @extschema@._export_leads_decide_file(given, stored)
                   || @extschema@._export_leads_decide_history(given, stored);
        configuration := jsonb_populate_record(NULL::@extschema@.export_leads_configuration,
                                               decided || '{"singleton": true, "secured": [], "dormant": [], '
                                                          '"column_numbers": [], "full_name_reads": []}');
        PERFORM @extschema@._export_leads_require_tenants_alike(configuration, given);
        PERFORM @extschema@._export_leads_require_same_tenants(former.lead_tenant, configuration.lead_tenant, given);
        IF given ? 'session_tenant' THEN
            PERFORM @extschema@._export_leads_require_session_tenant(configuration);
        END IF;
        PERFORM @extschema@._export_leads_refuse_unsafe(configuration);
        -- The functions that a given full_name calls stay as they were stored until full_name is given again.
        configuration.full_name_functions := stored ->> 'full_name_functions';
        IF given ? 'full_name' THEN
            PERFORM @extschema@._export_leads_require_one_meaning(configuration, NULL::text);
        END IF;
        IF given ? 'full_name' OR NOT configuration.full_name_given OR configuration.full_name_functions IS NULL THEN
            configuration.full_name_functions := @extschema@._export_leads_functions_of(configuration, NULL::text);
        END IF;
        IF configuration.full_name_given THEN
            configuration.full_name_reads := CASE
                WHEN given ? 'full_name' OR COALESCE(former.full_name_reads, '{}') = '{}'
                THEN @extschema@._export_leads_columns_read(configuration, NULL::text)
                ELSE former.full_name_reads END;
        END IF;
        changed := @extschema@._export_leads_tables_to_change(configuration, stored);
        -- Nothing has been written yet. This releases the locks taken by reading: while set-up waits, anyone who came
        -- to alter a table would wait for them, and everybody else behind that.
        RAISE EXCEPTION SQLSTATE 'EL000';
    EXCEPTION WHEN SQLSTATE 'EL000' THEN
        NULL;
    END;

    RETURN QUERY
    SELECT 'found', p, decided ->> p, NULL
    FROM unnest(ARRAY['leads', 'statuses', 'calls']) AS p;
    RETURN QUERY
    SELECT 'rule', r.key, r.value, NULL
    FROM jsonb_each_text(@extschema@._export_leads_decide_rules(given, stored)) AS r
    WHERE r.value NOT IN ('false', '')
    ORDER BY r.key;
    RETURN QUERY
    SELECT 'file', f.key, f.value, NULL
    FROM jsonb_each_text(@extschema@._export_leads_decide_file(given, stored)) AS f
    WHERE (f.key, f.value) NOT IN (('time_zone', 'UTC'), ('right_to_left', 'true'))
    ORDER BY f.key;
    RETURN QUERY
    SELECT 'history', h.key, h.value, NULL
    FROM jsonb_each_text(@extschema@._export_leads_decide_history(given, stored)) AS h
    WHERE (h.key, h.value) NOT IN (('keep_files', '30 days'), ('keep_rows', '1 year'), ('tenant_quota', '10737418240'),
                                   ('week_begins', '0'))
    ORDER BY h.key;
    RETURN QUERY
    SELECT * FROM @extschema@._export_leads_describe(decided, given, stored);

    IF NOT dry_run AND changed <> '{}' THEN
        PERFORM @extschema@._export_leads_lock_for_change(
            changed,
            array_remove(ARRAY[configuration.calls, configuration.leads, configuration.statuses], '-'::regclass));
        -- Checked again, since much may have happened before the tables were locked.
        PERFORM @extschema@._export_leads_refuse_unsafe(configuration);
        PERFORM @extschema@._export_leads_require_same_tenants(former.lead_tenant, configuration.lead_tenant, given);
    END IF;
    SELECT COALESCE(array_agg(p.name ORDER BY p.name), '{}') INTO configuration.dormant
    FROM @extschema@._export_leads_site_policies(configuration) AS p
    WHERE NOT p.is_enforced OR COALESCE(stored -> 'dormant', '[]') ? p.name;
    SELECT COALESCE(array_agg(c.oid::regclass ORDER BY c.oid), '{}') INTO configuration.secured
    FROM pg_class AS c
    WHERE c.oid IN (configuration.leads, configuration.statuses, configuration.calls)
      AND (NOT c.relrowsecurity OR COALESCE(stored -> 'secured', '[]') ? c.oid::regclass::text
           OR @extschema@._export_leads_is_secured(c.oid::regclass));
    configuration.table_names := @extschema@._export_leads_names_of(
        ARRAY[configuration.leads, configuration.statuses, configuration.calls]::regclass[]);
    RETURN QUERY
    SELECT 'note', n.object, n.detail, NULL
    FROM @extschema@._export_leads_notes(configuration) AS n;
    -- As where a schema was restored without its data. Who may export which tenant is among what was told.
    RETURN QUERY
    SELECT 'note', 'export_leads', 'what an earlier set-up of these tables was told is lost: give it the arguments '
                                   'that it had, and grants, columns, headers and accepted policies again', NULL
    WHERE stored IS NULL
      AND EXISTS (SELECT
                  FROM pg_policy AS p
                  WHERE p.polrelid IN (configuration.leads, configuration.statuses, configuration.calls)
                    AND p.polname IN ('export_leads_only_tenant', 'export_leads_tenant_rows'));
    configuration := @extschema@._export_leads_number_columns(configuration);
    FOR statement IN
        -- Tables that others have replaced.
        SELECT l.*
        FROM @extschema@._export_leads_stored_tables(stored) AS s
        CROSS JOIN LATERAL @extschema@._export_leads_leave_plan(former, s.relation) AS l
        WHERE s.relation NOT IN (configuration.leads, configuration.statuses, configuration.calls)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_reader_plan(configuration)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_tenant_tables_plan()
        UNION ALL
        SELECT * FROM @extschema@._export_leads_forget_all_plan(given)
        UNION ALL
        SELECT * FROM @extschema@._export_leads_table_plan(configuration)
    LOOP
        is_changed := true;
        IF NOT dry_run THEN
            EXECUTE statement.sql;
        END IF;
        RETURN QUERY
        SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, statement.sql;
    END LOOP;
    FOR statement IN
        SELECT * FROM @extschema@._export_leads_accept(configuration, accepted_policies, mutable_policies, dry_run)
    LOOP
        is_changed := true;
        RETURN QUERY
        SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, NULL;
    END LOOP;
    IF NOT dry_run THEN
        PERFORM @extschema@._export_leads_store(configuration);
        RETURN QUERY
        SELECT 'to mend', c.object, c.detail, c.remediation
        FROM @extschema@._export_leads_examine(true) AS c
        WHERE c.level = 'error';
        is_changed := is_changed OR FOUND;
    END IF;
    IF NOT is_changed THEN
        RETURN QUERY
        SELECT 'unchanged', 'export_leads', 'the reader, its grants and the policies are as they must be', NULL;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_setup(jsonb, text[], text[], boolean) IS
    'Internal: what export_leads_setup() does with what it is given';

CREATE FUNCTION @extschema@.export_leads_setup(
    leads           regclass DEFAULT NULL,
    statuses        regclass DEFAULT NULL,
    calls           regclass DEFAULT NULL,
    lead_id         text     DEFAULT NULL,
    lead_tenant     text     DEFAULT NULL,
    lead_status     text     DEFAULT NULL,
    full_name       text     DEFAULT NULL,
    phone           text     DEFAULT NULL,
    email           text     DEFAULT NULL,
    lead_created_at text     DEFAULT NULL,
    source          text     DEFAULT NULL,
    notes           text     DEFAULT NULL,
    status_tenant   text     DEFAULT NULL,
    status_name     text     DEFAULT NULL,
    status_label    text     DEFAULT NULL,
    status_key      text     DEFAULT NULL,
    status_defaults boolean  DEFAULT NULL,
    call_id         text     DEFAULT NULL,
    call_tenant     text     DEFAULT NULL,
    call_lead_id    text     DEFAULT NULL,
    call_created_at text     DEFAULT NULL,
    call_status     text     DEFAULT NULL,
    session_setting text     DEFAULT NULL,
    session_required boolean DEFAULT NULL,
    session_administrators regrole DEFAULT NULL,
    grants_required boolean  DEFAULT NULL,
    superusers_exempt boolean DEFAULT NULL,
    accepted_policies text[] DEFAULT NULL,
    mutable_policies text[]  DEFAULT NULL,
    time_zone       text     DEFAULT NULL,
    right_to_left   boolean  DEFAULT NULL,
    shown_time_zone text     DEFAULT NULL,
    session_tenant  text     DEFAULT NULL,
    keep_files      interval DEFAULT NULL,
    keep_rows       interval DEFAULT NULL,
    tenant_quota    bigint   DEFAULT NULL,
    week_begins     int      DEFAULT NULL,
    keep_history    boolean  DEFAULT NULL,
    dry_run         boolean  DEFAULT false
)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = postgres
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT *
    FROM @extschema@._export_leads_setup(jsonb_strip_nulls(jsonb_build_object(
            'leads', leads::text, 'statuses', statuses::text, 'calls', calls::text,
            'lead_id', lead_id, 'lead_tenant', lead_tenant, 'lead_status', lead_status, 'full_name', full_name,
            'phone', phone, 'email', email, 'lead_created_at', lead_created_at, 'source', source, 'notes', notes,
            'status_tenant', status_tenant, 'status_name', status_name, 'status_label', status_label,
            'status_key', status_key, 'status_defaults', status_defaults,
            'call_id', call_id, 'call_tenant', call_tenant, 'call_lead_id', call_lead_id,
            'call_created_at', call_created_at, 'call_status', call_status,
            'session_setting', session_setting, 'session_required', session_required,
            'session_administrators', CASE WHEN session_administrators = 0::oid THEN ''
                                           ELSE (SELECT r.rolname::text FROM pg_roles AS r
                                                 WHERE r.oid = session_administrators) END,
            'grants_required', grants_required, 'superusers_exempt', superusers_exempt, 'time_zone', time_zone,
            'right_to_left', right_to_left, 'shown_time_zone', shown_time_zone, 'session_tenant', session_tenant,
            'keep_files', keep_files, 'keep_rows', keep_rows, 'tenant_quota', tenant_quota,
            'week_begins', week_begins, 'keep_history', keep_history)),
        accepted_policies, mutable_policies, dry_run);
END;
COMMENT ON FUNCTION @extschema@.export_leads_setup IS
    'Finds the leads, their statuses and calls, and makes exports safe: reader role, grants, policies, row security';

-- Teardown: undoing what export_leads_setup() did.

-- Row security stays enabled where the site had it enabled before, or has come to use it itself.
CREATE FUNCTION @extschema@._export_leads_teardown(dry_run boolean)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    statement record;
    is_undone boolean := false;
BEGIN
    IF NOT dry_run THEN
        LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_lock_tables();
    END IF;
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF NOT dry_run THEN
        PERFORM @extschema@._export_leads_lock_for_change(
            ARRAY(SELECT t.relation
                  FROM @extschema@._export_leads_tables_to_leave(configuration) AS t
                  WHERE EXISTS (SELECT FROM @extschema@._export_leads_leave_plan(configuration, t.relation))
                  ORDER BY array_position(ARRAY[configuration.calls, configuration.leads], t.relation)),
            ARRAY[]::regclass[]);
    END IF;
    FOR statement IN
        SELECT * FROM @extschema@._export_leads_teardown_plan(configuration)
    LOOP
        BEGIN
            IF NOT dry_run THEN
                EXECUTE statement.sql;
            END IF;
            RETURN QUERY
            SELECT CASE WHEN dry_run THEN 'would do' ELSE 'done' END, statement.object, statement.detail, statement.sql;
            is_undone := true;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            RETURN QUERY SELECT 'kept', statement.object, 'something else still uses it', statement.sql;
        END;
    END LOOP;
    IF NOT is_undone THEN
        RETURN QUERY SELECT 'unchanged', 'export_leads', 'there is nothing to undo', NULL;
    END IF;
    IF NOT dry_run THEN
        DELETE FROM @extschema@.export_leads_configuration;
        DELETE FROM @extschema@.export_leads_accepted_policies;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_teardown(boolean) IS
    'Internal: what export_leads_teardown() does';

CREATE FUNCTION @extschema@.export_leads_teardown(dry_run boolean DEFAULT false)
RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT * FROM @extschema@._export_leads_teardown(dry_run);
END;
COMMENT ON FUNCTION @extschema@.export_leads_teardown(boolean) IS
    'Undoes export_leads_setup(): policies, row security it enabled, grants, the reader role, the configuration';

-- What undoes set-up on one of its tables.
CREATE FUNCTION @extschema@._export_leads_leave_plan(
    configuration @extschema@.export_leads_configuration, relation regclass)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    own_policies CONSTANT name[] := ARRAY['export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others'];
    is_to_disable boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation) THEN
        RETURN;
    END IF;
    -- The site's policies that were not enforced before set-up need not be enforced again. With newer ones row security
    -- stays enabled, and so does the policy that keeps others' access.
    is_to_disable := (relation = ANY (COALESCE(configuration.secured, '{}'))
                    OR @extschema@._export_leads_is_secured(relation))
        AND NOT EXISTS (SELECT FROM pg_policy AS p
                        WHERE p.polrelid = relation AND p.polname <> ALL (own_policies)
                          AND format('%s.%I', relation, p.polname) <> ALL (COALESCE(configuration.dormant, '{}')));
    IF is_to_disable THEN
        RETURN QUERY SELECT relation::text, 'row security, which set-up had enabled',
                            format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', relation);
    END IF;
    RETURN QUERY
    SELECT relation::text, 'a policy of set-up', format('DROP POLICY %I ON %s', p.polname, relation)
    FROM pg_policy AS p
    WHERE p.polrelid = relation
      AND p.polname = ANY (own_policies)
      AND (is_to_disable OR p.polname <> 'export_leads_others')
    ORDER BY p.polname;
    -- Column by column, which leaves the privileges on the table itself exactly as they were.
    RETURN QUERY
    SELECT relation::text, 'the reader''s grants',
           format('REVOKE ALL (%s) ON %s FROM export_leads_reader',
                  string_agg(quote_ident(g.column_name), ', ' ORDER BY g.column_name), relation)
    FROM @extschema@._export_leads_reader_columns(relation) AS g
    HAVING count(*) > 0;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_leave_plan(@extschema@.export_leads_configuration, regclass) IS
    'Internal: the statements that undo set-up on one table';

-- The tables that are set up, in set-up's order. If its configuration is lost, they are the tables that have its
-- policies or columns on which the reader has privileges.
CREATE FUNCTION @extschema@._export_leads_tables_to_leave(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.relation
    FROM (SELECT c.place, c.relation
          FROM unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls]::regclass[])
              WITH ORDINALITY AS c (relation, place)
          UNION ALL
          SELECT p.polrelid::bigint, p.polrelid::regclass
          FROM pg_policy AS p
          WHERE (configuration).leads IS NULL
            AND (p.polname IN ('export_leads_only_tenant', 'export_leads_tenant_rows')
                 OR @extschema@._export_leads_is_secured(p.polrelid::regclass))
          UNION ALL
          SELECT a.attrelid::bigint, a.attrelid::regclass
          FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
          WHERE (configuration).leads IS NULL AND acl.grantee = to_regrole('export_leads_reader')
            AND a.attrelid <> '@extschema@.export_leads_configuration'::regclass) AS t
    WHERE t.relation IS NOT NULL
    GROUP BY t.relation
    ORDER BY min(t.place);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tables_to_leave(@extschema@.export_leads_configuration) IS
    'Internal: the tables that export_leads_teardown() undoes set-up on';

CREATE FUNCTION @extschema@._export_leads_teardown_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reader_id CONSTANT oid := to_regrole('export_leads_reader');
BEGIN
    RETURN QUERY
    SELECT l.*
    FROM @extschema@._export_leads_tables_to_leave(configuration) AS t
    CROSS JOIN LATERAL @extschema@._export_leads_leave_plan(configuration, t.relation) AS l;
    RETURN QUERY SELECT * FROM @extschema@._export_leads_tenant_tables_teardown();
    IF reader_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT format('schema %s', n.oid::regnamespace), 'the reader''s grants',
           format('REVOKE ALL ON SCHEMA %s FROM export_leads_reader', n.oid::regnamespace)
    FROM pg_namespace AS n, aclexplode(n.nspacl) AS acl
    WHERE acl.grantee = reader_id
    ORDER BY 1;
    RETURN QUERY
    SELECT '@extschema@.export_leads_tenant()', 'the reader''s grants',
           'REVOKE ALL ON FUNCTION @extschema@.export_leads_tenant() FROM export_leads_reader'
    FROM pg_proc AS p, aclexplode(p.proacl) AS acl
    WHERE p.oid = to_regprocedure('@extschema@.export_leads_tenant()') AND acl.grantee = reader_id;
    RETURN QUERY SELECT 'export_leads_reader', 'the role that exports read as', 'DROP ROLE export_leads_reader';
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_teardown_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements of export_leads_teardown()';

-- How long the files and the rows of the history are kept, how much a tenant may keep, and when a week begins: what a
-- site tells set-up.

-- Decides these: as given, else as stored, else as the table has them by default.
CREATE FUNCTION @extschema@._export_leads_decide_history(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = postgres
AS $$
DECLARE
    decided jsonb;
    wrong text;
BEGIN
    SELECT jsonb_object_agg(r.name, COALESCE(given -> r.name, NULLIF(stored -> r.name, 'null'), r.otherwise))
    INTO decided
    FROM (VALUES ('keep_files', '"30 days"'::jsonb), ('keep_rows', '"1 year"'), ('tenant_quota', '10737418240'),
                 ('week_begins', '0'))
         AS r (name, otherwise);
    -- Days and months of any length are compared by themselves: an interval may be negative in one part only.
    SELECT k.name INTO wrong
    FROM (VALUES ('keep_files'), ('keep_rows')) AS k (name)
    CROSS JOIN LATERAL (SELECT (decided ->> k.name)::interval) AS v (value)
    WHERE least(extract(year FROM v.value), extract(month FROM v.value), extract(day FROM v.value),
                extract(hour FROM v.value), extract(minute FROM v.value), extract(second FROM v.value)) < 0
       OR v.value > interval '1000 years';
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must not be negative or longer than 1000 years', wrong),
            HINT = 'Give a time such as ''30 days'', or ''0'' to keep nothing beyond the next export_leads_purge().';
    ELSIF (decided ->> 'keep_files')::interval > (decided ->> 'keep_rows')::interval THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'files cannot be kept longer than their rows of the history',
            DETAIL = format('keep_files is %s, and keep_rows is %s.', decided ->> 'keep_files',
                            decided ->> 'keep_rows'),
            HINT = 'Let keep_rows be as long as keep_files at least.';
    ELSIF (decided ->> 'tenant_quota')::bigint < 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'tenant_quota must not be negative',
            HINT = 'Give the bytes of kept files that a tenant may have; 0 lets nothing be kept.';
    ELSIF (decided ->> 'week_begins')::int NOT BETWEEN 0 AND 6 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'week_begins must be a day from 0 (Sunday) to 6 (Saturday)',
            HINT = 'Give 0 for Sunday, or 1 for Monday.';
    END IF;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_decide_history(jsonb, jsonb) IS
    'Internal: decides how long exports are kept and when a week begins, for export_leads_setup()';

-- Tenants are known to the history by what their column prints: under another column, or after a teardown, the files
-- that one tenant had kept would be another's. A transaction that keeps its snapshot would not see what was kept since.
CREATE FUNCTION @extschema@._export_leads_require_same_tenants(former text, lead_tenant text, given jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF former IS DISTINCT FROM lead_tenant AND NOT given ? 'keep_history'
       AND (EXISTS (SELECT FROM @extschema@.export_leads_exports)
            OR EXISTS (SELECT FROM @extschema@.export_leads_schedules)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'there are exports or schedules that tenants have kept, and they may be other tenants now',
            DETAIL = CASE WHEN former IS NULL THEN 'The set-up under which they were kept is gone.'
                          ELSE format('Tenants are to be known by column "%s" instead of "%s".', lead_tenant, former)
                     END,
            HINT = 'Add keep_history => true where the same values stand for the same tenants as before. '
                   'keep_history => false removes all kept exports and schedules.';
    ELSIF former <> lead_tenant AND given -> 'keep_history' IS DISTINCT FROM 'true'
          AND current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'tenants can be known by another column in a transaction in READ COMMITTED only',
            HINT = 'Call export_leads_setup() outside of a transaction, or in one that is in READ COMMITTED.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_same_tenants(text, text, jsonb) IS
    'Internal: raises 55000 where set-up would give what a tenant has kept to another, for export_leads_setup()';

CREATE FUNCTION @extschema@._export_leads_forget_all_plan(given jsonb)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'history', 'what tenants have kept', 'DELETE FROM @extschema@.export_leads_exports'
    WHERE given -> 'keep_history' = 'false' AND EXISTS (SELECT FROM @extschema@.export_leads_exports)
    UNION ALL
    SELECT 'schedules', 'what tenants have scheduled', 'DELETE FROM @extschema@.export_leads_schedules'
    WHERE given -> 'keep_history' = 'false' AND EXISTS (SELECT FROM @extschema@.export_leads_schedules);
END;
COMMENT ON FUNCTION @extschema@._export_leads_forget_all_plan(jsonb) IS
    'Internal: the statements that remove what tenants have kept, for export_leads_setup(keep_history => false)';

-- What the reader may do with the tables of the history, of schedules and of deliveries: set-up gives it, teardown
-- takes it away, the check tells what is missing. It reads and writes them under row security, for the tenant of the
-- call. Their foreign keys, which set-up makes as well, stay.

-- The functions that the reader runs in a call for a tenant: export_leads_X() runs _export_leads_X(), and what that
-- calls.
CREATE FUNCTION @extschema@._export_leads_reader_functions()
RETURNS SETOF regprocedure
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.oid::regprocedure
    FROM unnest(ARRAY['_export_leads_caller', '_export_leads_keep', '_export_leads_latest_totals',
                      '_export_leads_totals', '_export_leads_expire',
                      '_export_leads_raise_no_export', '_export_leads_history', '_export_leads_require_saved',
                      '_export_leads_deliveries',
                      '_export_leads_count_download', '_export_leads_forget', '_export_leads_schedule',
                      '_export_leads_schedules', '_export_leads_pause', '_export_leads_unschedule',
                      '_export_leads_next_runs', '_export_leads_require_schedule', '_export_leads_checked_schedule',
                      '_export_leads_tries', '_export_leads_lock_class', '_export_leads_is_time_zone',
                      '_export_leads_is_line', '_export_leads_is_mail_address', '_export_leads_distinct_recipients',
                      '_export_leads_moment', '_export_leads_is_run_day', '_export_leads_next_run',
                      'export_leads_filename', 'export_leads_available_columns'])
         AS f (name)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads'
    ORDER BY 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_reader_functions() IS
    'Internal: the functions that the reader calls';

-- Grants the reader all of them, or revokes them.
CREATE FUNCTION @extschema@._export_leads_let_reader_call(allowed boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE (SELECT format(CASE WHEN allowed THEN 'GRANT EXECUTE ON FUNCTION %s TO export_leads_reader'
                                ELSE 'REVOKE EXECUTE ON FUNCTION %s FROM export_leads_reader' END,
                           string_agg(f.function::text, ', '))
             FROM @extschema@._export_leads_reader_functions() AS f (function));
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_let_reader_call(boolean) IS
    'Internal: lets the reader call the functions of the history, or no longer';

-- The tables that hold rows of tenants.
CREATE FUNCTION @extschema@._export_leads_tenant_tables()
RETURNS SETOF regclass
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    VALUES ('@extschema@.export_leads_exports'::regclass), ('@extschema@.export_leads_pieces'::regclass),
           ('@extschema@.export_leads_schedules'::regclass), ('@extschema@.export_leads_deliveries'::regclass);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tenant_tables() IS
    'Internal: the extension''s tables with rows of tenants';

-- Those of them whose rows belong to an export, while they lack the foreign key that says so.
CREATE FUNCTION @extschema@._export_leads_lack_foreign_key()
RETURNS SETOF regclass
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.relation
    FROM (VALUES ('@extschema@.export_leads_pieces'::regclass), ('@extschema@.export_leads_deliveries'::regclass))
         AS t (relation)
    WHERE NOT EXISTS (SELECT
                      FROM pg_constraint AS k
                      WHERE k.contype = 'f' AND k.conrelid = t.relation
                        AND k.confrelid = '@extschema@.export_leads_exports'::regclass);
END;
COMMENT ON FUNCTION @extschema@._export_leads_lack_foreign_key() IS
    'Internal: the extension''s tables that set-up has to tie to the exports, as after a restore';

-- Raises 55000 there, for what runs as the owner: without them rows would lose the export that they belong to.
CREATE FUNCTION @extschema@._export_leads_require_foreign_keys()
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN SELECT * FROM @extschema@._export_leads_lack_foreign_key() LOOP
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('table "%s" is not set up for exports that are kept', relation),
            HINT = 'Run set-up again: SELECT * FROM @extschema@.export_leads_setup();';
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_foreign_keys() IS
    'Internal: raises 55000 where one of the extension''s tables lacks its foreign key';

-- Whether one of their policies is as set-up makes it.
CREATE FUNCTION @extschema@._export_leads_is_tenant_policy(policy pg_policy)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
BEGIN ATOMIC
    SELECT (policy).polname = 'export_leads_own_tenant' AND (policy).polcmd = '*' AND (policy).polpermissive
       AND (policy).polroles = ARRAY[to_regrole('export_leads_reader')::oid]
       AND pg_get_expr((policy).polqual, (policy).polrelid) = own.condition
       AND pg_get_expr((policy).polwithcheck, (policy).polrelid) = own.condition
    FROM (VALUES ('(tenant = ( SELECT @extschema@.export_leads_tenant() AS export_leads_tenant))')) AS own (condition);
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_tenant_policy(pg_policy) IS
    'Internal: whether a policy is the one that set-up makes for the extension''s tables with rows of tenants';

-- What the reader lacks there: one row for each statement. A reader that does not exist yet lacks everything.
CREATE FUNCTION @extschema@._export_leads_tenant_tables_plan()
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH reader AS (SELECT to_regrole('export_leads_reader')::oid AS oid),
    condition AS (SELECT 'tenant = (SELECT @extschema@.export_leads_tenant())' AS text)
    SELECT 'tables of the history', 'what the history and schedules read and write',
           format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO export_leads_reader', string_agg(t.relation::text, ', '))
    FROM @extschema@._export_leads_tenant_tables() AS t (relation) CROSS JOIN reader AS r
    WHERE r.oid IS NULL
       OR EXISTS (SELECT FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
                  WHERE NOT has_table_privilege(r.oid, t.relation, p.privilege))
    HAVING count(*) > 0
    UNION ALL
    SELECT '@extschema@.export_leads_configuration', 'the rules of the history',
           'GRANT SELECT (keep_files, keep_rows, tenant_quota, week_begins, time_zone, shown_time_zone) '
           'ON @extschema@.export_leads_configuration TO export_leads_reader'
    FROM reader AS r
    WHERE r.oid IS NULL
       OR EXISTS (SELECT
                  FROM unnest(ARRAY['keep_files', 'keep_rows', 'tenant_quota', 'week_begins', 'time_zone',
                                    'shown_time_zone']) AS c (name)
                  WHERE NOT has_column_privilege(r.oid, '@extschema@.export_leads_configuration', c.name, 'SELECT'))
    UNION ALL
    SELECT 'functions of the history', 'what the reader calls',
           'SELECT @extschema@._export_leads_let_reader_call(true)'
    FROM @extschema@._export_leads_reader_functions() AS f (function) CROSS JOIN reader AS r
    WHERE r.oid IS NULL OR NOT has_function_privilege(r.oid, f.function, 'EXECUTE')
    HAVING count(*) > 0
    UNION ALL
    SELECT t.relation::text, 'a policy that is not as it must be', format('DROP POLICY %I ON %s', p.polname, t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation)
    JOIN pg_policy AS p ON p.polrelid = t.relation
    WHERE NOT p.polpermissive
       OR (p.polname = 'export_leads_own_tenant' AND NOT @extschema@._export_leads_is_tenant_policy(p))
    UNION ALL
    SELECT t.relation::text, 'holds the reader to the tenant of the call',
           format('CREATE POLICY export_leads_own_tenant ON %s FOR ALL TO export_leads_reader USING (%s) WITH CHECK (%s)',
                  t.relation, c.text, c.text)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation) CROSS JOIN condition AS c
    WHERE NOT EXISTS (SELECT FROM pg_policy AS p
                      WHERE p.polrelid = t.relation AND @extschema@._export_leads_is_tenant_policy(p))
    UNION ALL
    SELECT t.relation::text, 'row security', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation) JOIN pg_class AS c ON c.oid = t.relation
    WHERE NOT c.relrowsecurity
    UNION ALL
    SELECT t.relation::text, 'the foreign key to the exports',
           format('ALTER TABLE %s ADD FOREIGN KEY (tenant, export_id) REFERENCES %s (tenant, export_id) '
                  'ON DELETE CASCADE', t.relation, '@extschema@.export_leads_exports'::regclass)
    FROM @extschema@._export_leads_lack_foreign_key() AS t (relation);
END;
COMMENT ON FUNCTION @extschema@._export_leads_tenant_tables_plan() IS
    'Internal: what the extension''s tables, and the reader on them, lack: its statements, for export_leads_setup()';

-- What takes it away again.
CREATE FUNCTION @extschema@._export_leads_tenant_tables_teardown()
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT t.relation::text, 'a policy of set-up', format('DROP POLICY %I ON %s', p.polname, t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation)
    JOIN pg_policy AS p ON p.polrelid = t.relation AND p.polname = 'export_leads_own_tenant'
    UNION ALL
    SELECT t.relation::text, 'the reader''s grants', format('REVOKE ALL ON %s FROM export_leads_reader', t.relation)
    FROM @extschema@._export_leads_tenant_tables() AS t (relation)
    JOIN pg_class AS c ON c.oid = t.relation
    WHERE EXISTS (SELECT FROM aclexplode(c.relacl) AS acl WHERE acl.grantee = to_regrole('export_leads_reader'))
    UNION ALL
    SELECT '@extschema@.export_leads_configuration', 'the reader''s grants',
           format('REVOKE ALL (%s) ON %s FROM export_leads_reader',
                  string_agg(quote_ident(g.column_name), ', ' ORDER BY g.column_name),
                  '@extschema@.export_leads_configuration')
    FROM @extschema@._export_leads_reader_columns('@extschema@.export_leads_configuration'::regclass) AS g
    HAVING count(*) > 0
    UNION ALL
    SELECT 'functions of the history', 'the reader''s grants',
           'SELECT @extschema@._export_leads_let_reader_call(false)'
    FROM @extschema@._export_leads_reader_functions() AS f (function)
    JOIN pg_proc AS p ON p.oid = f.function
    WHERE EXISTS (SELECT FROM aclexplode(p.proacl) AS acl WHERE acl.grantee = to_regrole('export_leads_reader'))
    HAVING count(*) > 0;
END;
COMMENT ON FUNCTION @extschema@._export_leads_tenant_tables_teardown() IS
    'Internal: the statements that undo set-up on the extension''s own tables';

CREATE FUNCTION @extschema@._export_leads_check_history(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'history_not_set_up', 'warning', p.object,
           format('exports cannot be kept, scheduled or fetched again: %s is missing for %s', p.detail, p.object),
           'SELECT * FROM @extschema@.export_leads_setup();'
    FROM @extschema@._export_leads_tenant_tables_plan() AS p
    -- Without these there is another finding, which set-up mends with the same call.
    WHERE (configuration).leads IS NOT NULL AND to_regrole('export_leads_reader') IS NOT NULL
      AND to_regprocedure('@extschema@.export_leads_tenant()') IS NOT NULL
    ORDER BY p.object, p.detail
    LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_history(@extschema@.export_leads_configuration) IS
    'Internal: what the reader lacks for the history, for export_leads_check()';

-- The history: what the functions of history_by_type.sql.in run for a tenant, as the reader. Row security shows it that
-- tenant's rows only; each condition names the tenant nevertheless, so that two things would have to fail.

CREATE FUNCTION @extschema@._export_leads_schema()
RETURNS oid
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(to_regnamespace('@extschema@')::oid, 0::oid);
END;
COMMENT ON FUNCTION @extschema@._export_leads_schema() IS
    'Internal: the schema that now has the name which the functions use, 0 where none has';

CREATE FUNCTION @extschema@._export_leads_caller()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'export_leads_caller';
COMMENT ON FUNCTION @extschema@._export_leads_caller() IS
    'Internal: the role that made the call for a tenant that is running';

CREATE FUNCTION @extschema@._export_leads_inflate(compressed bytea, size int)
RETURNS bytea
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_inflate';
COMMENT ON FUNCTION @extschema@._export_leads_inflate(bytea, int) IS
    'Internal: a piece of a kept file as it was before it was stored';

-- Removes a tenant's files that are past keep_files, so that they do not count against the quota until the next
-- export_leads_purge().
CREATE FUNCTION @extschema@._export_leads_expire(tenant text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    expired uuid[];
BEGIN
    WITH marked AS (
        UPDATE @extschema@.export_leads_exports AS e
        SET state = 'expired'
        WHERE e.tenant = _export_leads_expire.tenant AND e.state = 'done'
          AND e.export_id IN (SELECT past.export_id
                              FROM @extschema@.export_leads_exports AS past
                              WHERE past.tenant = _export_leads_expire.tenant AND past.state = 'done'
                                AND past.finished_at
                                    < clock_timestamp() - (SELECT c.keep_files
                                                           FROM @extschema@.export_leads_configuration AS c)
                              FOR UPDATE SKIP LOCKED)
        RETURNING e.export_id
    )
    SELECT array_agg(m.export_id) INTO expired FROM marked AS m;
    DELETE FROM @extschema@.export_leads_pieces AS p
    WHERE p.tenant = _export_leads_expire.tenant AND p.export_id = ANY (expired);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_expire(text) IS
    'Internal: removes a tenant''s files that are kept no longer';

-- What a tenant has, as far as it is limited.
CREATE FUNCTION @extschema@._export_leads_totals(tenant text)
RETURNS TABLE (kept_bytes bigint, schedules bigint)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT (SELECT COALESCE(sum(e.size), 0)::bigint
            FROM @extschema@.export_leads_exports AS e
            WHERE e.tenant = _export_leads_totals.tenant AND e.state = 'done'),
           (SELECT count(*)
            FROM @extschema@.export_leads_schedules AS s
            WHERE s.tenant = _export_leads_totals.tenant);
END;
COMMENT ON FUNCTION @extschema@._export_leads_totals(text) IS
    'Internal: how many bytes of files and how many schedules a tenant has';

CREATE FUNCTION @extschema@._export_leads_latest_totals(tenant text)
RETURNS TABLE (kept_bytes bigint, schedules bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_latest_totals';
COMMENT ON FUNCTION @extschema@._export_leads_latest_totals(text) IS
    'Internal: what _export_leads_totals() returns in a snapshot of this moment';

-- The row of a file that is about to be stored; of the run that export_id names, or a new one. Saves of one tenant wait
-- for one another here, so that they do not fill its quota together.
CREATE FUNCTION @extschema@._export_leads_keep(
    tenant text, export_id uuid, status text, format text, columns text[], created_from text, created_to text,
    requested_by text, started_at timestamptz, lead_count bigint, size bigint, filename text, content_type text,
    sha256 bytea)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    given ALIAS FOR export_id;
    quota CONSTANT bigint := (SELECT c.tenant_quota FROM @extschema@.export_leads_configuration AS c);
    kept bigint;
    id uuid := given;
BEGIN
    IF id IS NULL AND _export_leads_keep.requested_by IS NOT NULL
       AND (char_length(_export_leads_keep.requested_by) > 200
            OR NOT @extschema@._export_leads_is_line(_export_leads_keep.requested_by)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'requested_by must be one line of at most 200 characters that is not blank',
            HINT = 'Give what the application calls its user, or NULL for nobody.';
    END IF;
    PERFORM pg_advisory_xact_lock('@extschema@.export_leads_pieces'::regclass::oid::int,
                                  hashtext(_export_leads_keep.tenant));
    PERFORM @extschema@._export_leads_expire(_export_leads_keep.tenant);
    SELECT t.kept_bytes INTO kept FROM @extschema@._export_leads_latest_totals(_export_leads_keep.tenant) AS t;
    IF kept + _export_leads_keep.size > quota THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'the file would exceed the quota of this tenant',
            DETAIL = format('It has %s, %s are kept already, and the quota is %s.',
                            pg_size_pretty(_export_leads_keep.size), pg_size_pretty(kept), pg_size_pretty(quota)),
            HINT = CASE WHEN _export_leads_keep.size > quota
                        THEN 'A superuser can raise the quota: export_leads_setup(tenant_quota => ...).'
                        ELSE 'Forget files that are no longer needed: export_leads_forget(tenant, export_id).' END;
    END IF;
    IF id IS NULL THEN
        INSERT INTO @extschema@.export_leads_exports
            (tenant, status, format, columns, created_from, created_to, requested_by, role, started_at, finished_at,
             state, lead_count, size, filename, content_type, sha256)
        VALUES (_export_leads_keep.tenant, _export_leads_keep.status, _export_leads_keep.format,
                _export_leads_keep.columns, _export_leads_keep.created_from, _export_leads_keep.created_to,
                _export_leads_keep.requested_by, @extschema@._export_leads_caller(), _export_leads_keep.started_at,
                clock_timestamp(), 'done', _export_leads_keep.lead_count, _export_leads_keep.size,
                _export_leads_keep.filename, _export_leads_keep.content_type, _export_leads_keep.sha256)
        RETURNING export_id INTO id;
    ELSE
        UPDATE @extschema@.export_leads_exports AS e
        SET finished_at = clock_timestamp(), state = 'done', lead_count = _export_leads_keep.lead_count,
            size = _export_leads_keep.size, filename = _export_leads_keep.filename,
            content_type = _export_leads_keep.content_type, sha256 = _export_leads_keep.sha256
        WHERE e.tenant = _export_leads_keep.tenant AND e.export_id = id AND e.state = 'running';
        IF NOT FOUND THEN
            PERFORM @extschema@._export_leads_raise_no_export(id);
        END IF;
    END IF;
    RETURN id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_keep(
    text, uuid, text, text, text[], text, text, text, timestamptz, bigint, bigint, text, text, bytea) IS
    'Internal: the row of a file that is about to be kept; raises 54000 beyond the quota';

CREATE FUNCTION @extschema@._export_leads_raise_no_export(export_id uuid)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'no_data_found',
        MESSAGE = format('there is no kept export %s', COALESCE(export_id::text, 'NULL')),
        HINT = 'export_leads_history() lists those of a tenant.';
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_raise_no_export(uuid) IS
    'Internal: raises P0002, which says the same for another tenant''s id';

CREATE FUNCTION @extschema@._export_leads_history(
    of_tenant text, of_status text, before timestamptz, max_rows int, only_export_id uuid)
RETURNS TABLE (
    export_id uuid, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, schedule_id uuid, started_at timestamptz, took interval, lead_count bigint, size bigint, filename text,
    content_type text, sha256 text, state text, sqlstate text, error text, downloads bigint,
    last_download timestamptz, expires_at timestamptz)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF max_rows IS NULL OR max_rows < 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN max_rows IS NULL THEN '22004' ELSE '22023' END,
            MESSAGE = 'max_rows must be a number from 1 on';
    END IF;
    RETURN QUERY
    SELECT e.export_id, e.status, e.format, e.columns, e.created_from, e.created_to, e.requested_by, e.role,
           e.schedule_id, e.started_at, e.finished_at - e.started_at, e.lead_count, e.size, e.filename, e.content_type,
           encode(e.sha256, 'hex'), e.state, e.sqlstate, e.error, e.downloads, e.last_download,
           CASE WHEN e.state = 'done' THEN e.finished_at + c.keep_files END
    FROM @extschema@.export_leads_exports AS e
    CROSS JOIN @extschema@.export_leads_configuration AS c
    WHERE e.tenant = of_tenant
      AND (of_status IS NULL OR e.status = of_status)
      AND (before IS NULL OR e.started_at < before)
      AND (only_export_id IS NULL OR e.export_id = only_export_id)
    ORDER BY e.started_at DESC, e.export_id DESC
    LIMIT max_rows;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_history(text, text, timestamptz, int, uuid) IS
    'Internal: what export_leads_history() shows';

-- What the history tells of a file that is to be read.
CREATE FUNCTION @extschema@._export_leads_require_saved(tenant text, export_id uuid)
RETURNS SETOF @extschema@.export_leads_exports
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found_export @extschema@.export_leads_exports;
BEGIN
    SELECT * INTO found_export
    FROM @extschema@.export_leads_exports AS e
    WHERE e.tenant = $1 AND e.export_id = $2;
    IF NOT FOUND THEN
        PERFORM @extschema@._export_leads_raise_no_export($2);
    ELSIF found_export.state <> 'done' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format(CASE found_export.state WHEN 'running' THEN 'export %s is still running'
                                                     WHEN 'failed' THEN 'export %s failed and has no file'
                                                     ELSE 'the file of export %s is no longer kept' END, $2),
            HINT = 'Export again.';
    ELSIF found_export.size > 0
          AND NOT EXISTS (SELECT
                          FROM @extschema@.export_leads_pieces AS p
                          WHERE p.tenant = $1 AND p.export_id = $2) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('the file of export %s is not in this database', $2),
            DETAIL = 'Its row was restored from a dump without the files.',
            HINT = 'Export again.';
    END IF;
    RETURN NEXT found_export;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_saved(text, uuid) IS
    'Internal: the row of a file that is to be read; raises P0002';

-- Whoever reads a file waits for nobody: where two do at once, one may go uncounted.
CREATE FUNCTION @extschema@._export_leads_count_download(tenant text, export_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE @extschema@.export_leads_exports AS e
    SET downloads = e.downloads + 1, last_download = clock_timestamp()
    WHERE e.tenant = $1
      AND e.export_id = (SELECT c.export_id
                         FROM @extschema@.export_leads_exports AS c
                         WHERE c.tenant = $1 AND c.export_id = $2
                         FOR NO KEY UPDATE SKIP LOCKED);
EXCEPTION WHEN serialization_failure THEN
    NULL; -- another has counted its own since this transaction's snapshot
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_count_download(text, uuid) IS
    'Internal: counts that a kept file was fetched';

CREATE FUNCTION @extschema@._export_leads_forget(tenant text, export_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF $2 IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'export_id must not be null';
    END IF;
    DELETE FROM @extschema@.export_leads_exports AS e
    WHERE e.tenant = $1 AND e.export_id = $2 AND e.state <> 'running';
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM @extschema@.export_leads_exports AS e WHERE e.tenant = $1 AND e.export_id = $2) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'object_in_use',
                MESSAGE = format('export %s is still running', $2);
        END IF;
        PERFORM @extschema@._export_leads_raise_no_export($2);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_forget(text, uuid) IS
    'Internal: what export_leads_forget() does';

-- Removes what retention no longer keeps, for all tenants: files after keep_files, and rows after keep_rows.
CREATE FUNCTION @extschema@._export_leads_purge()
RETURNS TABLE (tenant text, files bigint, bytes bigint, rows bigint)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    rules @extschema@.export_leads_configuration;
BEGIN
    SELECT * INTO rules FROM @extschema@.export_leads_configuration;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM @extschema@._export_leads_require_closed_schema();
    PERFORM @extschema@._export_leads_require_foreign_keys();
    RETURN QUERY
    WITH past AS (
        SELECT e.export_id, e.tenant, e.state = 'done' AS has_file, e.size,
               e.started_at < clock_timestamp() - rules.keep_rows AND e.state <> 'running' AS goes
        FROM @extschema@.export_leads_exports AS e
        WHERE e.state = 'done' AND e.finished_at < clock_timestamp() - rules.keep_files
           OR e.state <> 'running' AND e.started_at < clock_timestamp() - rules.keep_rows
        FOR UPDATE SKIP LOCKED
    ), removed AS (
        DELETE FROM @extschema@.export_leads_exports AS e USING past AS p WHERE e.export_id = p.export_id AND p.goes
    ), expired AS (
        UPDATE @extschema@.export_leads_exports AS e
        SET state = 'expired'
        FROM past AS p
        WHERE e.export_id = p.export_id AND NOT p.goes
    ), pieces AS (
        DELETE FROM @extschema@.export_leads_pieces AS f USING past AS p WHERE f.export_id = p.export_id AND NOT p.goes
    )
    SELECT p.tenant, count(*) FILTER (WHERE p.has_file), COALESCE(sum(p.size) FILTER (WHERE p.has_file), 0)::bigint,
           count(*) FILTER (WHERE p.goes)
    FROM past AS p
    GROUP BY p.tenant
    ORDER BY p.tenant;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_purge() IS
    'Internal: what export_leads_purge() does';

CREATE FUNCTION @extschema@.export_leads_purge()
RETURNS TABLE (tenant text, files bigint, bytes bigint, rows bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_purge() IS
    'Removes what is kept no longer, and returns what that was, a row for each tenant';

-- The history of tenants of type bigint; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_save(
    tenant bigint,
    status text,
    format text DEFAULT 'csv',
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL,
    requested_by text DEFAULT NULL
)
RETURNS TABLE (export_id uuid, filename text, content_type text, lead_count bigint, size bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_save';
COMMENT ON FUNCTION @extschema@.export_leads_save(
    tenant bigint, status text, format text, columns text[],
    created_from @extschema@.export_leads_time_bound, created_to @extschema@.export_leads_time_bound,
    requested_by text) IS
    'Exports, and keeps the file in the history instead of returning it';

CREATE FUNCTION @extschema@.export_leads_history(
    tenant bigint,
    status text DEFAULT NULL,
    before timestamptz DEFAULT NULL,
    max_rows int DEFAULT 50,
    export_id uuid DEFAULT NULL
)
RETURNS TABLE (
    export_id uuid, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, schedule_id uuid, started_at timestamptz, took interval, lead_count bigint, size bigint, filename text,
    content_type text, sha256 text, state text, sqlstate text, error text, downloads bigint,
    last_download timestamptz, expires_at timestamptz)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_history(
    tenant bigint, status text, before timestamptz, max_rows int, export_id uuid) IS
    'The exports of a tenant that were kept, the newest first, or one of them';

CREATE FUNCTION @extschema@.export_leads_saved(
    tenant bigint,
    export_id uuid
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_saved';
COMMENT ON FUNCTION @extschema@.export_leads_saved(tenant bigint, export_id uuid) IS
    'A kept file, byte for byte';

CREATE FUNCTION @extschema@.export_leads_saved_pieces(
    tenant bigint,
    export_id uuid,
    first_byte bigint DEFAULT 0,
    bytes bigint DEFAULT NULL
)
RETURNS SETOF bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_saved_pieces';
COMMENT ON FUNCTION @extschema@.export_leads_saved_pieces(
    tenant bigint, export_id uuid, first_byte bigint, bytes bigint) IS
    'The bytes of a kept file, or a part of them, in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_forget(
    tenant bigint,
    export_id uuid
)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_forget(tenant bigint, export_id uuid) IS
    'Removes an export from the history, with its file';

-- The history of tenants of type uuid; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_save(
    tenant uuid,
    status text,
    format text DEFAULT 'csv',
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL,
    requested_by text DEFAULT NULL
)
RETURNS TABLE (export_id uuid, filename text, content_type text, lead_count bigint, size bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_save';
COMMENT ON FUNCTION @extschema@.export_leads_save(
    tenant uuid, status text, format text, columns text[],
    created_from @extschema@.export_leads_time_bound, created_to @extschema@.export_leads_time_bound,
    requested_by text) IS
    'Exports, and keeps the file in the history instead of returning it';

CREATE FUNCTION @extschema@.export_leads_history(
    tenant uuid,
    status text DEFAULT NULL,
    before timestamptz DEFAULT NULL,
    max_rows int DEFAULT 50,
    export_id uuid DEFAULT NULL
)
RETURNS TABLE (
    export_id uuid, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, schedule_id uuid, started_at timestamptz, took interval, lead_count bigint, size bigint, filename text,
    content_type text, sha256 text, state text, sqlstate text, error text, downloads bigint,
    last_download timestamptz, expires_at timestamptz)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_history(
    tenant uuid, status text, before timestamptz, max_rows int, export_id uuid) IS
    'The exports of a tenant that were kept, the newest first, or one of them';

CREATE FUNCTION @extschema@.export_leads_saved(
    tenant uuid,
    export_id uuid
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_saved';
COMMENT ON FUNCTION @extschema@.export_leads_saved(tenant uuid, export_id uuid) IS
    'A kept file, byte for byte';

CREATE FUNCTION @extschema@.export_leads_saved_pieces(
    tenant uuid,
    export_id uuid,
    first_byte bigint DEFAULT 0,
    bytes bigint DEFAULT NULL
)
RETURNS SETOF bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_saved_pieces';
COMMENT ON FUNCTION @extschema@.export_leads_saved_pieces(
    tenant uuid, export_id uuid, first_byte bigint, bytes bigint) IS
    'The bytes of a kept file, or a part of them, in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_forget(
    tenant uuid,
    export_id uuid
)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_forget(tenant uuid, export_id uuid) IS
    'Removes an export from the history, with its file';

-- The history of tenants of type text; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_save(
    tenant text,
    status text,
    format text DEFAULT 'csv',
    columns text[] DEFAULT NULL,
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,
    created_to @extschema@.export_leads_time_bound DEFAULT NULL,
    requested_by text DEFAULT NULL
)
RETURNS TABLE (export_id uuid, filename text, content_type text, lead_count bigint, size bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_save';
COMMENT ON FUNCTION @extschema@.export_leads_save(
    tenant text, status text, format text, columns text[],
    created_from @extschema@.export_leads_time_bound, created_to @extschema@.export_leads_time_bound,
    requested_by text) IS
    'Exports, and keeps the file in the history instead of returning it';

CREATE FUNCTION @extschema@.export_leads_history(
    tenant text,
    status text DEFAULT NULL,
    before timestamptz DEFAULT NULL,
    max_rows int DEFAULT 50,
    export_id uuid DEFAULT NULL
)
RETURNS TABLE (
    export_id uuid, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, schedule_id uuid, started_at timestamptz, took interval, lead_count bigint, size bigint, filename text,
    content_type text, sha256 text, state text, sqlstate text, error text, downloads bigint,
    last_download timestamptz, expires_at timestamptz)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_history(
    tenant text, status text, before timestamptz, max_rows int, export_id uuid) IS
    'The exports of a tenant that were kept, the newest first, or one of them';

CREATE FUNCTION @extschema@.export_leads_saved(
    tenant text,
    export_id uuid
)
RETURNS TABLE (filename text, content_type text, lead_count bigint, body bytea)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_saved';
COMMENT ON FUNCTION @extschema@.export_leads_saved(tenant text, export_id uuid) IS
    'A kept file, byte for byte';

CREATE FUNCTION @extschema@.export_leads_saved_pieces(
    tenant text,
    export_id uuid,
    first_byte bigint DEFAULT 0,
    bytes bigint DEFAULT NULL
)
RETURNS SETOF bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_saved_pieces';
COMMENT ON FUNCTION @extschema@.export_leads_saved_pieces(
    tenant text, export_id uuid, first_byte bigint, bytes bigint) IS
    'The bytes of a kept file, or a part of them, in pieces, for files of any size';

CREATE FUNCTION @extschema@.export_leads_forget(
    tenant text,
    export_id uuid
)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_forget(tenant text, export_id uuid) IS
    'Removes an export from the history, with its file';

-- A schedule's run: its row of the history was there, as 'running', before the export began.

CREATE FUNCTION @extschema@._export_leads_save_for(
    of_tenant text, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, export_id uuid)
RETURNS bigint
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_save_for';
COMMENT ON FUNCTION @extschema@._export_leads_save_for(text, text, text, text[], text, text, text, text, uuid) IS
    'Internal: exports on behalf of a role, and keeps the file in a row of the history that is there';

-- Makes the export that a run has begun, and returns how many leads it has. Raises 42501 where the role that made the
-- schedule is gone, may no longer save exports, or lacks a grant for the tenant.
CREATE FUNCTION @extschema@._export_leads_run_claimed(export_id uuid)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    run @extschema@.export_leads_exports;
BEGIN
    SELECT * INTO run
    FROM @extschema@.export_leads_exports AS e
    WHERE e.export_id = $1 AND e.state = 'running'
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM @extschema@._export_leads_raise_no_export($1);
    ELSIF NOT EXISTS (SELECT
                      FROM @extschema@._export_leads_application_functions() AS f
                      JOIN pg_proc AS p ON p.oid = f.function AND p.proname = 'export_leads_save'
                      JOIN pg_roles AS r ON r.rolname = run.role
                      WHERE has_function_privilege(r.oid, p.oid, 'EXECUTE')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role "%s", which made this schedule, may no longer export', run.role),
            HINT = 'Let it export again with @extschema@.export_leads_allow(), or have another make the schedule anew.';
    END IF;
    RETURN @extschema@._export_leads_save_for(run.tenant, run.status, run.format, run.columns, run.created_from,
                                              run.created_to, run.requested_by, run.role, run.export_id);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_run_claimed(uuid) IS
    'Internal: makes the export that a schedule''s run has begun';

-- Which roles may deliver: a mailer's role is granted the functions that a mailer calls, at once. They are the owner's,
-- run as the owner, and reach the deliveries of all tenants and nothing else.

CREATE FUNCTION @extschema@._export_leads_mailer_functions()
RETURNS regprocedure[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(p.oid::regprocedure ORDER BY p.oid)
    FROM unnest(ARRAY['export_leads_claim_deliveries', 'export_leads_delivery_file', 'export_leads_delivery_done',
                      'export_leads_delivery_failed', 'export_leads_next_delivery'])
         AS f (name)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_mailer_functions() IS
    'Internal: what export_leads_allow_mailer() and export_leads_forbid_mailer() are about';

CREATE FUNCTION @extschema@.export_leads_allow_mailer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_give(role, @extschema@._export_leads_mailer_functions(), 'deliver exports'::text,
                                          'Name the role that the mailer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_allow_mailer(regrole) IS
    'Lets a mailer''s role, and whoever has its privileges, take the files that are to be delivered, of all tenants';

CREATE FUNCTION @extschema@.export_leads_forbid_mailer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_take(role, @extschema@._export_leads_mailer_functions(), 'deliver exports'::text,
                                          'Name the role that the mailer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_forbid_mailer(regrole) IS
    'Takes back what export_leads_allow_mailer() gave';

-- What a mailer calls. It claims deliveries for as long as a lease lasts, fetches each one's file, sends it, and says
-- how that went. Each claim counts as an attempt, whose number the mailer gives back: when its lease has ended and
-- another mailer has taken over, what it says changes nothing. A mail may be sent by both then, which is why each
-- delivery has one id for all its attempts.

-- What is kept of an error: at most 500 characters, none of which moves a terminal's cursor or begins a new line.
CREATE FUNCTION @extschema@._export_leads_printable_error(error text)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT substr(regexp_replace(error, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', ' ', 'g'), 1, 500);
END;
COMMENT ON FUNCTION @extschema@._export_leads_printable_error(text) IS
    'Internal: the beginning of an error, without control characters';

-- The deliveries whose time has come, earliest first. One whose file has expired or is gone fails at once. Deliveries
-- that another mailer is claiming at the same moment are passed over.
CREATE FUNCTION @extschema@._export_leads_claim_deliveries(
    max_rows int,
    lease interval
)
RETURNS TABLE (
    delivery_id uuid,
    attempt int,
    tenant text,
    export_id uuid,
    recipient text,
    name text,
    status text,
    format text,
    filename text,
    content_type text,
    lead_count bigint,
    size bigint,
    sha256 text,
    created_from text,
    created_to text,
    requested_by text,
    exported_at timestamptz
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    ids uuid[];
BEGIN
    IF max_rows IS NULL OR lease IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = CASE WHEN max_rows IS NULL THEN 'max_rows must not be null' ELSE 'lease must not be null' END;
    ELSIF max_rows NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'max_rows must be from 1 to 1000';
    ELSIF lease NOT BETWEEN interval '1 second' AND interval '1 day' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'lease must be from 1 second to 1 day',
            HINT = 'Give the longest time that sending these mails and saying so may take.';
    END IF;

    PERFORM @extschema@._export_leads_require_closed_schema();
    ids := ARRAY(SELECT d.delivery_id
                 FROM @extschema@.export_leads_deliveries AS d
                 JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
                 WHERE d.state = 'waiting' AND d.next_attempt <= moment
                   AND (d.leased_until IS NULL OR d.leased_until <= moment)
                   AND e.state <> 'running'
                   AND (e.state <> 'done'
                        OR (e.size > 0 AND NOT EXISTS (SELECT
                                                       FROM @extschema@.export_leads_pieces AS p
                                                       WHERE p.export_id = d.export_id AND p.first_byte = 0)))
                 FOR UPDATE OF d SKIP LOCKED);
    UPDATE @extschema@.export_leads_deliveries AS d
    SET state = 'failed', error = 'the file is no longer kept', leased_until = NULL, next_attempt = moment
    WHERE d.delivery_id = ANY (ids);

    -- In an array first: an UPDATE that joins the rows as it locks them may lock more than it was told to.
    ids := ARRAY(SELECT d.delivery_id
                 FROM @extschema@.export_leads_deliveries AS d
                 JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
                 WHERE d.state = 'waiting' AND d.next_attempt <= moment
                   AND (d.leased_until IS NULL OR d.leased_until <= moment)
                   AND e.state = 'done'
                 ORDER BY d.next_attempt, d.created_at
                 LIMIT max_rows
                 FOR UPDATE OF d SKIP LOCKED);
    RETURN QUERY
    UPDATE @extschema@.export_leads_deliveries AS d
    SET leased_until = moment + lease, attempts = d.attempts + 1
    FROM @extschema@.export_leads_exports AS e
    WHERE d.delivery_id = ANY (ids) AND e.tenant = d.tenant AND e.export_id = d.export_id
    RETURNING d.delivery_id, d.attempts, d.tenant, d.export_id, d.recipient, d.name, e.status, e.format, e.filename,
              e.content_type, e.lead_count, e.size, encode(e.sha256, 'hex'), e.created_from, e.created_to,
              e.requested_by, e.finished_at;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_claim_deliveries(int, interval) IS
    'Internal: what export_leads_claim_deliveries() does';

CREATE FUNCTION @extschema@.export_leads_claim_deliveries(
    max_rows int DEFAULT 10,
    lease interval DEFAULT '5 minutes'
)
RETURNS TABLE (
    delivery_id uuid,
    attempt int,
    tenant text,
    export_id uuid,
    recipient text,
    name text,
    status text,
    format text,
    filename text,
    content_type text,
    lead_count bigint,
    size bigint,
    sha256 text,
    created_from text,
    created_to text,
    requested_by text,
    exported_at timestamptz
)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_claim_deliveries(int, interval) IS
    'Leases deliveries that are due to the calling mailer, which has to say how each went before the lease ends';

-- The bytes of a delivery's file from first_byte on, in pieces. Raises P0002 when the lease of that attempt has ended
-- or the file is no longer kept, XX001 when pieces of it are missing or damaged.
CREATE FUNCTION @extschema@._export_leads_delivery_file(delivery_id uuid, attempt int, first_byte bigint)
RETURNS SETOF bytea
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted CONSTANT bigint := _export_leads_delivery_file.first_byte;
    piece record;
    body bytea;
    next_byte bigint;
    file_size bigint;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'first_byte must not be null';
    END IF;
    -- One query, which sees a file that retention takes away meanwhile either whole or not at all.
    FOR piece IN
        SELECT e.state, e.size AS file_size, p.first_byte, p.size, p.compressed
        FROM @extschema@.export_leads_deliveries AS d
        JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
        LEFT JOIN @extschema@.export_leads_pieces AS p
            ON p.tenant = d.tenant AND p.export_id = d.export_id AND p.first_byte + p.size > wanted
        WHERE d.delivery_id = _export_leads_delivery_file.delivery_id
          AND d.attempts = _export_leads_delivery_file.attempt
          AND d.state = 'waiting'
          AND d.leased_until > clock_timestamp()
        ORDER BY p.first_byte
    LOOP
        IF piece.state <> 'done' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'no_data_found',
                MESSAGE = 'the file is no longer kept';
        ELSIF file_size IS NULL THEN
            file_size := piece.file_size;
            IF wanted NOT BETWEEN 0 AND file_size THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('first_byte must be from 0 to %s, the size of the file', file_size);
            END IF;
            next_byte := wanted;
        END IF;
        CONTINUE WHEN piece.first_byte IS NULL;
        body := @extschema@._export_leads_inflate(piece.compressed, piece.size);
        -- Only the first piece may begin before the byte that is next.
        EXIT WHEN length(body) <> piece.size OR piece.first_byte > next_byte
               OR (piece.first_byte < next_byte AND next_byte <> wanted);
        RETURN NEXT CASE WHEN piece.first_byte < wanted
                         THEN substring(body FROM (wanted - piece.first_byte)::int + 1) ELSE body END;
        next_byte := piece.first_byte + piece.size;
    END LOOP;
    IF file_size IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('delivery %s is not leased to attempt %s', delivery_id, attempt),
            HINT = 'Claim it again: its lease has ended.';
    ELSIF next_byte <> file_size THEN
        RAISE EXCEPTION USING
            ERRCODE = 'data_corrupted',
            MESSAGE = 'a part of the file is missing or damaged';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_delivery_file(uuid, int, bigint) IS
    'Internal: what export_leads_delivery_file() does';

CREATE FUNCTION @extschema@.export_leads_delivery_file(delivery_id uuid, attempt int, first_byte bigint DEFAULT 0)
RETURNS SETOF bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_delivery_file(uuid, int, bigint) IS
    'The file of a delivery, in pieces, while the lease of that attempt lasts';

CREATE FUNCTION @extschema@._export_leads_delivery_done(delivery_id uuid, attempt int)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_closed_schema();
    UPDATE @extschema@.export_leads_deliveries AS d
    SET state = 'sent', sent_at = clock_timestamp(), leased_until = NULL, error = NULL
    WHERE d.delivery_id = _export_leads_delivery_done.delivery_id
      AND d.attempts = _export_leads_delivery_done.attempt
      AND d.state = 'waiting'
      AND d.leased_until IS NOT NULL;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_delivery_done(uuid, int) IS
    'Internal: what export_leads_delivery_done() does';

CREATE FUNCTION @extschema@.export_leads_delivery_done(delivery_id uuid, attempt int)
RETURNS boolean
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_delivery_done(uuid, int) IS
    'Records that a delivery was sent; false if the lease ended and another mailer took over';

-- next_attempt of a delivery that was given up is the moment when that was.
CREATE FUNCTION @extschema@._export_leads_delivery_failed(
    delivery_id uuid,
    attempt int,
    error text,
    pause interval
)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF error IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'error must not be null',
            HINT = 'Give the words of the server that refused, or what else went wrong.';
    ELSIF pause NOT BETWEEN interval '0' AND interval '30 days' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'pause must be from 0 to 30 days',
            HINT = 'NULL gives the delivery up.';
    END IF;
    PERFORM @extschema@._export_leads_require_closed_schema();
    UPDATE @extschema@.export_leads_deliveries AS d
    SET state = CASE WHEN pause IS NULL THEN 'failed' ELSE 'waiting' END,
        error = @extschema@._export_leads_printable_error(_export_leads_delivery_failed.error),
        next_attempt = clock_timestamp() + COALESCE(pause, interval '0'),
        leased_until = NULL
    WHERE d.delivery_id = _export_leads_delivery_failed.delivery_id
      AND d.attempts = _export_leads_delivery_failed.attempt
      AND d.state = 'waiting'
      AND d.leased_until IS NOT NULL;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_delivery_failed(uuid, int, text, interval) IS
    'Internal: what export_leads_delivery_failed() does';

CREATE FUNCTION @extschema@.export_leads_delivery_failed(
    delivery_id uuid,
    attempt int,
    error text,
    pause interval DEFAULT NULL
)
RETURNS boolean
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_delivery_failed(uuid, int, text, interval) IS
    'Records why a delivery failed, and after which pause to try again, NULL to give up; false as for done';

CREATE FUNCTION @extschema@._export_leads_next_delivery()
RETURNS interval
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN first.moment IS NOT NULL THEN greatest(first.moment - clock_timestamp(), interval '0') END
    FROM (SELECT min(greatest(d.next_attempt, d.leased_until)) AS moment
          FROM @extschema@.export_leads_deliveries AS d
          JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
          WHERE d.state = 'waiting' AND e.state <> 'running') AS first;
END;
COMMENT ON FUNCTION @extschema@._export_leads_next_delivery() IS
    'Internal: what export_leads_next_delivery() does';

CREATE FUNCTION @extschema@.export_leads_next_delivery()
RETURNS interval
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_next_delivery() IS
    'How long until there may be a delivery to claim; NULL if none is waiting';

-- What became of deliveries: for the tenant's application, and for the check.

CREATE FUNCTION @extschema@._export_leads_deliveries(tenant text, export_id uuid)
RETURNS TABLE (
    recipient text,
    state text,
    attempts int,
    sent_at timestamptz,
    error text,
    next_attempt timestamptz
)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF export_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'export_id must not be null';
    ELSIF NOT EXISTS (SELECT
                      FROM @extschema@.export_leads_exports AS e
                      WHERE e.tenant = _export_leads_deliveries.tenant
                        AND e.export_id = _export_leads_deliveries.export_id) THEN
        PERFORM @extschema@._export_leads_raise_no_export(export_id);
    END IF;
    RETURN QUERY
    SELECT d.recipient, d.state, d.attempts, d.sent_at, d.error,
           CASE d.state WHEN 'waiting' THEN greatest(d.next_attempt, d.leased_until) END
    FROM @extschema@.export_leads_deliveries AS d
    WHERE d.tenant = _export_leads_deliveries.tenant AND d.export_id = _export_leads_deliveries.export_id
    ORDER BY d.created_at, d.recipient, d.delivery_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_deliveries(text, uuid) IS
    'Internal: what export_leads_deliveries() does, as the reader';

CREATE FUNCTION @extschema@._export_leads_check_deliveries(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'delivery_failed', 'warning', '@extschema@.export_leads_deliveries',
           format('%s of the deliveries of the last 7 days failed; the last one: %s', count(*),
                  (array_agg(d.error ORDER BY d.next_attempt DESC, d.delivery_id))[1]),
           'UPDATE @extschema@.export_leads_deliveries SET state = ''waiting'', attempts = 0, next_attempt = now() '
           'WHERE state = ''failed'' AND next_attempt > now() - interval ''7 days''; NOTIFY export_leads_deliveries; '
           '-- sends them again, once the cause is mended'
    FROM @extschema@.export_leads_deliveries AS d
    WHERE d.state = 'failed' AND d.next_attempt > now() - interval '7 days'
    HAVING count(*) > 0
    UNION ALL
    SELECT 'deliveries_late', 'warning', '@extschema@.export_leads_deliveries',
           format('deliveries that are late by more than an hour: %s; either no mailer runs, or it reaches no mail '
                  'server, which its log says', count(*)),
           '-- start the mailer, or read its log'
    FROM @extschema@.export_leads_deliveries AS d
    WHERE d.state = 'waiting' AND greatest(d.next_attempt, d.leased_until) < now() - interval '1 hour'
    HAVING count(*) > 0;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_deliveries(@extschema@.export_leads_configuration) IS
    'Internal: deliveries that failed or that nobody takes, for export_leads_check()';

-- The deliveries of a kept export, for tenants of type bigint.

CREATE FUNCTION @extschema@.export_leads_deliveries(tenant bigint, export_id uuid)
RETURNS TABLE (
    recipient text,
    state text,
    attempts int,
    sent_at timestamptz,
    error text,
    next_attempt timestamptz
)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_deliveries(bigint, uuid) IS
    'To whom a kept export was or will be delivered, and what became of it';

-- The deliveries of a kept export, for tenants of type uuid.

CREATE FUNCTION @extschema@.export_leads_deliveries(tenant uuid, export_id uuid)
RETURNS TABLE (
    recipient text,
    state text,
    attempts int,
    sent_at timestamptz,
    error text,
    next_attempt timestamptz
)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_deliveries(uuid, uuid) IS
    'To whom a kept export was or will be delivered, and what became of it';

-- The deliveries of a kept export, for tenants of type text.

CREATE FUNCTION @extschema@.export_leads_deliveries(tenant text, export_id uuid)
RETURNS TABLE (
    recipient text,
    state text,
    attempts int,
    sent_at timestamptz,
    error text,
    next_attempt timestamptz
)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_deliveries(text, uuid) IS
    'To whom a kept export was or will be delivered, and what became of it';

-- When schedules run: at a local time of some days, in a time zone whose clocks may be changed.

-- The first moment at which the clocks of a zone show a local time or a later one: where it comes twice, the first of
-- the two; where a change of the clocks skips it, the moment of the change.
-- PostgreSQL takes a time that comes twice for the second, and reads one that is skipped by the clocks before the
-- change, which is as late after it as the time was after the gap's beginning. Between them there is one change.
CREATE FUNCTION @extschema@._export_leads_moment(local_time timestamp, time_zone text)
RETURNS timestamptz
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    late timestamptz := local_time AT TIME ZONE time_zone;
    early timestamptz;
    middle timestamptz;
BEGIN
    IF late AT TIME ZONE time_zone = local_time THEN
        -- By the clocks of the day before.
        early := late - interval '1 day';
        early := (local_time - (early AT TIME ZONE time_zone - early AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC';
        RETURN CASE WHEN early AT TIME ZONE time_zone = local_time THEN least(early, late) ELSE late END;
    END IF;
    -- Clocks are changed at whole seconds.
    early := date_trunc('second', late) - (late AT TIME ZONE time_zone - local_time) - interval '1 second';
    early := date_trunc('second', early);
    late := date_trunc('second', late);
    WHILE late - early > interval '1 second' LOOP
        middle := early + make_interval(secs => floor(extract(epoch FROM late - early) / 2)::float8);
        IF middle AT TIME ZONE time_zone >= local_time THEN
            late := middle;
        ELSE
            early := middle;
        END IF;
    END LOOP;
    RETURN late;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_moment(timestamp, text) IS
    'Internal: the first moment at which clocks show a local time or a later one';

-- Whether a schedule runs on a day: weekdays are 0 (Sunday) to 6, and 7 for Sunday; month_days 1 to 31, and -1 for the
-- last. As in cron, a day need match only one where both are given; every day matches where none is.
CREATE FUNCTION @extschema@._export_leads_is_run_day(day date, weekdays int[], month_days int[])
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT (weekdays IS NULL AND month_days IS NULL)
        OR COALESCE(extract(dow FROM day)::int = ANY (weekdays), false)
        OR COALESCE(extract(isodow FROM day)::int = ANY (weekdays), false)
        OR COALESCE(extract(day FROM day)::int = ANY (month_days), false)
        OR COALESCE(-1 = ANY (month_days) AND extract(day FROM day + 1) = 1, false);
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_run_day(date, int[], int[]) IS
    'Internal: whether a schedule runs on a day';

-- The first run strictly after a moment. Days of the month that a month does not have are no runs. A run on the 31st
-- may be 62 days away, one that falls into a day which a zone has skipped is at the end of that day.
CREATE FUNCTION @extschema@._export_leads_next_run(
    at time, weekdays int[], month_days int[], time_zone text, after timestamptz)
RETURNS timestamptz
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT min(r.moment)
    FROM (SELECT (after AT TIME ZONE time_zone)::date + n AS day FROM generate_series(0, 64) AS n) AS d
    CROSS JOIN LATERAL (SELECT @extschema@._export_leads_moment(d.day + at, time_zone) AS moment
                        WHERE @extschema@._export_leads_is_run_day(d.day, weekdays, month_days)) AS r
    WHERE r.moment > after;
END;
COMMENT ON FUNCTION @extschema@._export_leads_next_run(time, int[], int[], text, timestamptz) IS
    'Internal: the first run of a schedule after a moment';

-- The last run that is not after a moment.
CREATE FUNCTION @extschema@._export_leads_last_run(
    at time, weekdays int[], month_days int[], time_zone text, until timestamptz)
RETURNS timestamptz
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT max(r.moment)
    FROM (SELECT (until AT TIME ZONE time_zone)::date - n AS day FROM generate_series(-1, 64) AS n) AS d
    CROSS JOIN LATERAL (SELECT @extschema@._export_leads_moment(d.day + at, time_zone) AS moment
                        WHERE @extschema@._export_leads_is_run_day(d.day, weekdays, month_days)) AS r
    WHERE r.moment <= until;
END;
COMMENT ON FUNCTION @extschema@._export_leads_last_run(time, int[], int[], text, timestamptz) IS
    'Internal: the last run of a schedule until a moment';

-- The creation times that a run exports, from created_from and before created_to: the day, week or month before the one
-- that the run is in, by the clocks of its zone, or from the last success's moment to this one; without a period, all
-- leads. A NULL is no bound: a schedule without a success so far exports all that there was until now.
CREATE FUNCTION @extschema@._export_leads_period_bounds(
    period text, due timestamptz, time_zone text, week_begins int, last_success timestamptz)
RETURNS TABLE (created_from timestamptz, created_to timestamptz)
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN period = 'since_last_success' THEN last_success
                WHEN period IS NOT NULL
                THEN @extschema@._export_leads_moment(b.upper_bound - ('1 ' || period)::interval, time_zone) END,
           CASE WHEN period = 'since_last_success' THEN due
                WHEN period IS NOT NULL THEN @extschema@._export_leads_moment(b.upper_bound, time_zone) END
    FROM (SELECT date_trunc('day', due AT TIME ZONE time_zone) AS day) AS d
    CROSS JOIN LATERAL (
        SELECT CASE period WHEN 'day' THEN d.day
                           WHEN 'week' THEN d.day - make_interval(
                                                days => (extract(dow FROM d.day)::int - week_begins + 7) % 7)
                           WHEN 'month' THEN date_trunc('month', d.day) END AS upper_bound
    ) AS b;
END;
COMMENT ON FUNCTION @extschema@._export_leads_period_bounds(text, timestamptz, text, int, timestamptz) IS
    'Internal: from and to which creation time a run exports';

-- A moment as a bound of a range: what the clocks of the zone show, and their offset.
CREATE FUNCTION @extschema@._export_leads_printed_moment(moment timestamptz, time_zone text)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT to_char(l.local_time, CASE WHEN extract(microseconds FROM l.local_time) % 1000000 = 0
                                      THEN 'YYYY-MM-DD HH24:MI:SS' ELSE 'YYYY-MM-DD HH24:MI:SS.US' END)
           || CASE WHEN o.shift < interval '0' THEN '-' ELSE '+' END
           || to_char(greatest(o.shift, -o.shift),
                      CASE WHEN extract(second FROM o.shift) = 0 THEN 'HH24:MI' ELSE 'HH24:MI:SS' END)
    FROM (SELECT moment AT TIME ZONE time_zone AS local_time) AS l
    CROSS JOIN LATERAL (SELECT l.local_time - moment AT TIME ZONE 'UTC' AS shift) AS o;
END;
COMMENT ON FUNCTION @extschema@._export_leads_printed_moment(timestamptz, text) IS
    'Internal: a moment as the clocks of a zone show it, for the range of an export';

-- What a schedule may be made of. What is refused is of class 22, says what would do instead, and nothing is stored.

-- Whether a text is an address that mail can be sent to: an addr-spec of RFC 5322 without its quotes and comments, in
-- ASCII, as SMTP takes it without extensions (RFC 5321 gives the lengths). A domain in other letters has a form in
-- ASCII, xn--... (RFC 5890).
CREATE FUNCTION @extschema@._export_leads_is_mail_address(address text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT octet_length(address) <= 254 AND octet_length(split_part(address, '@', 1)) <= 64
       AND address COLLATE "C" ~ ('^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*'
                                  '@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
                                  '([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$');
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_mail_address(text) IS
    'Internal: whether a text is an address that mail can be sent to';

-- Recipients, each once and in the order in which they were given. A domain is the same in capitals; what is before the
-- @ may be another's.
CREATE FUNCTION @extschema@._export_leads_distinct_recipients(recipients text[])
RETURNS text[]
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(d.address ORDER BY d.place), '{}')
    FROM (SELECT DISTINCT ON (split_part(r.address, '@', 1), lower(split_part(r.address, '@', 2))) r.address, r.place
          FROM unnest(recipients) WITH ORDINALITY AS r (address, place)
          ORDER BY split_part(r.address, '@', 1), lower(split_part(r.address, '@', 2)), r.place) AS d;
END;
COMMENT ON FUNCTION @extschema@._export_leads_distinct_recipients(text[]) IS
    'Internal: recipients without those that are given twice';

-- Whether a text can be one line of a mail's header: no control character, line or paragraph separator.
CREATE FUNCTION @extschema@._export_leads_is_line(line text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT line COLLATE "C" !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'
       AND line COLLATE "C" ~ '[^\s\u00a0\u200e\u200f]';
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_line(text) IS
    'Internal: whether a text is one line that is not blank';

-- Raises what is wrong with a schedule that is to be made, and returns it as it is stored: the days sorted, Sunday as
-- 0, each recipient once.
CREATE FUNCTION @extschema@._export_leads_checked_schedule(schedule @extschema@.export_leads_schedules)
RETURNS @extschema@.export_leads_schedules
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong record;
    available text[];
BEGIN
    SELECT a.name INTO wrong
    FROM (VALUES ('weekdays', array_ndims(schedule.weekdays)), ('month_days', array_ndims(schedule.month_days)),
                 ('recipients', array_ndims(schedule.recipients)), ('columns', array_ndims(schedule.columns)))
         AS a (name, dimensions)
    WHERE a.dimensions > 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an array of one dimension', wrong.name),
            HINT = 'Write it as in ''{a,b}'', or as in ARRAY[''a'', ''b''].';
    END IF;
    SELECT w.* INTO wrong
    FROM (VALUES
        (schedule.status IS NULL, 'null_value_not_allowed', 'status must not be null',
         'Name a status, such as ''new''.'),
        -- As an export has it: src/core/status.hpp.
        (schedule.status = '', 'invalid_parameter_value', 'status must not be empty',
         'Name a status, such as ''new''.'),
        (octet_length(schedule.status) > 64, 'invalid_parameter_value',
         'status must not be longer than 64 characters', 'Give the status by its name, not by its label.'),
        (schedule.status COLLATE "C" !~ '^[A-Za-z0-9_-]*$', 'invalid_parameter_value',
         'status must hold letters a-z, digits, "_" and "-" only', 'Give the status by its name, not by its label.'),
        (schedule.at IS NULL, 'null_value_not_allowed', 'at must not be null',
         'Give the time of the day at which to export, such as ''08:00''.'),
        (schedule.at = '24:00', 'invalid_parameter_value', 'at must be a time of the day before 24:00',
         'Give 00:00 for the beginning of the next day.'),
        (cardinality(schedule.weekdays) = 0, 'invalid_parameter_value', 'weekdays must not be empty',
         'Give NULL for every day.'),
        (array_position(schedule.weekdays, NULL) IS NOT NULL, 'null_value_not_allowed',
         'weekdays must not contain null', 'Give days from 0 (Sunday) to 6 (Saturday), or NULL for every day.'),
        (NOT schedule.weekdays <@ '{0,1,2,3,4,5,6,7}', 'invalid_parameter_value',
         'weekdays must be days from 0 (Sunday) to 6 (Saturday)',
         'Give days from 0 (Sunday) to 6 (Saturday), or NULL for every day.'),
        (cardinality(schedule.month_days) = 0, 'invalid_parameter_value', 'month_days must not be empty',
         'Give NULL for every day.'),
        (array_position(schedule.month_days, NULL) IS NOT NULL, 'null_value_not_allowed',
         'month_days must not contain null', 'Give days from 1 to 31 or -1 for the last, or NULL for every day.'),
        (NOT schedule.month_days <@ ('{-1}' || ARRAY(SELECT generate_series(1, 31))), 'invalid_parameter_value',
         'month_days must be days from 1 to 31, or -1 for the last',
         'Give days from 1 to 31 or -1 for the last, or NULL for every day.'),
        (NOT @extschema@._export_leads_is_time_zone(schedule.time_zone), 'invalid_parameter_value',
         format('"%s" is not the full name of a time zone', schedule.time_zone),
         'Name it as pg_timezone_names does, such as Asia/Jerusalem.'),
        (schedule.period NOT IN ('day', 'week', 'month', 'since_last_success'), 'invalid_parameter_value',
         format('unknown period "%s"', schedule.period),
         'The periods are: day, week, month, since_last_success; NULL is all leads.'),
        (cardinality(schedule.recipients) = 0, 'invalid_parameter_value', 'recipients must not be empty',
         'Give NULL for none.'),
        (array_position(schedule.recipients, NULL) IS NOT NULL, 'null_value_not_allowed',
         'recipients must not contain null', 'Give NULL instead of the array for none.'),
        (cardinality(schedule.recipients) > 50, 'invalid_parameter_value', 'there must be no more than 50 recipients',
         'Give the address of a mailing list.'),
        (NOT @extschema@._export_leads_is_line(schedule.name), 'invalid_parameter_value',
         'name must be one line that is not blank', 'Give a name without control characters, or NULL for none.'),
        (char_length(schedule.name) > 200, 'invalid_parameter_value', 'name must not be longer than 200 characters',
         'Give a shorter name, or NULL for none.'),
        (NOT @extschema@._export_leads_is_line(schedule.requested_by), 'invalid_parameter_value',
         'requested_by must be one line that is not blank',
         'Give what the application calls its user, or NULL for nobody.'),
        (char_length(schedule.requested_by) > 200, 'invalid_parameter_value',
         'requested_by must not be longer than 200 characters',
         'Give what the application calls its user, or NULL for nobody.'),
        (cardinality(schedule.columns) = 0, 'invalid_parameter_value', 'columns must not be empty',
         'Give NULL for the columns of the default file.'),
        (array_position(schedule.columns, NULL) IS NOT NULL, 'invalid_parameter_value',
         'columns must not contain null', 'Give NULL for the columns of the default file.')
    ) AS w (is_wrong, code, message, hint)
    WHERE w.is_wrong
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = wrong.code, MESSAGE = wrong.message, HINT = wrong.hint;
    END IF;
    -- What is no address is not repeated: it may hold what breaks a line.
    SELECT r.place INTO wrong
    FROM unnest(schedule.recipients) WITH ORDINALITY AS r (address, place)
    WHERE NOT @extschema@._export_leads_is_mail_address(r.address)
    ORDER BY r.place
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('recipient %s is not a mail address', wrong.place),
            HINT = 'Give addresses such as dana@example.com, each as an element of its own and without a name; a '
                   'domain in other letters as xn--....';
    END IF;
    -- Raises what an export raises for a format that it does not know.
    PERFORM @extschema@.export_leads_filename(schedule.status, schedule.format, date '2000-01-01');
    IF schedule.columns IS NOT NULL THEN
        SELECT array_agg(a.name) INTO available FROM @extschema@.export_leads_available_columns() AS a;
        SELECT c.name, count(*) > 1 AS is_double INTO wrong
        FROM unnest(schedule.columns) AS c (name)
        GROUP BY c.name
        HAVING count(*) > 1 OR c.name <> ALL (available)
        ORDER BY c.name
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = format(CASE WHEN wrong.is_double THEN 'column "%s" is given twice'
                                      ELSE 'unknown column "%s"' END, wrong.name),
                HINT = format('The columns are: %s.', array_to_string(available, ', '));
        END IF;
    END IF;
    SELECT array_agg(DISTINCT d % 7 ORDER BY d % 7) INTO schedule.weekdays FROM unnest(schedule.weekdays) AS d;
    SELECT array_agg(DISTINCT d ORDER BY d) INTO schedule.month_days FROM unnest(schedule.month_days) AS d;
    schedule.recipients := @extschema@._export_leads_distinct_recipients(schedule.recipients);
    RETURN schedule;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_checked_schedule(@extschema@.export_leads_schedules) IS
    'Internal: raises what is wrong with a schedule, and returns it as it is stored';

-- Schedules of one tenant. Each function here runs as the reader in a call for its tenant, export_leads_X() as
-- _export_leads_X(), and sees that tenant's rows by row security as well as by its own conditions.

-- How often a run is tried before its schedule is paused.
CREATE FUNCTION @extschema@._export_leads_tries()
RETURNS int
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 6;
END;
COMMENT ON FUNCTION @extschema@._export_leads_tries() IS
    'Internal: how many failures in a row pause a schedule';

-- The advisory locks of schedules: the classes are the first of the two keys with which PostgreSQL takes a lock. A
-- site's own locks with the same keys would make calls wait, and dead runs look alive, but do no other harm.
CREATE FUNCTION @extschema@._export_leads_lock_class(purpose text)
RETURNS int
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE purpose WHEN 'schedules of a tenant' THEN 1701601652 WHEN 'run' THEN 1701601653 END;
END;
COMMENT ON FUNCTION @extschema@._export_leads_lock_class(text) IS
    'Internal: the first key of an advisory lock';

CREATE FUNCTION @extschema@._export_leads_schedule(
    tenant text, status text, at time, weekdays int[], month_days int[], time_zone text, format text, columns text[],
    period text, recipients text[], requested_by text, name text)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
BEGIN
    schedule.tenant := tenant;
    schedule.name := name;
    schedule.status := status;
    schedule.at := at;
    schedule.weekdays := weekdays;
    schedule.month_days := month_days;
    schedule.time_zone := COALESCE(time_zone, (SELECT COALESCE(c.shown_time_zone, c.time_zone)
                                               FROM @extschema@.export_leads_configuration AS c));
    schedule.format := format;
    schedule.columns := columns;
    schedule.period := period;
    schedule.recipients := recipients;
    schedule.requested_by := requested_by;
    schedule := @extschema@._export_leads_checked_schedule(schedule);
    -- Two calls at once must not both make the last one.
    PERFORM pg_advisory_xact_lock(@extschema@._export_leads_lock_class('schedules of a tenant'), hashtext(tenant));
    IF (SELECT t.schedules >= 100 FROM @extschema@._export_leads_latest_totals(tenant) AS t) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a tenant cannot have more than 100 schedules',
            HINT = 'Take one away first: export_leads_unschedule().';
    END IF;
    schedule.due := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                       schedule.time_zone, clock_timestamp());
    INSERT INTO @extschema@.export_leads_schedules AS s
        (tenant, name, status, at, weekdays, month_days, time_zone, format, columns, period, recipients, requested_by,
         role, next_run, due)
    VALUES
        (schedule.tenant, schedule.name, schedule.status, schedule.at, schedule.weekdays, schedule.month_days,
         schedule.time_zone, schedule.format, schedule.columns, schedule.period, schedule.recipients,
         schedule.requested_by, @extschema@._export_leads_caller(), schedule.due, schedule.due)
    RETURNING s.schedule_id INTO schedule.schedule_id;
    RETURN schedule.schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_schedule(
    text, text, time, int[], int[], text, text, text[], text, text[], text, text) IS
    'Internal: what export_leads_schedule() does';

CREATE FUNCTION @extschema@._export_leads_schedules(tenant text)
RETURNS TABLE (schedule_id uuid, name text, status text, format text, columns text[], period text, at time,
               weekdays int[], month_days int[], time_zone text, recipients text[], requested_by text, role text,
               created_at timestamptz, next_run timestamptz, paused boolean, paused_by text, is_running boolean,
               failures int, last_error text, last_success timestamptz, last_export uuid, last_state text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.schedule_id, s.name, s.status, s.format, s.columns, s.period, s.at, s.weekdays, s.month_days, s.time_zone,
           s.recipients, s.requested_by, s.role, s.created_at, s.next_run, s.paused,
           CASE WHEN NOT s.paused THEN NULL WHEN s.failures >= @extschema@._export_leads_tries() THEN 'failures'
                ELSE 'request' END,
           s.running IS NOT NULL, s.failures, s.last_error, s.last_success, e.export_id, e.state
    FROM @extschema@.export_leads_schedules AS s
    LEFT JOIN LATERAL (SELECT e.export_id, e.state
                       FROM @extschema@.export_leads_exports AS e
                       WHERE e.tenant = s.tenant AND e.schedule_id = s.schedule_id
                       ORDER BY e.started_at DESC
                       LIMIT 1) AS e ON true
    WHERE s.tenant = _export_leads_schedules.tenant
    ORDER BY s.created_at, s.schedule_id;
END;
COMMENT ON FUNCTION @extschema@._export_leads_schedules(text) IS
    'Internal: what export_leads_schedules() does';

-- A schedule of the tenant, locked; raises P0002 where there is none.
CREATE FUNCTION @extschema@._export_leads_require_schedule(tenant text, schedule_id uuid)
RETURNS @extschema@.export_leads_schedules
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
BEGIN
    IF schedule_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'schedule_id must not be null',
            HINT = 'export_leads_schedules() lists the schedules of a tenant.';
    END IF;
    SELECT * INTO schedule
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.tenant = tenant AND s.schedule_id = schedule_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('there is no schedule %s', schedule_id),
            HINT = 'export_leads_schedules() lists the schedules of a tenant.';
    END IF;
    RETURN schedule;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_schedule(text, uuid) IS
    'Internal: locks a schedule of a tenant, or raises P0002';

CREATE FUNCTION @extschema@._export_leads_pause(tenant text, schedule_id uuid, paused boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
    due timestamptz;
BEGIN
    IF paused IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'paused must not be null',
            HINT = 'Give true to pause the schedule, false to go on with it.';
    END IF;
    schedule := @extschema@._export_leads_require_schedule(tenant, schedule_id);
    -- What was missed meanwhile does not run any more.
    IF NOT paused THEN
        due := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                  schedule.time_zone, clock_timestamp());
    END IF;
    UPDATE @extschema@.export_leads_schedules AS s
    SET paused = paused, next_run = due, due = due, failures = CASE WHEN paused THEN s.failures ELSE 0 END
    WHERE s.tenant = tenant AND s.schedule_id = schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_pause(text, uuid, boolean) IS
    'Internal: what export_leads_pause() does';

-- An export that is under way goes on: it is in the history, but is sent to nobody.
CREATE FUNCTION @extschema@._export_leads_unschedule(tenant text, schedule_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM @extschema@._export_leads_require_schedule(tenant, schedule_id);
    DELETE FROM @extschema@.export_leads_schedules AS s WHERE s.tenant = tenant AND s.schedule_id = schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_unschedule(text, uuid) IS
    'Internal: what export_leads_unschedule() does';

-- The first is when it is tried next, which may be a retry, or past where no timer has come by. A paused schedule has
-- none.
CREATE FUNCTION @extschema@._export_leads_next_runs(tenant text, schedule_id uuid, n int)
RETURNS SETOF timestamptz
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
    run timestamptz;
BEGIN
    IF n IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'n must not be null',
            HINT = 'Give how many runs to tell, from 1 to 100.';
    ELSIF n NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'n must be from 1 to 100',
            HINT = 'Give how many runs to tell.';
    END IF;
    SELECT * INTO schedule
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.tenant = tenant AND s.schedule_id = schedule_id;
    IF NOT FOUND THEN
        PERFORM @extschema@._export_leads_require_schedule(tenant, schedule_id);
    END IF;
    run := schedule.next_run;
    FOR i IN 1 .. n LOOP
        EXIT WHEN run IS NULL;
        RETURN NEXT run;
        run := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                  schedule.time_zone, greatest(run, clock_timestamp()));
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_next_runs(text, uuid, int) IS
    'Internal: what export_leads_next_runs() does';

-- Schedules of tenants of type bigint; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_schedule(
    tenant       bigint,
    status       text,
    at           time,
    weekdays     int[]  DEFAULT NULL,
    month_days   int[]  DEFAULT NULL,
    time_zone    text   DEFAULT NULL,
    format       text   DEFAULT 'csv',
    columns      text[] DEFAULT NULL,
    period       text   DEFAULT NULL,
    recipients   text[] DEFAULT NULL,
    requested_by text   DEFAULT NULL,
    name         text   DEFAULT NULL
)
RETURNS uuid
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_schedule(
    bigint, text, time, int[], int[], text, text, text[], text, text[], text, text) IS
    'Exports a tenant''s status by itself: at a time of some days of the week or month, all leads or a period''s';

CREATE FUNCTION @extschema@.export_leads_schedules(tenant bigint)
RETURNS TABLE (schedule_id uuid, name text, status text, format text, columns text[], period text, at time,
               weekdays int[], month_days int[], time_zone text, recipients text[], requested_by text, role text,
               created_at timestamptz, next_run timestamptz, paused boolean, paused_by text, is_running boolean,
               failures int, last_error text, last_success timestamptz, last_export uuid, last_state text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_schedules(bigint) IS
    'The schedules of a tenant, in the order in which they were made, and how they are doing';

CREATE FUNCTION @extschema@.export_leads_pause(tenant bigint, schedule_id uuid, paused boolean DEFAULT true)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_pause(bigint, uuid, boolean) IS
    'Pauses a schedule, or goes on with it from now';

CREATE FUNCTION @extschema@.export_leads_unschedule(tenant bigint, schedule_id uuid)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_unschedule(bigint, uuid) IS
    'Takes away a schedule; what it has exported stays';

CREATE FUNCTION @extschema@.export_leads_next_runs(tenant bigint, schedule_id uuid, n int DEFAULT 3)
RETURNS SETOF timestamptz
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_next_runs(bigint, uuid, int) IS
    'When a schedule is to run next: the first n moments';

-- Schedules of tenants of type uuid; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_schedule(
    tenant       uuid,
    status       text,
    at           time,
    weekdays     int[]  DEFAULT NULL,
    month_days   int[]  DEFAULT NULL,
    time_zone    text   DEFAULT NULL,
    format       text   DEFAULT 'csv',
    columns      text[] DEFAULT NULL,
    period       text   DEFAULT NULL,
    recipients   text[] DEFAULT NULL,
    requested_by text   DEFAULT NULL,
    name         text   DEFAULT NULL
)
RETURNS uuid
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_schedule(
    uuid, text, time, int[], int[], text, text, text[], text, text[], text, text) IS
    'Exports a tenant''s status by itself: at a time of some days of the week or month, all leads or a period''s';

CREATE FUNCTION @extschema@.export_leads_schedules(tenant uuid)
RETURNS TABLE (schedule_id uuid, name text, status text, format text, columns text[], period text, at time,
               weekdays int[], month_days int[], time_zone text, recipients text[], requested_by text, role text,
               created_at timestamptz, next_run timestamptz, paused boolean, paused_by text, is_running boolean,
               failures int, last_error text, last_success timestamptz, last_export uuid, last_state text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_schedules(uuid) IS
    'The schedules of a tenant, in the order in which they were made, and how they are doing';

CREATE FUNCTION @extschema@.export_leads_pause(tenant uuid, schedule_id uuid, paused boolean DEFAULT true)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_pause(uuid, uuid, boolean) IS
    'Pauses a schedule, or goes on with it from now';

CREATE FUNCTION @extschema@.export_leads_unschedule(tenant uuid, schedule_id uuid)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_unschedule(uuid, uuid) IS
    'Takes away a schedule; what it has exported stays';

CREATE FUNCTION @extschema@.export_leads_next_runs(tenant uuid, schedule_id uuid, n int DEFAULT 3)
RETURNS SETOF timestamptz
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_next_runs(uuid, uuid, int) IS
    'When a schedule is to run next: the first n moments';

-- Schedules of tenants of type text; the Makefile writes this part once for each type.

CREATE FUNCTION @extschema@.export_leads_schedule(
    tenant       text,
    status       text,
    at           time,
    weekdays     int[]  DEFAULT NULL,
    month_days   int[]  DEFAULT NULL,
    time_zone    text   DEFAULT NULL,
    format       text   DEFAULT 'csv',
    columns      text[] DEFAULT NULL,
    period       text   DEFAULT NULL,
    recipients   text[] DEFAULT NULL,
    requested_by text   DEFAULT NULL,
    name         text   DEFAULT NULL
)
RETURNS uuid
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_schedule(
    text, text, time, int[], int[], text, text, text[], text, text[], text, text) IS
    'Exports a tenant''s status by itself: at a time of some days of the week or month, all leads or a period''s';

CREATE FUNCTION @extschema@.export_leads_schedules(tenant text)
RETURNS TABLE (schedule_id uuid, name text, status text, format text, columns text[], period text, at time,
               weekdays int[], month_days int[], time_zone text, recipients text[], requested_by text, role text,
               created_at timestamptz, next_run timestamptz, paused boolean, paused_by text, is_running boolean,
               failures int, last_error text, last_success timestamptz, last_export uuid, last_state text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_schedules(text) IS
    'The schedules of a tenant, in the order in which they were made, and how they are doing';

CREATE FUNCTION @extschema@.export_leads_pause(tenant text, schedule_id uuid, paused boolean DEFAULT true)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_pause(text, uuid, boolean) IS
    'Pauses a schedule, or goes on with it from now';

CREATE FUNCTION @extschema@.export_leads_unschedule(tenant text, schedule_id uuid)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_unschedule(text, uuid) IS
    'Takes away a schedule; what it has exported stays';

CREATE FUNCTION @extschema@.export_leads_next_runs(tenant text, schedule_id uuid, n int DEFAULT 3)
RETURNS SETOF timestamptz
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_tenant';
COMMENT ON FUNCTION @extschema@.export_leads_next_runs(text, uuid, int) IS
    'When a schedule is to run next: the first n moments';

-- Who works on a run.

-- A session that works on a run holds an advisory lock of the session, from before the run can be seen until after its
-- end: its second key is the run's hash of four bytes. PostgreSQL releases it with the session, however that ends.
CREATE FUNCTION @extschema@._export_leads_try_lock_run(export_id uuid)
RETURNS boolean
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT pg_try_advisory_lock(@extschema@._export_leads_lock_class(text 'run'), uuid_hash(export_id));
END;
COMMENT ON FUNCTION @extschema@._export_leads_try_lock_run(uuid) IS
    'Internal: takes the lock that says who works on a run, unless another session has it';

CREATE FUNCTION @extschema@._export_leads_locked_runs()
RETURNS SETOF int
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT l.objid::int8::bit(32)::int
    FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.objsubid = 2
      AND l.classid = @extschema@._export_leads_lock_class(text 'run')::oid;
END;
COMMENT ON FUNCTION @extschema@._export_leads_locked_runs() IS
    'Internal: the hashes of the runs whose locks this session has';

-- A lock may have been taken more than once, where a call was cancelled.
CREATE FUNCTION @extschema@._export_leads_release_runs()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hash int;
BEGIN
    LOOP
        SELECT * INTO hash FROM @extschema@._export_leads_locked_runs() LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM pg_advisory_unlock(@extschema@._export_leads_lock_class(text 'run'), hash);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_release_runs() IS
    'Internal: releases the locks of runs that this session has';

CREATE FUNCTION @extschema@.export_leads_release_runs()
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_release_runs() IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- What becomes of a schedule whose run failed, or ended without a result.

-- How long to wait after so many failures in a row: 1, 5, 15 and 60 minutes, then 4 hours.
CREATE FUNCTION @extschema@._export_leads_retry_after(failures int)
RETURNS interval
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT make_interval(mins => (ARRAY[1, 5, 15, 60, 240])[least(failures, 5)]);
END;
COMMENT ON FUNCTION @extschema@._export_leads_retry_after(int) IS
    'Internal: how long a schedule waits after failures in a row';

-- What a schedule does after a failure: it waits, but no longer than until its next regular run, or is paused. This
-- never fails itself, whatever is wrong with the schedule: others are not to wait for it.
CREATE FUNCTION @extschema@._export_leads_put_off(schedule_id uuid, error text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
    regular timestamptz;
BEGIN
    UPDATE @extschema@.export_leads_schedules AS s
    SET failures = s.failures + 1, last_error = error, running = NULL,
        paused = s.paused OR s.failures + 1 >= @extschema@._export_leads_tries()
    WHERE s.schedule_id = schedule_id
    RETURNING s.* INTO schedule;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    BEGIN
        regular := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                      schedule.time_zone, clock_timestamp());
    EXCEPTION WHEN OTHERS THEN
        -- A time zone may go away with an update of the operating system.
        regular := NULL;
    END;
    UPDATE @extschema@.export_leads_schedules AS s
    SET next_run = CASE WHEN NOT schedule.paused
                        THEN least(clock_timestamp() + @extschema@._export_leads_retry_after(schedule.failures),
                                   regular) END
    WHERE s.schedule_id = schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_put_off(uuid, text) IS
    'Internal: lets a schedule wait after a failure, or pauses it';

CREATE FUNCTION @extschema@._export_leads_record_failure(export_id uuid, code text, message text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    UPDATE @extschema@.export_leads_exports AS e
    SET state = 'failed', finished_at = clock_timestamp(), sqlstate = code, error = substr(message, 1, 1000)
    WHERE e.export_id = export_id AND e.state = 'running';
    PERFORM @extschema@._export_leads_put_off(s.schedule_id, substr(message, 1, 1000))
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.running = export_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_record_failure(uuid, text, text) IS
    'Internal: records that a run failed';

-- Records as failed what was under way in sessions that are gone. A run whose lock can be had is nobody's.
CREATE FUNCTION @extschema@._export_leads_recover_runs()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lost record;
BEGIN
    FOR lost IN
        SELECT e.export_id FROM @extschema@.export_leads_exports AS e WHERE e.state = 'running'
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF @extschema@._export_leads_try_lock_run(lost.export_id) THEN
            PERFORM @extschema@._export_leads_record_failure(lost.export_id, text '57P02',
                                                             text 'the run ended without a result');
        END IF;
    END LOOP;
    -- Where what a schedule was running has been taken out of the history.
    FOR lost IN
        SELECT s.schedule_id
        FROM @extschema@.export_leads_schedules AS s
        WHERE s.running IS NOT NULL
          AND NOT EXISTS (SELECT FROM @extschema@.export_leads_exports AS e
                          WHERE e.export_id = s.running AND e.state = 'running')
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM @extschema@._export_leads_put_off(lost.schedule_id, text 'the run ended without a result');
    END LOOP;
    PERFORM @extschema@._export_leads_release_runs();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_recover_runs() IS
    'Internal: records as failed what was under way in sessions that are gone';

CREATE FUNCTION @extschema@.export_leads_recover_runs()
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_recover_runs() IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- What a timer calls: exports all that is due, each in transactions of its own. A run is claimed in one transaction,
-- exported in the next, so that whoever looks sees what is under way; and what is under way in a session that is gone
-- is found.
--
-- The functions that the procedure calls run as their owner, so that a timer's role needs no right to any tenant, table
-- or lead: whether a run is allowed is a matter of the role that made the schedule.

CREATE FUNCTION @extschema@._export_leads_can_commit()
RETURNS boolean
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_can_commit';
COMMENT ON FUNCTION @extschema@._export_leads_can_commit() IS
    'Internal: whether the procedure that calls it may COMMIT';

-- Refuses calls that could do nothing. What this session left undone at an earlier call is no longer under way.
CREATE FUNCTION @extschema@._export_leads_begin_runs(max_exports int)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF max_exports <= 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'max_exports must be positive',
            HINT = 'Give NULL for all that is due.';
    ELSIF pg_is_in_recovery() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'read_only_sql_transaction',
            MESSAGE = 'schedules cannot run on a standby',
            HINT = 'Let the timer call the primary.';
    ELSIF current_setting('transaction_read_only')::boolean THEN
        RAISE EXCEPTION USING
            ERRCODE = 'read_only_sql_transaction',
            MESSAGE = 'schedules cannot run in a read-only transaction',
            HINT = 'Set default_transaction_read_only to off for the timer''s role.';
    END IF;
    PERFORM @extschema@._export_leads_require_closed_schema();
    PERFORM @extschema@._export_leads_require_foreign_keys();
    PERFORM @extschema@._export_leads_release_runs();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_begin_runs(int) IS
    'Internal: refuses calls of export_leads_run_due() that could do nothing';

CREATE FUNCTION @extschema@.export_leads_begin_runs(max_exports int)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_begin_runs(int) IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- Claims one schedule that is due, and returns its run; NULL where there is none. Runs that were missed are one: the
-- last that was due.
CREATE FUNCTION @extschema@._export_leads_claim_run()
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    schedule @extschema@.export_leads_schedules;
    claimed uuid;
    bounds record;
BEGIN
    LOOP
        SELECT * INTO schedule
        FROM @extschema@.export_leads_schedules AS s
        WHERE s.next_run <= now() AND s.running IS NULL AND NOT s.paused
        ORDER BY s.next_run, s.schedule_id
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        BEGIN
            schedule.due := greatest(schedule.due,
                                     @extschema@._export_leads_last_run(schedule.at, schedule.weekdays,
                                                                        schedule.month_days, schedule.time_zone,
                                                                        now()));
            SELECT @extschema@._export_leads_printed_moment(b.created_from, schedule.time_zone) AS lower_bound,
                   @extschema@._export_leads_printed_moment(b.created_to, schedule.time_zone) AS upper_bound
            INTO bounds
            FROM @extschema@._export_leads_period_bounds(
                schedule.period, schedule.due, schedule.time_zone,
                COALESCE((SELECT c.week_begins FROM @extschema@.export_leads_configuration AS c), 0),
                schedule.last_success) AS b;
            EXIT;
        EXCEPTION WHEN OTHERS THEN
            PERFORM @extschema@._export_leads_put_off(schedule.schedule_id, SQLERRM);
        END;
    END LOOP;
    -- Two runs may have the same hash.
    LOOP
        claimed := gen_random_uuid();
        EXIT WHEN @extschema@._export_leads_try_lock_run(claimed);
    END LOOP;
    INSERT INTO @extschema@.export_leads_exports
        (export_id, tenant, status, format, columns, created_from, created_to, requested_by, role, schedule_id, due,
         state)
    VALUES
        (claimed, schedule.tenant, schedule.status, schedule.format, schedule.columns, bounds.lower_bound,
         bounds.upper_bound, schedule.requested_by, schedule.role, schedule.schedule_id, schedule.due, 'running');
    UPDATE @extschema@.export_leads_schedules AS s
    SET running = claimed, due = schedule.due
    WHERE s.schedule_id = schedule.schedule_id;
    RETURN claimed;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_claim_run() IS
    'Internal: claims a schedule that is due, and returns the export to be made';

CREATE FUNCTION @extschema@.export_leads_claim_run()
RETURNS uuid
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_claim_run() IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- A timer's role may call these functions in any order: only what it has claimed is its to end.
CREATE FUNCTION @extschema@._export_leads_require_claimed(export_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF export_id IS NULL OR NOT EXISTS (SELECT FROM @extschema@._export_leads_locked_runs() AS r (hash)
                                        WHERE r.hash = uuid_hash(export_id)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'this session has not claimed that run',
            HINT = 'CALL export_leads_run_due() claims what is due, and runs it.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_claimed(uuid) IS
    'Internal: raises 55000 where this session has not claimed a run';

-- Exports what was claimed, puts the mail to its recipients into the outbox, and says when the schedule runs next. A
-- run that became due meanwhile is not lost.
CREATE FUNCTION @extschema@._export_leads_run(export_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
    delivery record;
BEGIN
    PERFORM @extschema@._export_leads_require_claimed(export_id);
    PERFORM @extschema@._export_leads_run_claimed(export_id);
    -- Locked only now: whoever pauses a schedule or takes it away need not wait for its export.
    SELECT * INTO schedule
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.running = export_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- A mailer that listens need not look again and again. It learns nothing from the number alone.
    FOR delivery IN
        INSERT INTO @extschema@.export_leads_deliveries AS d (tenant, export_id, recipient, name)
        SELECT schedule.tenant, export_id, r.recipient, schedule.name
        FROM unnest(schedule.recipients) AS r (recipient)
        RETURNING d.delivery_id
    LOOP
        PERFORM pg_notify('export_leads_deliveries', delivery.delivery_id::text);
    END LOOP;
    UPDATE @extschema@.export_leads_schedules AS s
    SET running = NULL, failures = 0, last_error = NULL, last_success = n.done, due = n.next,
        next_run = n.next
    FROM (SELECT e.due AS done,
                 CASE WHEN NOT schedule.paused
                      THEN @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                              schedule.time_zone, e.due) END AS next
          FROM @extschema@.export_leads_exports AS e
          WHERE e.export_id = export_id) AS n
    WHERE s.schedule_id = schedule.schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_run(uuid) IS
    'Internal: makes an export that was claimed, for export_leads_run_due()';

CREATE FUNCTION @extschema@.export_leads_run(export_id uuid)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_run(uuid) IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

CREATE FUNCTION @extschema@._export_leads_fail_run(export_id uuid, code text, message text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_claimed(export_id);
    PERFORM @extschema@._export_leads_record_failure(export_id, code, message);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_fail_run(uuid, text, text) IS
    'Internal: records that a run which was claimed has failed, for export_leads_run_due()';

CREATE FUNCTION @extschema@.export_leads_fail_run(export_id uuid, code text, message text)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_fail_run(uuid, text, text) IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- A procedure that commits can have no search_path of its own: whatever it calls is named with its schema, and it uses
-- no operators. The isolation, which only the first statement of a transaction can set, is that in which what others
-- have claimed meanwhile is skipped.
CREATE PROCEDURE @extschema@.export_leads_run_due(max_exports int DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    claimed uuid;
    code text;
    message text;
    is_cancelled boolean := false;
BEGIN
    IF NOT @extschema@._export_leads_can_commit() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'active_sql_transaction',
            MESSAGE = 'export_leads_run_due() cannot run inside a transaction block',
            HINT = 'It commits each export by itself: call it as a statement of its own, outside of any function.';
    END IF;
    PERFORM @extschema@.export_leads_begin_runs(max_exports);
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM @extschema@.export_leads_recover_runs();
    FOR n IN 1 .. COALESCE(max_exports, 2147483647) LOOP
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        claimed := @extschema@.export_leads_claim_run();
        EXIT WHEN claimed IS NULL;
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        code := NULL;
        BEGIN
            PERFORM @extschema@.export_leads_run(claimed);
        EXCEPTION
            WHEN query_canceled THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
                is_cancelled := true;
            WHEN OTHERS OR assert_failure THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        END;
        IF code IS NOT NULL THEN
            PERFORM @extschema@.export_leads_fail_run(claimed, code, message);
        END IF;
        COMMIT;
        PERFORM @extschema@.export_leads_release_runs();
        IF is_cancelled THEN
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
        END IF;
    END LOOP;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM @extschema@.export_leads_purge();
    COMMIT;
END;
$$;
COMMENT ON PROCEDURE @extschema@.export_leads_run_due(int) IS
    'Exports what is due of all schedules, each in a transaction of its own: for a timer to call every minute';

-- What a timer's role calls.
CREATE FUNCTION @extschema@._export_leads_timer_functions()
RETURNS regprocedure[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(p.oid::regprocedure ORDER BY p.oid)
    FROM unnest(ARRAY['export_leads_run_due', '_export_leads_can_commit', 'export_leads_begin_runs',
                      'export_leads_recover_runs', 'export_leads_claim_run', 'export_leads_run',
                      'export_leads_fail_run', 'export_leads_release_runs', 'export_leads_purge'])
         AS f (name)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_timer_functions() IS
    'Internal: what export_leads_allow_timer() and export_leads_forbid_timer() are about';

CREATE FUNCTION @extschema@.export_leads_allow_timer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_give(role, @extschema@._export_leads_timer_functions(), 'run schedules'::text,
                                          'Name the role that the timer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_allow_timer(regrole) IS
    'Lets a timer''s role run what is due and purge, and nothing else';

CREATE FUNCTION @extschema@.export_leads_forbid_timer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_take(role, @extschema@._export_leads_timer_functions(), 'run schedules'::text,
                                          'Name the role that the timer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_forbid_timer(regrole) IS
    'Takes back what export_leads_allow_timer() gave';

-- What the DBA should know of schedules: those that failed too often, those that no timer runs, and those of roles that
-- are gone.
CREATE FUNCTION @extschema@._export_leads_check_schedules(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'schedule_paused', 'warning', format('schedule %s', s.schedule_id),
           format('schedule %s%s of tenant %s was paused after %s failures, the last: %s', s.schedule_id,
                  ' "' || s.name || '"', s.tenant, s.failures, s.last_error),
           format('SELECT @extschema@.export_leads_pause(%L, %L, false);', s.tenant, s.schedule_id)
    FROM @extschema@.export_leads_schedules AS s
    WHERE (configuration).leads IS NOT NULL AND s.paused AND s.failures >= @extschema@._export_leads_tries()
    UNION ALL
    SELECT 'schedules_late', 'warning', 'export_leads',
           format('%s, the first since %s: no timer calls @extschema@.export_leads_run_due()',
                  CASE count(*) WHEN 1 THEN 'a schedule is due' ELSE count(*) || ' schedules are due' END,
                  to_char(min(s.next_run) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
           'CALL @extschema@.export_leads_run_due(); -- and let a timer call it every minute'
    FROM @extschema@.export_leads_schedules AS s
    WHERE (configuration).leads IS NOT NULL AND s.running IS NULL AND NOT s.paused
      AND s.next_run < clock_timestamp() - interval '1 hour'
    HAVING count(*) > 0
    UNION ALL
    SELECT 'schedule_role_gone', 'warning', format('schedule %s', s.schedule_id),
           format('role "%s", which made schedule %s%s of tenant %s, no longer exists', s.role, s.schedule_id,
                  ' "' || s.name || '"', s.tenant),
           format('SELECT @extschema@.export_leads_unschedule(%L, %L); -- and let a role that exists make it again',
                  s.tenant, s.schedule_id)
    FROM @extschema@.export_leads_schedules AS s
    WHERE (configuration).leads IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = s.role);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_schedules(@extschema@.export_leads_configuration) IS
    'Internal: what is wrong with schedules, for export_leads_check()';

-- Remediations that evaluate what the site wrote, and so must not run as a superuser.

-- Runs one ALTER TABLE or ALTER POLICY as the owner of a table, as a restricted operation: the site's code that it
-- calls cannot become another role, nor defer anything until the superuser's own role is back.
CREATE FUNCTION @extschema@._export_leads_as_owner(relation regclass, command text)
RETURNS void
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_as_owner';
COMMENT ON FUNCTION @extschema@._export_leads_as_owner(regclass, text) IS
    'Internal: runs an ALTER TABLE or ALTER POLICY that evaluates what the site wrote, as the owner of the table';

-- The call of that function, as remediations print it.
CREATE FUNCTION @extschema@._export_leads_printed_as_owner(relation regclass, command text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('SELECT %s._export_leads_as_owner(%L, %L);', '@extschema@', relation, command);
END;
COMMENT ON FUNCTION @extschema@._export_leads_printed_as_owner(regclass, text) IS
    'Internal: a remediation that runs as the owner of a table';

-- The check: its rows are findings. What stops an export is found by the inspections that an export runs itself; other
-- findings come from one function for each topic, in the other files of this folder.

CREATE FUNCTION @extschema@._export_leads_findings(columns text[])
RETURNS TABLE (name text, object text, detail text, remediation text, policy text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_findings';
COMMENT ON FUNCTION @extschema@._export_leads_findings(text[]) IS
    'Internal: what would make an export of these columns raise 55000, by the inspections that an export runs';

CREATE FUNCTION @extschema@.export_leads_version()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_version';
COMMENT ON FUNCTION @extschema@.export_leads_version() IS
    'The version of the library that this session has loaded';

-- All findings but those about the schema, which must be `closed` before anything in it is called by name.
CREATE FUNCTION @extschema@._export_leads_examine(closed boolean)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    library text;
    is_exportable boolean;
    failing text;
BEGIN
    IF NOT closed THEN
        RETURN;
    END IF;
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF (SELECT pg_encoding_to_char(d.encoding) <> 'UTF8' FROM pg_database AS d
        WHERE d.datname = current_database()) THEN
        RETURN QUERY SELECT 'not_utf8', 'error', format('database %I', current_database()),
                            'the database is not in UTF8, so no export can be made',
                            '-- dump the database and restore it into one created with ENCODING ''UTF8''';
    END IF;
    BEGIN
        library := @extschema@.export_leads_version();
        RETURN QUERY
        SELECT f.name, 'error', f.object,
               concat(f.detail, ': either its policy "' || harmful.policy || '" is dropped, which would bind other '
                                'roles again, or it is to do so, and you enable row security'),
               CASE WHEN f.policy IS NOT NULL
                    THEN @extschema@._export_leads_exemption(f.object::regclass, f.policy)
                    WHEN harmful.policy IS NULL THEN f.remediation END
        FROM @extschema@._export_leads_findings(NULL::text[])
            WITH ORDINALITY AS f (name, object, detail, remediation, policy, place)
        LEFT JOIN LATERAL @extschema@._export_leads_harmful_policy(
                CASE f.name WHEN 'row_security_disabled' THEN ARRAY[f.object::regclass] END) AS harmful ON true
        GROUP BY f.name, f.object, f.detail, f.remediation, f.policy, harmful.policy
        ORDER BY min(f.place);
        is_exportable := NOT FOUND;
    EXCEPTION WHEN OTHERS THEN
        is_exportable := false;
        GET STACKED DIAGNOSTICS failing = PG_EXCEPTION_CONTEXT;
        failing := substring(failing FROM '(?n)^column "([^"]+)" of the file$');
        -- Ids that cannot be compared are a finding of their own, below.
        RETURN QUERY
        SELECT 'export_fails', 'error', 'export_leads',
               format('an export%s fails: %s', ' with column "' || failing || '"', SQLERRM),
               CASE WHEN configuration.full_name_given
                    THEN 'SELECT * FROM @extschema@.export_leads_setup(full_name => ''...'');'
                    ELSE 'SELECT * FROM @extschema@.export_leads_setup();' END
        WHERE NOT EXISTS (SELECT FROM @extschema@._export_leads_check_ids(configuration) AS i WHERE i.level = 'error');
    END;
    RETURN QUERY
    SELECT c.name, c.level, c.object, c.detail, c.remediation
    FROM (SELECT * FROM @extschema@._export_leads_check_ids(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_applications(configuration)
          UNION ALL SELECT DISTINCT * FROM @extschema@._export_leads_check_columns(is_exportable)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_deliveries(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_extension(library)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_fields(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_statuses(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_foreign(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_history(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_others(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_indexes(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_policies(configuration)
          UNION ALL SELECT * FROM @extschema@._export_leads_check_schedules(configuration)) AS c
    ORDER BY array_position(ARRAY['error', 'warning', 'info'], c.level), c.name, c.object, c.detail;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_examine(boolean) IS
    'Internal: what export_leads_check() finds, where the schema is closed';

CREATE FUNCTION @extschema@.export_leads_check()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT * FROM @extschema@._export_leads_check_schema()
    UNION ALL
    -- Not called at all unless the schema is closed: names in it may be somebody else's functions, or nothing's.
    SELECT e.*
    FROM (SELECT NOT EXISTS (SELECT FROM @extschema@._export_leads_check_schema()) AS is_closed OFFSET 0) AS s
    CROSS JOIN LATERAL @extschema@._export_leads_examine(s.is_closed) AS e
    WHERE s.is_closed;
END;
COMMENT ON FUNCTION @extschema@.export_leads_check() IS
    'What stops exports (error), should be mended (warning) or is worth knowing (info), and the SQL that mends it';

-- The check's part about the expressions of columns: each is inspected as in an export of that column, and so are the
-- functions that it calls.

CREATE FUNCTION @extschema@._export_leads_called_functions(column_name text)
RETURNS SETOF regprocedure
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_called_functions';
COMMENT ON FUNCTION @extschema@._export_leads_called_functions(text) IS
    'Internal: the functions that the expression of a column calls, operators and casts included';

-- A function that runs as its owner reads what the owner may read, other tenants' rows included. What a function calls
-- in turn is known for aggregates and for bodies that PostgreSQL keeps parsed (BEGIN ATOMIC), not for bodies kept as
-- text. Functions of policies are left out: they choose among the rows of the export's tenant, and files show none of
-- their values.
CREATE FUNCTION @extschema@._export_leads_check_definers(column_name text, mending text)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE called (function) AS (
        SELECT f.function::oid FROM @extschema@._export_leads_called_functions(column_name) AS f (function)
        UNION
        SELECT COALESCE(o.oprcode, d.refobjid)
        FROM called AS c
        JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = c.function
        LEFT JOIN pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
        WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
    )
    SELECT 'security_definer', 'warning', format('column %s', column_name),
           format('column "%s" calls function %s, which reads as its owner "%s" and may show other tenants'' '
                  'rows: unless it is made SECURITY INVOKER',
                  column_name, p.oid::regprocedure, r.rolname),
           mending
    FROM called AS c JOIN pg_proc AS p ON p.oid = c.function JOIN pg_roles AS r ON r.oid = p.proowner
    WHERE p.prosecdef;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_definers(text, text) IS
    'Internal: functions of a column that read as their owner, for export_leads_check()';

-- If no export is possible at all, other findings say so, and columns cannot be inspected one by one.
CREATE FUNCTION @extschema@._export_leads_check_columns(is_exportable boolean)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own text;
    removal text;
BEGIN
    IF NOT is_exportable THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT *
    FROM @extschema@._export_leads_check_definers(
        text 'full_name', text 'SELECT * FROM @extschema@.export_leads_setup(full_name => ''...'');');
    FOR own IN
        SELECT c.name FROM @extschema@.export_leads_columns AS c WHERE c.expression IS NOT NULL ORDER BY c.name
    LOOP
        removal := format('SELECT %s.export_leads_remove_column(%L);', '@extschema@', own);
        BEGIN
            RETURN QUERY
            SELECT CASE WHEN m.is_its_own THEN f.name ELSE 'column_broken' END, 'error',
                   CASE WHEN m.is_its_own THEN f.object ELSE format('column %s', own) END,
                   f.detail, CASE WHEN m.is_its_own THEN f.remediation ELSE removal END
            FROM @extschema@._export_leads_findings(ARRAY[own]) AS f
            CROSS JOIN LATERAL (SELECT f.name = 'column_changed' OR f.remediation LIKE 'GRANT %') AS m (is_its_own);
            RETURN QUERY SELECT * FROM @extschema@._export_leads_check_definers(own, removal);
        EXCEPTION WHEN OTHERS THEN
            RETURN QUERY
            SELECT 'column_broken', 'error', format('column %s', own),
                   format('an export with column "%s" fails: %s', own, SQLERRM), removal;
        END;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_columns(boolean) IS
    'Internal: what is wrong with the expressions of columns, for export_leads_check()';

-- The check's part about the extension itself: its privileges, its reader and its library.

-- `library` is the version of the loaded library; NULL where it cannot be loaded, which is a finding of its own.
CREATE FUNCTION @extschema@._export_leads_check_extension(library text)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH extension AS (
        SELECT e.oid, e.extversion FROM pg_extension AS e WHERE e.extname = 'export_leads'
    ), member AS (
        SELECT d.classid, d.objid
        FROM pg_depend AS d JOIN extension AS e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    )
    SELECT 'execute_public', 'warning', p.oid::regprocedure::text,
           format('anybody may call function %s', p.oid::regprocedure),
           format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC;', p.oid::regprocedure)
    FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
    WHERE EXISTS (SELECT
                  FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS acl
                  WHERE acl.grantee = 0)
      -- Casts are for everybody: they show nothing but what they are given.
      AND NOT EXISTS (SELECT FROM pg_cast AS c WHERE c.castfunc = p.oid)
    UNION ALL
    SELECT 'table_public', 'warning', c.oid::regclass::text,
           format('anybody has privileges on table "%s"', c.oid::regclass),
           format('REVOKE ALL ON TABLE %s FROM PUBLIC;', c.oid::regclass)
    FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    WHERE c.relkind = 'r' AND EXISTS (SELECT FROM aclexplode(c.relacl) AS acl WHERE acl.grantee = 0)
    UNION ALL
    SELECT 'reader_login', 'warning', r.rolname,
           format('role "%s" can log in', r.rolname),
           format('ALTER ROLE %I NOLOGIN;', r.rolname)
    FROM pg_roles AS r
    WHERE r.rolname = 'export_leads_reader' AND r.rolcanlogin
    UNION ALL
    -- The reader's restrictive policies also bind its members.
    SELECT 'reader_granted', 'warning', g.rolname,
           format('role "%s" is a member of role "%s", and so sees no rows of the tables that exports read',
                  g.rolname, r.rolname),
           format('REVOKE %I FROM %I%s;', r.rolname, g.rolname, ' GRANTED BY ' || quote_ident(o.rolname))
    FROM pg_auth_members AS m
    JOIN pg_roles AS r ON r.oid = m.roleid
    JOIN pg_roles AS g ON g.oid = m.member
    LEFT JOIN pg_roles AS o ON o.oid = m.grantor
    WHERE r.rolname = 'export_leads_reader'
      AND NOT g.rolsuper
      AND NOT g.rolbypassrls
      AND pg_has_role(g.oid, r.oid, 'USAGE')
    UNION ALL
    SELECT 'library_version', 'warning', 'export_leads',
           format('the library that this session has loaded is of version %s, the extension of version %s',
                  library, e.extversion),
           CASE WHEN library = a.default_version THEN 'ALTER EXTENSION export_leads UPDATE;'
                ELSE '-- connect again: this session has loaded another library than the one that is installed'
           END
    FROM extension AS e LEFT JOIN pg_available_extensions AS a ON a.name = 'export_leads'
    WHERE e.extversion <> library;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_extension(text) IS
    'Internal: the extension''s privileges, reader and library, for export_leads_check()';

-- The check's part about what files hold: fields that stay empty, and statuses that no lead can be in.

-- Whether a table, its partitions and its children are all on this server, so that the check may read some rows.
CREATE FUNCTION @extschema@._export_leads_is_local(relation regclass)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE tree (part) AS (
        SELECT relation::oid
        UNION
        SELECT i.inhrelid FROM tree AS t JOIN pg_inherits AS i ON i.inhparent = t.part
    )
    SELECT COALESCE(bool_and(c.relkind IN ('r', 'p')), false)
    FROM tree AS t LEFT JOIN pg_class AS c ON c.oid = t.part;
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_local(regclass) IS
    'Internal: whether no part of a table is on another server, for export_leads_check()';

-- Whether the leads' status can hold any of the statuses' names, where the types do not show it. Nobody else's code is
-- run: only a column of PostgreSQL's own text types is read.
CREATE FUNCTION @extschema@._export_leads_names_fit(configuration @extschema@.export_leads_configuration)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lead_type oid;
    fits boolean;
BEGIN
    lead_type := @extschema@._export_leads_compared_type(configuration.leads, configuration.lead_status);
    IF lead_type IS NULL
       OR COALESCE(@extschema@._export_leads_status_family(configuration.leads, configuration.lead_status), 'text')
              IN ('text', 'uuid') OR configuration.status_key IS NOT NULL
       OR NOT EXISTS (SELECT
                      FROM pg_attribute AS a
                      WHERE a.attrelid = configuration.statuses AND a.attname = configuration.status_name
                        AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)) THEN
        RETURN true;
    END IF;
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %1$s) '
                   'OR EXISTS (SELECT FROM %1$s AS s '
                   'WHERE s.%2$I OPERATOR(pg_catalog.~) ''^-?[0-9]+$'' AND NOT $2 '
                   'OR s.%2$I::pg_catalog.text OPERATOR(pg_catalog.=) '
                   'ANY (SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = $1))',
                   configuration.statuses, configuration.status_name)
    INTO fits
    USING lead_type, EXISTS (SELECT FROM pg_enum AS e WHERE e.enumtypid = lead_type);
    RETURN fits;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN true;  -- only callers who may read the statuses are told about them
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_names_fit(@extschema@.export_leads_configuration) IS
    'Internal: whether leads can be in any of the statuses by their names, for export_leads_check()';

-- What a thousand leads show: that leads hold the key of a status and not its name, or the key of another tenant's
-- status. Nobody else's code is run: only columns of PostgreSQL's own types are read.
CREATE FUNCTION @extschema@._export_leads_check_statuses(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    leads text;
    key text := configuration.status_key;
    is_odd boolean;
BEGIN
    IF NOT @extschema@._export_leads_is_local(configuration.leads)
       OR NOT @extschema@._export_leads_is_local(configuration.statuses) THEN
        RETURN;
    ELSIF key IS NULL THEN
        SELECT a.attname INTO key
        FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = configuration.statuses AND i.indisprimary AND i.indnkeyatts = 1
          AND a.attname <> configuration.status_name;
    END IF;
    IF EXISTS (SELECT
               FROM (VALUES (configuration.leads, configuration.lead_status),
                            (configuration.leads, configuration.lead_tenant),
                            (configuration.statuses, configuration.status_name),
                            (configuration.statuses, configuration.status_tenant),
                            (configuration.statuses, key)) AS c (relation, name)
               LEFT JOIN pg_attribute AS a ON a.attrelid = c.relation AND a.attname = c.name AND NOT a.attisdropped
               LEFT JOIN pg_type AS t ON t.oid = a.atttypid
               WHERE c.name IS NOT NULL AND (t.typnamespace = 'pg_catalog'::regnamespace) IS NOT TRUE) THEN
        RETURN;
    END IF;
    leads := format('(SELECT l.%I::pg_catalog.text AS status, l.%I::pg_catalog.text AS tenant FROM %s AS l LIMIT 1000)',
                    configuration.lead_status, configuration.lead_tenant, configuration.leads);
    IF configuration.status_key IS NULL AND key IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$s AS l JOIN %2$s AS s '
                       'ON l.status OPERATOR(pg_catalog.=) s.%3$I::pg_catalog.text) '
                       'AND NOT EXISTS (SELECT FROM %1$s AS l JOIN %2$s AS s ON pg_catalog.lower(l.status) '
                       'OPERATOR(pg_catalog.=) pg_catalog.lower(s.%4$I::pg_catalog.text))',
                       leads, configuration.statuses, key, configuration.status_name)
        INTO is_odd;
        RETURN QUERY
        SELECT 'status_names', 'warning', configuration.leads::text,
               format('leads of table "%s" hold the key of their status, and set-up takes it for its name',
                      configuration.leads),
               @extschema@._export_leads_setup_call(jsonb_build_object('status_key', key))
        WHERE is_odd;
    ELSIF configuration.status_key IS NOT NULL AND configuration.status_tenant IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$s AS l JOIN %2$s AS s '
                       'ON l.status OPERATOR(pg_catalog.=) s.%3$I::pg_catalog.text '
                       'WHERE s.%4$I::pg_catalog.text IS DISTINCT FROM l.tenant AND (s.%4$I IS NOT NULL OR NOT $1))',
                       leads, configuration.statuses, key, configuration.status_tenant)
        INTO is_odd
        USING configuration.status_defaults;
        RETURN QUERY
        SELECT 'status_foreign', 'warning', configuration.leads::text,
               format('leads of table "%s" are in statuses that are not of their tenant: no export finds them, unless '
                      'those without a tenant are everybody''s (status_defaults)', configuration.leads), NULL
        WHERE is_odd;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN;  -- only callers who may read the leads are told about them
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_statuses(@extschema@.export_leads_configuration) IS
    'Internal: statuses that no export would find, for export_leads_check()';

CREATE FUNCTION @extschema@._export_leads_check_fields(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'field_empty', 'info', f.field,
           format('files leave "%s" empty: no column of table "%s" was found or named for it',
                  f.field, d.decided ->> f.part),
           CASE WHEN c.candidates <> '{}'
                THEN @extschema@._export_leads_setup_call(jsonb_build_object(f.field, c.candidates[1])) END
    FROM to_jsonb(configuration) AS d (decided)
    CROSS JOIN @extschema@._export_leads_fields() AS f
    CROSS JOIN LATERAL @extschema@._export_leads_candidates(f.field, d.decided) AS c (candidates)
    WHERE NOT f.required
      AND f.field <> 'status_key'
      AND d.decided ->> f.field IS NULL
      AND d.decided ->> f.part <> '-'
    UNION ALL
    SELECT 'field_empty', 'info', 'full_name',
           format('files call every lead "ללא שם": no column of table "%s" was found or named for it',
                  (configuration).leads),
           NULL
    WHERE (configuration).leads IS NOT NULL
      AND NOT (configuration).full_name_given
      AND (configuration).full_name = @extschema@._export_leads_full_name_of('{}'::text[])
    UNION ALL
    SELECT 'status_names', 'warning', (configuration).leads::text,
           format('no status of table "%s" has a name that column "%s" of table "%s" can hold: where leads hold the '
                  'key of their status, set-up must be told', (configuration).statuses, (configuration).lead_status,
                  (configuration).leads),
           @extschema@._export_leads_setup_call(jsonb '{"status_key": "..."}')
    WHERE EXISTS (SELECT FROM pg_class AS c WHERE c.oid = (configuration).leads)
      AND @extschema@._export_leads_is_local((configuration).statuses)
      AND NOT @extschema@._export_leads_names_fit(configuration);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_fields(@extschema@.export_leads_configuration) IS
    'Internal: what files leave empty, for export_leads_check()';

-- The check's part about partitions on other servers, whose row security this server cannot see.

-- With row_security = off, a server raises an error instead of silently leaving rows out, and does so for every role.
-- Whether roles that see some of the rows should get errors is for the site to decide. Only servers behind postgres_fdw
-- have row security.
CREATE FUNCTION @extschema@._export_leads_check_foreign(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE part AS (
        SELECT unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls])::oid AS relation
        UNION
        SELECT i.inhrelid
        FROM part JOIN pg_inherits AS i ON i.inhparent = part.relation
    ), server AS (
        SELECT DISTINCT s.srvname, o.option_value AS options
        FROM part
        JOIN pg_foreign_table AS f ON f.ftrelid = part.relation
        JOIN pg_foreign_server AS s ON s.oid = f.ftserver
        JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw AND w.fdwname = 'postgres_fdw'
        LEFT JOIN LATERAL pg_options_to_table(s.srvoptions) AS o ON o.option_name = 'options'
    )
    SELECT 'foreign_row_security', 'warning', format('server %I', srvname),
           format('rows that row security of server "%s" hides are missing from exports in silence, unless its options '
                  'hold "-c row_security=off", with which it refuses what it would hide to all roles', srvname),
           NULL
    FROM server
    WHERE options IS NULL OR options !~ '\mrow_security=off\M';
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_foreign(@extschema@.export_leads_configuration) IS
    'Internal: other servers that may hide rows of a partition, for export_leads_check()';

-- The check's part about how calls name their lead: by a value of the type of the lead's id.

-- The type that indexes on a column are of, where varchar is text.
CREATE FUNCTION @extschema@._export_leads_compared_type(relation regclass, column_name text)
RETURNS regtype
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE t.type WHEN 'varchar'::regtype THEN 'text'::regtype ELSE t.type END
    FROM @extschema@._export_leads_base_type(relation, column_name) AS t (type);
END;
COMMENT ON FUNCTION @extschema@._export_leads_compared_type(regclass, text) IS
    'Internal: the type that a column''s values compare as, for export_leads_check()';

-- Types of one family, such as integer and bigint, can use each other's indexes; the worst is that a lead whose id does
-- not fit the calls' type can have no calls. Other types are cast for each call, if PostgreSQL has an implicit cast. If
-- it has none, no export runs; nor if both columns have explicit collations that differ.
CREATE FUNCTION @extschema@._export_leads_check_ids(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'id_types',
           CASE WHEN EXISTS (SELECT
                             FROM pg_amop AS o
                             WHERE o.amopmethod = (SELECT m.oid FROM pg_am AS m WHERE m.amname = 'btree')
                               AND o.amopstrategy = 3
                               AND o.amoplefttype = call.type
                               AND o.amoprighttype = lead.type)
                THEN 'info'
                WHEN EXISTS (SELECT
                             FROM pg_cast AS c
                             WHERE c.castcontext = 'i'
                               AND (c.castsource, c.casttarget) IN ((call.type, lead.type), (lead.type, call.type)))
                THEN 'warning'
                ELSE 'error'
           END,
           (configuration).calls::text,
           format('column "%s" of table "%s" has type %s, but column "%s" of table "%s" has type %s: they should have '
                  'one type, in which whoever writes them can write all that he writes now',
                  (configuration).call_lead_id, (configuration).calls, call.type,
                  (configuration).lead_id, (configuration).leads, lead.type),
           NULL
    FROM @extschema@._export_leads_compared_type((configuration).leads, (configuration).lead_id) AS lead (type)
    CROSS JOIN @extschema@._export_leads_compared_type((configuration).calls, (configuration).call_lead_id)
        AS call (type)
    WHERE lead.type <> call.type
    UNION ALL
    SELECT 'id_collations', 'error', (configuration).calls::text,
           format('column "%s" of table "%s" has collation %s, but column "%s" of table "%s" has collation %s: they '
                  'should have one collation, by which the application may compare and sort them',
                  (configuration).call_lead_id, (configuration).calls, call.attcollation::regcollation,
                  (configuration).lead_id, (configuration).leads, lead.attcollation::regcollation),
           NULL
    FROM pg_attribute AS lead CROSS JOIN pg_attribute AS call
    WHERE lead.attrelid = (configuration).leads AND lead.attname = (configuration).lead_id
      AND call.attrelid = (configuration).calls AND call.attname = (configuration).call_lead_id
      AND lead.attcollation <> call.attcollation
      AND lead.attcollation NOT IN (0::oid, 'pg_catalog.default'::regcollation)
      AND call.attcollation NOT IN (0::oid, 'pg_catalog.default'::regcollation);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_ids(@extschema@.export_leads_configuration) IS
    'Internal: the types by which calls find their lead, for export_leads_check()';

-- The check's part about speed: the indexes that find the leads of a tenant and status and each lead's latest call, and
-- the planner's statistics.

-- Tables under 256 kB, partitions included, are read quickly without any index.
CREATE FUNCTION @extschema@._export_leads_is_small(relation regclass)
RETURNS boolean
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(sum(pg_relation_size(part.relid)), 0) < 256 * 1024
    FROM (SELECT relation AS relid UNION SELECT t.relid FROM pg_partition_tree(relation) AS t) AS part;
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_small(regclass) IS
    'Internal: whether a table is too small to need indexes, for export_leads_check()';

-- The btree indexes on all rows of a table: the names of their key columns with the options of each (0 is ASC NULLS
-- LAST, 3 is DESC NULLS FIRST), and of all their columns. An expression has no name.
CREATE FUNCTION @extschema@._export_leads_indexes_of(relation regclass)
RETURNS TABLE (
    index regclass, is_usable boolean, is_partitioned boolean, keys text[], options smallint[], columns text[])
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, i.indisvalid AND i.indisready, c.relkind = 'I',
           parts.columns[:i.indnkeyatts], ARRAY(SELECT unnest(i.indoption)), parts.columns
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = c.relam
    CROSS JOIN LATERAL (
        SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
        FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
    ) AS parts
    WHERE i.indrelid = relation AND m.amname = 'btree' AND i.indpred IS NULL;
END;
COMMENT ON FUNCTION @extschema@._export_leads_indexes_of(regclass) IS
    'Internal: the indexes that may serve an export, for export_leads_check()';

-- The indexes that serve an export, and whether in the best way. Leads are found by tenant and status, in either order;
-- sorting them is cheap. Calls are found by their lead, which may come after the tenant. If creation time and id follow
-- in the index, older calls are not read, and if it holds the other columns as well, the table is not read at all.
CREATE FUNCTION @extschema@._export_leads_serving(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, index regclass, is_usable boolean, is_partitioned boolean, is_best boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT (configuration).leads, i.index, i.is_usable, i.is_partitioned, true
    FROM @extschema@._export_leads_indexes_of((configuration).leads) AS i
    WHERE i.keys[1:2] @> ARRAY[(configuration).lead_tenant, (configuration).lead_status]
    UNION ALL
    SELECT (configuration).calls, i.index, i.is_usable, i.is_partitioned,
           i.keys[p.place + 1:p.place + 2] = ARRAY[(configuration).call_created_at, (configuration).call_id]
           AND i.options[p.place + 1] = i.options[p.place + 2]
           AND i.options[p.place + 1] IN (0, 3)
           AND i.columns @> array_remove(ARRAY[(configuration).call_tenant, (configuration).call_status], NULL)
    FROM @extschema@._export_leads_indexes_of((configuration).calls) AS i
    CROSS JOIN LATERAL (SELECT array_position(i.keys, (configuration).call_lead_id)) AS p (place)
    WHERE p.place = 1 OR (p.place = 2 AND i.keys[1] = (configuration).call_tenant);
END;
COMMENT ON FUNCTION @extschema@._export_leads_serving(@extschema@.export_leads_configuration) IS
    'Internal: the indexes that serve an export, for export_leads_check()';

-- The best index for each table that is large enough to need one and has the columns. In one that begins with the
-- tenant, the calls of a small tenant's leads lie together.
CREATE FUNCTION @extschema@._export_leads_best_indexes(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, detail text, sql text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH best AS (
        SELECT (configuration).leads AS relation, 'its leads of a tenant and status' AS what,
               ARRAY[(configuration).lead_tenant, (configuration).lead_status,
                     (configuration).lead_created_at, (configuration).lead_id] AS columns,
               format('(%I, %I, %I DESC, %I DESC)', (configuration).lead_tenant, (configuration).lead_status,
                      (configuration).lead_created_at, (configuration).lead_id) AS shape
        UNION ALL
        SELECT (configuration).calls, 'the calls of a lead',
               array_remove(ARRAY[(configuration).call_tenant, (configuration).call_lead_id,
                                  (configuration).call_created_at, (configuration).call_id,
                                  (configuration).call_status], NULL),
               format('(%I, %I, %I DESC, %I DESC)', (configuration).call_tenant, (configuration).call_lead_id,
                      (configuration).call_created_at, (configuration).call_id)
               || COALESCE(format(' INCLUDE (%I)', (configuration).call_status), '')
    )
    SELECT b.relation, b.what,
           format(CASE c.relkind WHEN 'p' THEN 'CREATE INDEX ON %s %s; '
                                               '-- blocks writes meanwhile: CONCURRENTLY is not for partitioned tables'
                                 ELSE 'CREATE INDEX CONCURRENTLY ON %s %s;' END, b.relation, b.shape)
    FROM best AS b JOIN pg_class AS c ON c.oid = b.relation
    WHERE c.relkind IN ('r', 'p')
      AND NOT @extschema@._export_leads_is_small(b.relation)
      AND b.columns <@ ARRAY(SELECT a.attname::text
                             FROM pg_attribute AS a
                             WHERE a.attrelid = b.relation AND NOT a.attisdropped);
END;
COMMENT ON FUNCTION @extschema@._export_leads_best_indexes(@extschema@.export_leads_configuration) IS
    'Internal: the indexes that exports run best with, for export_leads_check()';

CREATE FUNCTION @extschema@._export_leads_check_indexes(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH serving AS (
        SELECT * FROM @extschema@._export_leads_serving(configuration)
    ), best AS (
        -- An index that is being built, or was left invalid, must not be built a second time.
        SELECT b.relation, b.detail, b.sql,
               bool_or(s.index IS NOT NULL) AS is_served, COALESCE(bool_or(s.is_best), false) AS is_served_best
        FROM @extschema@._export_leads_best_indexes(configuration) AS b
        LEFT JOIN serving AS s ON s.relation = b.relation AND (s.is_usable OR NOT s.is_partitioned)
        GROUP BY b.relation, b.detail, b.sql
    )
    SELECT 'index_missing', 'warning', b.relation::text,
           format('no index on table "%s" finds %s', b.relation, b.detail), b.sql
    FROM best AS b
    WHERE NOT b.is_served
    UNION ALL
    SELECT 'index_only', 'info', b.relation::text,
           format('no index on table "%s" holds all that an export reads of the latest call of a lead', b.relation),
           b.sql
    FROM best AS b
    WHERE b.is_served AND NOT b.is_served_best
    UNION ALL
    SELECT 'index_invalid', 'warning', s.index::text,
           format('index "%s" on table "%s" is invalid', s.index, s.relation),
           -- An invalid unique index may still keep duplicates out.
           format(CASE WHEN NOT (SELECT i.indisunique AND i.indisready FROM pg_index AS i WHERE i.indexrelid = s.index)
                            AND EXISTS (SELECT
                                        FROM serving AS t
                                        WHERE t.relation = s.relation AND t.is_usable AND (t.is_best OR NOT s.is_best))
                       THEN 'DROP INDEX CONCURRENTLY %s;'
                       ELSE 'REINDEX INDEX CONCURRENTLY %s;' END, s.index)
    FROM serving AS s
    WHERE NOT s.is_usable
      AND NOT s.is_partitioned
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS g WHERE g.index_relid = s.index)
    UNION ALL
    SELECT 'no_statistics', 'info', c.oid::regclass::text,
           format('table "%s" was never analyzed', c.oid::regclass), format('ANALYZE %s;', c.oid::regclass)
    FROM pg_class AS c
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.relkind IN ('r', 'p')
      AND c.reltuples < 0
      AND NOT @extschema@._export_leads_is_small(c.oid::regclass);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_indexes(@extschema@.export_leads_configuration) IS
    'Internal: what makes exports slow, for export_leads_check()';

-- The check's part about everybody else: who no longer sees rows because of the row security that set-up enabled. Where
-- a site had row security before set-up, who sees what is its own decision.

-- The views and materialized views that read a table as their owner.
CREATE FUNCTION @extschema@._export_leads_views_of(relation regclass)
RETURNS TABLE (view regclass, owner oid)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT v.oid::regclass, v.relowner
    FROM pg_depend AS d
    JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    JOIN pg_class AS v ON v.oid = w.ev_class
    WHERE d.refclassid = 'pg_class'::regclass
      AND d.refobjid = relation
      AND v.relkind IN ('v', 'm')
      AND NOT EXISTS (SELECT FROM pg_options_to_table(v.reloptions) AS o
                      WHERE o.option_name = 'security_invoker' AND o.option_value::boolean);
END;
COMMENT ON FUNCTION @extschema@._export_leads_views_of(regclass) IS
    'Internal: views that row security may empty, for export_leads_check()';

-- The roles with privileges on a table, or with a view on it, that its row security binds and to which no permissive
-- policy applies; 0 is PUBLIC. Where there is a policy for a group, for one of its members, or for any role where
-- PUBLIC has the privilege, the site has decided itself.
CREATE FUNCTION @extschema@._export_leads_shut_out(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, role oid)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, who.role
    FROM pg_class AS c
    CROSS JOIN LATERAL (
        SELECT acl.grantee
        FROM aclexplode(c.relacl) AS acl
        WHERE acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        UNION
        SELECT acl.grantee
        FROM pg_attribute AS a, aclexplode(a.attacl) AS acl
        WHERE a.attrelid = c.oid AND NOT a.attisdropped AND acl.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
        UNION
        SELECT v.owner
        FROM @extschema@._export_leads_views_of(c.oid::regclass) AS v
        WHERE has_any_column_privilege(v.owner, c.oid, 'SELECT')
    ) AS who (role)
    LEFT JOIN pg_roles AS r ON r.oid = who.role
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.oid::regclass = ANY ((configuration).secured)
      AND c.relrowsecurity
      AND (who.role = 0 OR NOT (r.rolsuper OR r.rolbypassrls OR r.rolname = 'export_leads_reader'
                                OR pg_has_role(r.oid, c.relowner, 'USAGE')))
      AND NOT EXISTS (
          SELECT
          FROM pg_policy AS p CROSS JOIN unnest(p.polroles) AS audience (role)
          WHERE p.polrelid = c.oid
            AND p.polpermissive
            AND audience.role IS DISTINCT FROM to_regrole('export_leads_reader')::oid
            AND CASE WHEN 0 IN (who.role, audience.role) THEN true
                     ELSE pg_has_role(who.role, audience.role, 'USAGE')
                          OR pg_has_role(audience.role, who.role, 'USAGE') END);
END;
COMMENT ON FUNCTION @extschema@._export_leads_shut_out(@extschema@.export_leads_configuration) IS
    'Internal: roles that row security shows nothing, for export_leads_check()';

-- The remediation is the policy that set-up creates: with it, everybody's access is what it was before row security. If
-- there is another permissive policy, or an altered one of that name, it would show roles more than that policy does,
-- so the site has to decide. It also has to decide about a role that makes backups, since BYPASSRLS frees a role from
-- all policies.
CREATE FUNCTION @extschema@._export_leads_check_others(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH shut_out AS (
        SELECT s.relation, array_agg(s.role) AS roles,
               CASE WHEN bool_or(s.role = 0) THEN 'PUBLIC'
                    ELSE string_agg(s.role::regrole::text, ', ' ORDER BY s.role::regrole::text) END AS names
        FROM @extschema@._export_leads_shut_out(configuration) AS s
        GROUP BY s.relation
    ), mended AS (
        SELECT s.*,
               CASE WHEN decided.policies IS NOT NULL
                    THEN format(': set-up''s own policy would show more than %s to others, too', decided.policies) END
                   AS decision,
               CASE WHEN decided.policies IS NULL
                    THEN format('CREATE POLICY export_leads_others ON %s AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true);', s.relation) END AS remediation
        FROM shut_out AS s
        CROSS JOIN LATERAL (
            SELECT string_agg(format('policy "%s"', p.polname), ', ' ORDER BY p.polname)
            FROM pg_policy AS p
            WHERE p.polrelid = s.relation
              AND p.polpermissive
              AND p.polname <> 'export_leads_tenant_rows'
              AND NOT format('%s.%I', s.relation, p.polname) = ANY ((configuration).dormant)
        ) AS decided (policies)
    )
    SELECT 'shut_out', 'warning', m.relation::text,
           format('row security hides all rows of table "%s" from %s, who have privileges on it%s',
                  m.relation, m.names, m.decision),
           m.remediation
    FROM mended AS m
    UNION ALL
    SELECT 'view_shut_out', 'warning', v.view::text,
           format('view "%s" shows no rows of table "%s", which row security hides from its owner%s',
                  v.view, m.relation, m.decision),
           m.remediation
    FROM mended AS m CROSS JOIN LATERAL @extschema@._export_leads_views_of(m.relation) AS v
    WHERE v.owner = ANY (m.roles)
    UNION ALL
    SELECT 'backup_shut_out', 'warning', r.oid::regrole::text,
           format('pg_dump as role "%s", which does not bypass row security, refuses tables with row security: %s',
                  r.rolname, string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid::regclass::text)),
           NULL
    FROM pg_roles AS r JOIN pg_class AS c ON c.oid::regclass = ANY ((configuration).secured) AND c.relrowsecurity
    WHERE r.rolcanlogin
      AND NOT r.rolsuper
      AND NOT r.rolbypassrls
      AND r.rolname <> 'export_leads_reader'
      AND pg_has_role(r.oid, 'pg_read_all_data', 'USAGE')
      AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')
    GROUP BY r.oid, r.rolname
    UNION ALL
    SELECT 'replication_shut_out', 'warning', format('subscription %I', s.subscription),
           format('subscription "%s" cannot replicate into table "%s", whose row security binds role "%s", as which it '
                  'writes: its owner would have to bypass row security', s.subscription, c.oid::regclass, s.writes_as),
           NULL
    FROM pg_class AS c
    CROSS JOIN LATERAL @extschema@._export_leads_bound_subscriptions(c.oid::regclass) AS s
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls) AND c.relrowsecurity;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_others(@extschema@.export_leads_configuration) IS
    'Internal: whom row security keeps from what they could see before, for export_leads_check()';

-- The check's part about a site's own policies: what remedies those that stop exports, and which others affect exports.

-- The remedy for a restrictive policy that stops exports, which changes nothing for other roles: an exemption for the
-- reader, in a form that exports recognize.
CREATE FUNCTION @extschema@._export_leads_exemption(relation regclass, policy text)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
SET DateStyle = 'ISO, YMD'
SET IntervalStyle = postgres
SET TimeZone = 'UTC'
SET extra_float_digits = 1
SET bytea_output = hex
SET lc_monetary = 'C'
BEGIN ATOMIC
    SELECT @extschema@._export_leads_printed_as_owner(
               relation, format('ALTER POLICY %I ON %s USING (CURRENT_USER OPERATOR(pg_catalog.=) '
                                '''export_leads_reader''::pg_catalog.name OR (%s));',
                                policy, relation, pg_get_expr(p.polqual, p.polrelid)))
    FROM pg_policy AS p
    WHERE p.polrelid = relation AND p.polname = policy;
END;
COMMENT ON FUNCTION @extschema@._export_leads_exemption(regclass, text) IS
    'Internal: what exempts exports from a site''s own restrictive policy, for export_leads_check()';

-- What is worth knowing, though it needs no remedy: a permissive policy takes no part in an export, since our
-- restrictive policy hides what it could add; a restrictive policy is listed here if exports may run under it. Those
-- that stop exports come from _export_leads_findings().
CREATE FUNCTION @extschema@._export_leads_check_policies(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT kind.name, 'info', c.oid::regclass::text, format(kind.detail, p.polname, c.oid::regclass), NULL
    FROM pg_policy AS p
    JOIN pg_class AS c ON c.oid = p.polrelid
    LEFT JOIN @extschema@.export_leads_accepted_policies AS a ON a.relation = c.oid AND a.policy = p.polname::text
    CROSS JOIN LATERAL (SELECT starts_with(pg_get_expr(p.polqual, c.oid),
                                           '((CURRENT_USER = ''export_leads_reader''::name) OR ')) AS e (is_exempting)
    CROSS JOIN LATERAL (VALUES
        ('permissive_policy', p.polpermissive,
         'policy "%s" on table "%s" takes no part in exports'
         || CASE WHEN EXISTS (SELECT
                              FROM pg_policy AS o
                              WHERE o.polrelid = c.oid AND o.polname = 'export_leads_others'
                                AND o.polroles && (p.polroles || 0::oid))
                 THEN ', nor does it hold others to anything while policy export_leads_others shows them all rows: '
                      'where it is to, that one must go'
                 ELSE ', whatever it shows to others' END),
        ('accepted_policy', NOT p.polpermissive AND NOT e.is_exempting
                            AND a.definition = @extschema@._export_leads_policy_definition(
                                    c.oid::regclass, p.polname::text),
         'exports obey restrictive policy "%s" on table "%s", as set-up was told: no file holds what it hides'),
        ('exempting_policy', NOT p.polpermissive AND e.is_exempting,
         'restrictive policy "%s" on table "%s" exempts exports: files hold what it hides from others')
    ) AS kind (name, applies, detail)
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.relrowsecurity
      AND p.polname NOT IN ('export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others')
      AND p.polcmd IN ('*', 'r')
      AND p.polqual IS NOT NULL
      AND p.polroles && ARRAY[0, to_regrole('export_leads_reader')::oid]
      AND kind.applies
    UNION ALL
    SELECT 'accepted_policy_gone', 'warning', COALESCE(t.name, format('policy %I', a.policy)),
           format('exports obeyed policy "%s" on %s: files hold what it hid', a.policy,
                  COALESCE('table "' || t.name || '", which is gone', 'a table that was dropped')),
           @extschema@._export_leads_setup_call(jsonb_build_object('accepted_policies', ARRAY(
               SELECT @extschema@._export_leads_policy_name(b.relation, b.policy)
               FROM @extschema@.export_leads_accepted_policies AS b
               JOIN pg_policy AS q ON q.polrelid = b.relation AND q.polname = b.policy
               WHERE b.relation IN ((configuration).leads, (configuration).statuses, (configuration).calls))))
    FROM @extschema@.export_leads_accepted_policies AS a
    CROSS JOIN LATERAL @extschema@._export_leads_policy_table(configuration, a.relation) AS t (name)
    WHERE NOT EXISTS (SELECT
                      FROM pg_policy AS p
                      WHERE p.polrelid = a.relation AND p.polname = a.policy
                        AND a.relation IN ((configuration).leads, (configuration).statuses, (configuration).calls));
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_policies(@extschema@.export_leads_configuration) IS
    'Internal: the site''s own policies that exports run under, for export_leads_check()';

-- The privileges on the extension's functions and tables: whatever the default privileges of this database are, nobody
-- but the owner has any until a site grants them. The types of the tables' rows stay as they are: whoever might use one
-- in the way of an update might as well make a view of the table, and pg_dump would warn of their privileges each time.
DO $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT CASE d.classid WHEN 'pg_proc'::regclass THEN 'ROUTINE ' || d.objid::regprocedure
                              ELSE 'TABLE ' || d.objid::regclass END AS object,
               CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
        FROM pg_depend AS d
        LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
        LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
        CROSS JOIN LATERAL aclexplode(CASE WHEN p.oid IS NOT NULL THEN COALESCE(p.proacl, acldefault('f', p.proowner))
                                           ELSE COALESCE(c.relacl, acldefault('r', c.relowner)) END) AS acl
        WHERE d.refclassid = 'pg_extension'::regclass
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')
          AND d.deptype = 'e'
          AND NOT format('%s:%s', d.classid, d.objid)
                  = ANY (string_to_array(current_setting('export_leads_update.members'), ','))
          AND (p.oid IS NOT NULL OR c.relkind = 'r')
          AND acl.grantee <> COALESCE(p.proowner, c.relowner)
        GROUP BY 1, 2
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', member.object, member.grantee);
    END LOOP;
END;
$$;

-- A cast runs with the privileges of whoever uses it: all who may call an export may pass it a time of any type.
GRANT EXECUTE ON FUNCTION @extschema@._export_leads_time_bound(timestamptz),
                          @extschema@._export_leads_time_bound(timestamp),
                          @extschema@._export_leads_time_bound(date) TO PUBLIC;
REVOKE ALL ON TYPE @extschema@.export_leads_time_bound FROM PUBLIC;

-- What an export looks like, byte for byte: the file, the formula guard, the messages.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION export_leads;

CREATE TABLE leads (
    dropped    int,
    id         int PRIMARY KEY,
    tenant_id  int,
    first_name varchar(255),
    last_name  varchar(255),
    name       varchar(255),
    phone_e164 varchar(64),
    email      varchar(255),
    source     varchar(32),
    status     varchar(32) DEFAULT 'new',
    notes      text,
    created_at timestamp
);
ALTER TABLE leads DROP COLUMN dropped;
CREATE TABLE lead_statuses (id int PRIMARY KEY, business_id int, name varchar(64), label varchar(128),
                            UNIQUE (business_id, name));
CREATE TABLE call_log (id int PRIMARY KEY, business_id int, lead_id int, call_status varchar(32), status varchar(32),
                       created_at timestamp);

INSERT INTO lead_statuses VALUES
    (1, 7, 'new', 'חדש'), (2, 13, 'new', 'SECRET13'), (3, 7, 'won', 'נסגר, "סופית"'), (4, 7, 'VIP', 'אח"מ');
INSERT INTO leads VALUES
    (1, 7, 'דנה', 'כהן', NULL, '+972501234567', 'dana@example.com', 'web', 'new', 'צ''יפס, "טעים"',
     '2025-12-23 10:11:12'),
    (2, 7, 'משה', NULL, NULL, '+972501234568', NULL, '', 'new', E'שורה\r\nועוד שורה', '2025-12-23 10:11:12.5'),
    (3, 7, NULL, NULL, NULL, NULL, NULL, NULL, 'new', NULL, NULL),
    (4, 7, 'a', 'b', 'שם מלא', '-5.5', '=1+1', '@SUM(1)', 'new', '=cmd|''/c calc''!A1', '2025-12-23 10:11:12.000001'),
    (5, 7, '', '', '', '', '', '', 'won', E'\t', '2025-01-01'),
    (6, 7, 'x', 'y', NULL, ';=1', 'a|+1', 'b', 'VIP', '＝1', '2025-01-01'),
    (7, 13, 'SECRET13', 'SECRET13', 'SECRET13', 'SECRET13', 'SECRET13', 'SECRET13', 'new', 'SECRET13', '2025-12-31'),
    (8, NULL, 'SECRET13', 'SECRET13', 'SECRET13', 'SECRET13', 'SECRET13', 'SECRET13', 'new', 'SECRET13', '2025-12-31');
INSERT INTO call_log VALUES
    (1, 7, 1, 'no_answer', 'x', '2025-12-24 08:00'),
    (2, 7, 1, 'answered', 'x', '2025-12-25 08:00:00.120000'),
    (3, 7, 1, 'busy', 'x', '2025-12-25 08:00:00.120000'),
    (4, 7, 1, 'planned', 'x', NULL),
    (5, 13, 1, 'SECRET13', 'SECRET13', '2026-01-01'),
    (6, 7, 2, NULL, 'x', '2025-12-24 08:00');
SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend';

-- The file, with its invisible bytes made visible.
CREATE FUNCTION visible(file text) RETURNS text LANGUAGE sql AS
$$ SELECT replace(replace(replace(file, U&'\FEFF', '<BOM>'), E'\r', '<CR>'), E'\t', '<TAB>') $$;
\pset format unaligned
\pset tuples_only on
SELECT visible(export_leads_csv(7, 'new'));
SELECT visible(export_leads_csv('7', 'won'));
SELECT visible(export_leads_csv(7, 'VIP'));
SELECT visible(export_leads_csv(7, 'NEW')) = visible(export_leads_csv(7, 'new'));
-- A status or a tenant that nobody has is an empty file, not an answer to a question.
SELECT visible(export_leads_csv(7, 'Unheard-of'));
SELECT visible(export_leads_csv(99, 'new'));
-- Without the guard the bytes are those of any CSV writer.
SET export_leads.formula_guard = off;
SELECT visible(export_leads_csv(7, 'new'));
RESET export_leads.formula_guard;
SET export_leads.formula_guard = maybe;
-- The session's settings change nothing but the time zone of a timestamptz.
SHOW DateStyle;
SELECT export_leads_filename('new', 'csv', '2025-12-23'),
       export_leads_filename(E'../חדש"\r\nnew', on_date => '2024-02-29');
\pset tuples_only off

-- Bad input.
SELECT export_leads_csv(NULL, 'new');
SELECT export_leads_csv(7, NULL);
SELECT export_leads_csv(7, '');
SELECT export_leads_csv(7, 'חדש');
SELECT export_leads_csv(7, '''; DROP TABLE leads; --');
SELECT export_leads_csv(7, repeat('a', 65));
SELECT export_leads_csv('seven', 'new');
SELECT export_leads_csv(3000000000, 'new');
SELECT export_leads_csv('00000000-0000-0000-0000-000000000007'::uuid, 'new');
SELECT export_leads_filename(NULL);
SELECT export_leads_filename('new', 'pdf');
SELECT export_leads_filename('new', 'csv', 'infinity');
CREATE ROLE export_leads_regress_stranger;
SET ROLE export_leads_regress_stranger;
SELECT export_leads_csv(7, 'new');
RESET ROLE;
DROP ROLE export_leads_regress_stranger;

-- DROP EXTENSION leaves nothing unseen: teardown first.
\set VERBOSITY terse
DROP EXTENSION export_leads;
SELECT count(*) > 0 FROM export_leads_teardown();
DROP EXTENSION export_leads;
DROP FUNCTION visible(text);
DROP TABLE leads, lead_statuses, call_log;

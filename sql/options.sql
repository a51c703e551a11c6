-- What a session may choose of a CSV, byte for byte: the delimiter, the byte order mark, timestamps as Excel reads
-- them, and the strict guard.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION export_leads;

-- Leads are created at a timestamp, calls at a timestamptz.
CREATE TABLE leads (id int PRIMARY KEY, tenant_id int, name text, phone text, email text, status text,
                    notes text, created_at timestamp, amount int);
CREATE TABLE lead_statuses (tenant_id int, name text, label text);
CREATE TABLE call_logs (id int PRIMARY KEY, tenant_id int, lead_id int, call_status text, created_at timestamptz);
INSERT INTO lead_statuses VALUES (7, 'new', 'חדש'), (7, 'odd', 'a,b;c'), (13, 'new', 'SECRET13');
INSERT INTO leads VALUES
    (1, 7, 'דנה, כהן', '+972501234567', 'dana@example.com', 'new', 'a;b', '2025-12-23 10:11:12', -5),
    (2, 7, 'משה; לוי', '-5.5', '', 'new', E'a\tb', '2025-12-23 10:11:12.987654', 12),
    (3, 7, 'say "hi"', NULL, NULL, 'new', NULL, NULL, NULL),
    (4, 7, '=1+1', '=1+1', '@SUM(1)', 'new', E'two\r\nlines', '2025-07-01 23:59:59.999999', 0),
    (5, 7, 'split', ';=1', 'a,+1', 'new', 'x|-1', '0044-03-15 12:00:00 BC', 7),
    (6, 7, 'never', '5', '5', 'odd', '5', 'infinity', 1),
    (7, 13, 'SECRET13', 'SECRET13', 'SECRET13', 'new', 'SECRET13', '2025-12-23', 13);
INSERT INTO call_logs VALUES
    (1, 7, 1, 'answered', '2025-12-23 22:30:00.25+00'),
    (2, 7, 2, '+972', '2025-07-01 10:00:00+00'),
    (3, 7, 4, '=x', '1850-01-01 12:00:00+00'),
    (4, 7, 6, 'planned', '-infinity'),
    (5, 13, 1, 'SECRET13', '2026-01-01 00:00:00+00');
SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend';
SELECT export_leads_add_column('amount', 'lead.amount');
SELECT export_leads_set_header('amount', '+₪');

-- The file, with its invisible bytes made visible.
CREATE FUNCTION visible(file text) RETURNS text LANGUAGE sql AS
$$ SELECT replace(replace(replace(file, U&'\FEFF', '<BOM>'), E'\r', '<CR>'), E'\t', '<TAB>') $$;
\pset format unaligned
\pset tuples_only on
\set columns '{status_name,full_name,phone,email,notes,amount}'

-- The delimiter: a field is quoted for the one there is, and, by the guard, for formulas behind the others.
SELECT visible(export_leads_csv(7, 'new', :'columns'));
SET export_leads.csv_delimiter = semicolon;
SELECT visible(export_leads_csv(7, 'new', :'columns'));
SELECT visible(export_leads_csv(7, 'odd'));
SET export_leads.csv_delimiter = tab;
SELECT visible(export_leads_csv(7, 'new', :'columns'));
SET export_leads.formula_guard = off;
SELECT visible(export_leads_csv(7, 'new', :'columns'));
SET export_leads.csv_delimiter = semicolon;
SELECT visible(export_leads_csv(7, 'new', :'columns'));
RESET export_leads.formula_guard;
SELECT visible(export_leads_csv(7, 'odd', '{phone}'));
RESET export_leads.csv_delimiter;

-- Without a byte order mark.
SET export_leads.csv_bom = off;
SELECT visible(export_leads_csv(7, 'odd', '{lead_id,phone}'));
SELECT visible(export_leads_csv(7, 'none', '{lead_id}'));
RESET export_leads.csv_bom;

-- Timestamps: as isoformat() writes them, and as Excel reads them, which has neither fractions nor zones.
\set times '{lead_id,created_at,last_call_at}'
SET TimeZone = 'Asia/Jerusalem';
SELECT visible(export_leads_csv(7, 'new', :'times'));
SET export_leads.timestamp_style = excel;
SELECT visible(export_leads_csv(7, 'new', :'times'));
SELECT visible(export_leads_csv(7, 'odd', :'times'));
SET TimeZone = 'America/New_York';
SELECT visible(export_leads_csv(7, 'new', :'times'));
RESET TimeZone;
RESET export_leads.timestamp_style;

-- The strict guard: every field in quotes, an apostrophe before numbers with a sign, too, and where another reader may
-- begin a cell, and "" for what is NULL.
SET export_leads.formula_guard = strict;
SELECT visible(export_leads_csv(7, 'new'));
SELECT visible(export_leads_csv(7, 'new', :'columns'));
SELECT visible(export_leads_csv(7, 'new', '{email}'));
SELECT visible(export_leads_csv(7, 'none', '{amount,lead_id}'));

-- All of it at once, in pieces and as a file, too.
SET export_leads.csv_delimiter = tab;
SET export_leads.csv_bom = off;
SET export_leads.timestamp_style = excel;
SELECT visible(export_leads_csv(7, 'new', '{created_at,phone,last_call_status,last_call_at,amount}'));
SELECT count(DISTINCT file)
FROM (SELECT export_leads_csv(7, 'new')
      UNION ALL SELECT string_agg(piece, '') FROM export_leads_csv_stream(7, 'new') AS piece
      UNION ALL SELECT convert_from(body, 'UTF8') FROM export_leads_file(7, 'new')) AS files (file);
RESET ALL;
SET client_min_messages = warning;

-- What a session may not choose.
SET export_leads.csv_delimiter = ',';
SET export_leads.csv_delimiter = pipe;
SET export_leads.csv_bom = maybe;
SET export_leads.timestamp_style = unix;
SET export_leads.formula_guard = stricter;

-- An error shows its place in an expression that is given, and which column it is of one that has broken since: never
-- the query.
SELECT export_leads_add_column('broken', 'lead..amount');
SELECT export_leads_add_column('broken', 'נקודות + lead.amount');
SELECT export_leads_add_column('broken', 'lead.amount +');
SELECT export_leads_add_column('broken', 'lead.amount::text');
ALTER TABLE leads RENAME amount TO total;
\set SHOW_CONTEXT always
SELECT export_leads_csv(7, 'new', '{lead_id, broken}');
\set SHOW_CONTEXT never
\pset tuples_only off

SELECT count(*) > 0 FROM export_leads_teardown();
DROP EXTENSION export_leads;
DROP FUNCTION visible(text);
DROP TABLE leads, lead_statuses, call_logs;

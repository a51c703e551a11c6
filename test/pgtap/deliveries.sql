-- What a mailer calls: each delivery is leased to one mailer at a time, its file comes whole or not at all, and only
-- the mailer that has it says what became of it. Nobody else reaches any of it.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE EXTENSION export_leads;
\i test/fixtures/kept_files.sql
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
CREATE ROLE postman NOLOGIN;
CREATE ROLE stranger NOLOGIN;

-- What a statement shows when a role runs it: its rows, a line each, or its error.
CREATE FUNCTION test_as(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    shown text;
BEGIN
    PERFORM set_config('role', role, true);
    EXECUTE format('SELECT string_agg(r::text, E''\n'') FROM (%s) AS r', statement) INTO shown;
    PERFORM set_config('role', 'none', true);
    RETURN shown;
EXCEPTION WHEN OTHERS THEN
    RETURN concat(SQLSTATE, ': ', SQLERRM);
END;
$$;
CREATE FUNCTION test_claimed(claim text DEFAULT 'export_leads_claim_deliveries()') RETURNS text LANGUAGE sql AS
$$SELECT test_as('postman', format('SELECT recipient, attempt FROM %s ORDER BY recipient', claim))$$;
-- As if time had passed.
CREATE FUNCTION test_later(pause interval) RETURNS void LANGUAGE sql AS
$$UPDATE export_leads_deliveries SET next_attempt = next_attempt - pause, leased_until = leased_until - pause$$;

SELECT plan(87);

-- Who may call them.
SELECT is(test_as('postman', 'SELECT * FROM export_leads_claim_deliveries()'),
          '42501: permission denied for function export_leads_claim_deliveries',
          'a role that was not allowed to deliver cannot claim deliveries');
CREATE TEMP TABLE calls (call text);
INSERT INTO calls VALUES
    ('export_leads_claim_deliveries()'), ('export_leads_delivery_file(NULL, 1)'),
    ('export_leads_delivery_done(NULL, 1)'), ('export_leads_delivery_failed(NULL, 1, ''x'')'),
    ('export_leads_next_delivery()');
SELECT matches(test_as('crm_app', 'SELECT * FROM ' || call), '^42501: ',
               format('an application cannot call %s', call)) FROM calls;
SELECT count(export_leads_allow_mailer('postman')) AS allowed \gset
SELECT bag_eq($$SELECT p.proname::text FROM pg_proc AS p, aclexplode(p.proacl) AS acl
                WHERE acl.grantee = 'postman'::regrole$$,
              $$SELECT split_part(call, '(', 1) FROM calls$$,
              'export_leads_allow_mailer() grants these functions alone');
SELECT is(test_as('postman', 'SELECT * FROM export_leads_deliveries'),
          '42501: permission denied for table export_leads_deliveries', 'a mailer cannot read the table of deliveries');
SELECT is(test_as('postman', 'SELECT * FROM export_leads_pieces'),
          '42501: permission denied for table export_leads_pieces', 'a mailer cannot read the files of exports');
SELECT is(test_error('SELECT export_leads_allow_mailer(NULL)'), '22004: role must not be null',
          'export_leads_allow_mailer() refuses NULL');
SELECT is(test_error('SELECT export_leads_allow_mailer(''-'')'),
          '22023: not everybody can be allowed to deliver exports (Name the role that the mailer connects as.)',
          'export_leads_allow_mailer() refuses to allow everybody');
SELECT is(test_error('SELECT export_leads_allow_mailer(''export_leads_reader'')'),
          '22023: role "export_leads_reader" is the one that exports read as (Name the role that the mailer connects '
          'as.)', 'export_leads_allow_mailer() refuses the role that exports read as');
SELECT count(export_leads_forbid_mailer('postman')) AS forbidden \gset
SELECT matches(test_as('postman', 'SELECT * FROM ' || call), '^42501: ',
               format('export_leads_forbid_mailer() takes back %s', call)) FROM calls;
SELECT count(export_leads_allow_mailer('postman')) AS allowed \gset

-- Claims.
SELECT is(test_as('postman', 'SELECT export_leads_next_delivery()'), '()', 'no delivery is waiting at first');
SELECT test_keep('7', 'new', convert_to(repeat('שלום, ', 100), 'UTF8'), 300) AS export_7 \gset
SELECT test_keep('13', 'new', 'SECRET13', 100) AS export_13 \gset
INSERT INTO export_leads_deliveries (tenant, export_id, recipient, name, created_at) VALUES
    ('7', :'export_7', 'a@example.com', 'Weekly', now()), ('7', :'export_7', 'b@example.com', 'Weekly', now()),
    ('13', :'export_13', 'c@example.com', NULL, now() + interval '1 second');
SELECT delivery_id AS a FROM export_leads_deliveries WHERE recipient = 'a@example.com' \gset
SELECT delivery_id AS b FROM export_leads_deliveries WHERE recipient = 'b@example.com' \gset
SELECT delivery_id AS c FROM export_leads_deliveries WHERE recipient = 'c@example.com' \gset

SELECT is(test_as('postman', 'SELECT export_leads_next_delivery()'), '(00:00:00)', 'a new delivery is due at once');
SELECT is(test_as('postman', $$SELECT tenant, name, status, format, filename, content_type, lead_count, size,
                                      length(sha256), requested_by, exported_at = now()
                               FROM export_leads_claim_deliveries(1)$$),
          '(7,Weekly,new,csv,outbound_leads_status_new_2026-01-31.csv,"text/csv; charset=utf-8",3,1000,64,dana,t)',
          'a claim tells what a mail says of an export');
SELECT is(test_claimed(), E'(b@example.com,1)\n(c@example.com,1)', 'a claim takes the deliveries of all tenants');
SELECT is(test_claimed(), NULL, 'what is leased is not claimed again');
SELECT is(test_as('postman', $$SELECT export_leads_next_delivery() BETWEEN '4 minutes' AND '5 minutes'$$), '(t)',
          'the next delivery is the one whose lease ends first');
SELECT test_later('5 minutes');
SELECT is(test_claimed('export_leads_claim_deliveries(2)'), E'(a@example.com,2)\n(b@example.com,2)',
          'what was not delivered when its lease ended is claimed again, at most max_rows, as the next attempt');

-- The file.
SELECT is(test_as('postman', format($$SELECT encode(sha256(string_agg(body, '')), 'hex') FROM
                                    export_leads_delivery_file(%L, 2) AS f (body)$$, :'a')),
          format('(%s)', encode(sha256(convert_to(repeat('שלום, ', 100), 'UTF8')), 'hex')),
          'the file comes byte for byte');
SELECT is(test_as('postman', format('SELECT length(b) FROM export_leads_delivery_file(%L, 2, 250) AS f (b)', :'a')),
          E'(50)\n(300)\n(300)\n(100)', 'the file comes from any of its bytes on');
SELECT is(test_as('postman', format($$SELECT encode(sha256(string_agg(body, '')), 'hex') FROM
                                    export_leads_delivery_file(%L, 2, 600) AS f (body)$$, :'a')),
          format('(%s)', encode(sha256(substring(convert_to(repeat('שלום, ', 100), 'UTF8') FROM 601)), 'hex')),
          'the file comes from the first byte of a piece on');
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2, 1000)', :'a')), NULL,
          'there is nothing after the last byte');
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2, %s)', :'a', first)),
          '22023: first_byte must be from 0 to 1000, the size of the file',
          format('a file has no byte %s', first)) FROM unnest(ARRAY[-1, 1001]) AS first;
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2, NULL)', :'a')),
          '22004: first_byte must not be null', 'the first byte must be given');
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 1)', :'a')),
          format('P0002: delivery %s is not leased to attempt 1', :'a'),
          'a mailer whose lease ended gets no file when another has taken over');
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 1)', :'c')),
          format('P0002: delivery %s is not leased to attempt 1', :'c'),
          'a mailer whose lease ended gets no file even if none has taken over');
SELECT is(test_as('postman', 'SELECT * FROM export_leads_delivery_file(NULL, NULL)'),
          'P0002: delivery  is not leased to attempt ', 'there is no file without a delivery');
SAVEPOINT damaged;
UPDATE export_leads_pieces SET compressed = set_byte(compressed, 20, 0) WHERE first_byte = 300;
SELECT matches(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2)', :'a')), '^XX001: ',
               'a file with a changed byte is an error');
ROLLBACK TO damaged;
DELETE FROM export_leads_pieces WHERE first_byte = 300;
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2)', :'a')),
          'XX001: a part of the file is missing or damaged', 'a file without a piece in its middle is an error');
ROLLBACK TO damaged;
DELETE FROM export_leads_pieces WHERE first_byte = 900;
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2)', :'a')),
          'XX001: a part of the file is missing or damaged', 'a file without its last piece is an error');
ROLLBACK TO damaged;
DELETE FROM export_leads_pieces WHERE first_byte = 0;
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2, 100)', :'a')),
          'XX001: a part of the file is missing or damaged', 'a file without its first piece is an error');
ROLLBACK TO damaged;
DELETE FROM export_leads_pieces;
UPDATE export_leads_exports SET state = 'expired';
SELECT is(test_as('postman', format('SELECT * FROM export_leads_delivery_file(%L, 2)', :'a')),
          'P0002: the file is no longer kept', 'a file that expired during its lease is said to have');
ROLLBACK TO damaged;

-- What became of it.
SELECT is(test_as('postman', format('SELECT export_leads_delivery_done(%L, 1)', :'a')), '(f)',
          'a mailer whose lease ended cannot say that it delivered when another has taken over');
SELECT is(test_as('postman', format('SELECT export_leads_delivery_failed(%L, 1, ''x'')', :'a')), '(f)',
          'nor that it failed');
SELECT is(test_as('postman', format('SELECT export_leads_delivery_done(%L, 2)', :'a')), '(t)',
          'the mailer that has the lease says that it delivered');
SELECT is(test_as('postman', format('SELECT export_leads_delivery_done(%L, 2)', :'a')), '(f)', 'and says it once');
SELECT is(test_as('postman', format('SELECT export_leads_delivery_failed(%L, 2, ''x'')', :'a')), '(f)',
          'what is delivered does not fail');
SELECT results_eq($$SELECT state, sent_at > now(), leased_until FROM export_leads_deliveries
                    WHERE recipient = 'a@example.com'$$,
                  $$VALUES ('sent', true, NULL::timestamptz)$$, 'it is recorded when a delivery was sent');
SELECT is(test_as('postman', format('SELECT export_leads_delivery_done(%L, 1)', :'c')), '(t)',
          'a mail that was sent is recorded after its lease, too, if no other mailer has taken over');
SELECT is(test_as('postman', format($$SELECT export_leads_delivery_failed(%L, 2, %L, '10 minutes')$$, :'b',
                                    E'450\r\n busy\u2028' || repeat('x', 600))), '(t)',
          'the mailer that has the lease says that it failed');
SELECT is((SELECT error FROM export_leads_deliveries WHERE delivery_id = :'b'), '450   busy ' || repeat('x', 489),
          'an error is kept without control characters, and at most 500 characters of it');
SELECT is(test_as('postman', format('SELECT export_leads_delivery_done(%L, 2)', :'b')), '(f)',
          'a delivery that has failed is no longer leased');
SELECT is(test_as('postman', $$SELECT export_leads_next_delivery() BETWEEN '9 minutes' AND '10 minutes'$$), '(t)',
          'the next delivery is the one that is to be tried again');
SELECT is(test_claimed(), NULL, 'what failed is not claimed before its pause is over');
SELECT test_later('10 minutes');
SELECT is(test_claimed(), '(b@example.com,3)', 'what failed is claimed again after the pause');
SELECT is(test_as('postman', format($$SELECT export_leads_delivery_failed(%L, 3, '550 no such user')$$, :'b')), '(t)',
          'a mailer gives a delivery up');
SELECT test_later('1 hour');
SELECT is(test_claimed(), NULL, 'what was given up is not claimed again');
SELECT is(test_as('postman', 'SELECT export_leads_next_delivery()'), '()', 'when all is done no delivery is waiting');

-- Files that are no longer kept.
INSERT INTO export_leads_deliveries (tenant, export_id, recipient)
SELECT '7', :'export_7', 'late@example.com';
SAVEPOINT expired;
UPDATE export_leads_exports SET state = 'expired' WHERE export_id = :'export_7';
SELECT is(test_claimed(), NULL, 'a delivery whose file has expired is not claimed');
SELECT results_eq($$SELECT state, error, attempts FROM export_leads_deliveries WHERE recipient = 'late@example.com'$$,
                  $$VALUES ('failed', 'the file is no longer kept', 0)$$, 'a delivery whose file has expired fails');
ROLLBACK TO expired;
DELETE FROM export_leads_pieces;
SELECT is(test_claimed(), NULL, 'a delivery whose file is gone is not claimed');
SELECT is((SELECT state FROM export_leads_deliveries WHERE recipient = 'late@example.com'), 'failed',
          'a delivery whose file is gone fails');
ROLLBACK TO expired;
UPDATE export_leads_exports SET state = 'running' WHERE export_id = :'export_7';
SELECT is(concat(test_claimed(), test_as('postman', 'SELECT export_leads_next_delivery()')), '()',
          'a delivery whose export still runs waits');
ROLLBACK TO expired;

-- For the tenant's application, whose calls are held to its tenant like an export.
SELECT set_eq(format('SELECT recipient, state, attempts, error FROM export_leads_deliveries(7, %L)', :'export_7'),
              $$VALUES ('a@example.com', 'sent', 2, NULL), ('b@example.com', 'failed', 3, '550 no such user'),
                       ('late@example.com', 'waiting', 0, NULL)$$,
              'a tenant sees what became of its deliveries');
SELECT is(test_as('crm_app', format($$SELECT count(*) FROM export_leads_deliveries('7', %L)$$, :'export_7')), '(3)',
          'an application that may export sees them');
SELECT is(test_as('crm_app', format('SELECT recipient, sent_at IS NOT NULL, next_attempt FROM '
                                    'export_leads_deliveries(13, %L)', :'export_13')), '(c@example.com,t,)',
          'another tenant sees its own');
SELECT is(test_as('crm_app', format('SELECT * FROM export_leads_deliveries(7, %L)', id)),
          format('P0002: there is no kept export %s', id), format('%s is not there', what))
FROM (VALUES (:'export_13', 'another tenant''s export'),
             ('00000000-0000-0000-0000-000000000000', 'an id that nothing has')) AS i (id, what);
SELECT is(test_as('crm_app', 'SELECT * FROM export_leads_deliveries(7, NULL)'),
          '22004: export_id must not be null', 'no export is refused');
SELECT is(test_as('crm_app', format('SELECT * FROM export_leads_deliveries(NULL::bigint, %L)', :'export_7')),
          '22004: tenant must not be null', 'no tenant is refused');
SELECT matches(test_as('stranger', format('SELECT * FROM export_leads_deliveries(7, %L)', :'export_7')), '^42501: ',
               'a role that may not export does not see deliveries');
SELECT matches(test_as('postman', format('SELECT * FROM export_leads_deliveries(7, %L)', :'export_7')), '^42501: ',
               'nor does a mailer, by this way');
SAVEPOINT other_policies;
CREATE POLICY all_tenants ON export_leads_deliveries USING (true);
CREATE POLICY all_tenants ON export_leads_exports USING (true);
SELECT is(test_as('crm_app', format('SELECT * FROM export_leads_deliveries(7, %L)', :'export_13')),
          format('P0002: there is no kept export %s', :'export_13'),
          'beside policies that show all tenants the conditions keep them apart');
ROLLBACK TO other_policies;

-- The check.
SELECT results_eq('SELECT name, level, detail FROM export_leads_check()',
                  $$VALUES ('delivery_failed', 'warning',
                            '1 of the deliveries of the last 7 days failed; the last one: 550 no such user')$$,
                  'export_leads_check() says how many deliveries failed, and why the last one did');
SAVEPOINT mended;
UPDATE export_leads_deliveries SET next_attempt = now() - interval '8 days', state = 'failed' WHERE state = 'waiting';
SELECT remediation AS remedy FROM export_leads_check() WHERE name = 'delivery_failed' \gset
:remedy
SELECT is(test_claimed(), '(b@example.com,1)',
          'what export_leads_check() advises has them sent again, with all attempts');
SELECT is_empty($$SELECT name FROM export_leads_check() WHERE name = 'delivery_failed'$$, 'and it is silent then');
ROLLBACK TO mended;
SELECT test_later('62 minutes');
SELECT matches((SELECT detail FROM export_leads_check() WHERE name = 'deliveries_late'),
               '^deliveries that are late by more than an hour: 1;', 'export_leads_check() says that no mailer runs');
SELECT test_later('7 days');
SELECT is_empty($$SELECT name FROM export_leads_check() WHERE name = 'delivery_failed'$$,
                'export_leads_check() no longer tells of failures of a week ago');

-- What is refused.
SELECT is(test_as('postman', 'SELECT * FROM export_leads_claim_deliveries(' || arguments || ')'), error,
          format('export_leads_claim_deliveries(%s) is refused', arguments))
FROM (VALUES ('0', '22023: max_rows must be from 1 to 1000'), ('NULL', '22004: max_rows must not be null'),
             ('1, ''0''', '22023: lease must be from 1 second to 1 day'), ('1, NULL', '22004: lease must not be null'),
             ('1, ''2 days''', '22023: lease must be from 1 second to 1 day'))
     AS wrong (arguments, error);
SELECT is(test_as('postman', format('SELECT export_leads_delivery_failed(%L, 1, NULL)', :'a')),
          '22004: error must not be null', 'a failure without an error is refused');
SELECT is(test_as('postman', format($$SELECT export_leads_delivery_failed(%L, 1, 'x', '-1 second')$$, :'a')),
          '22023: pause must be from 0 to 30 days', 'a negative pause is refused');

-- Whoever may put triggers on the tables has none run as the owner, who writes them for a mailer and a timer.
GRANT TRIGGER ON export_leads_exports, export_leads_deliveries TO stranger;
CREATE SCHEMA stranger AUTHORIZATION stranger;
SET ROLE stranger;
CREATE FUNCTION stranger.rise() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN ALTER ROLE stranger SUPERUSER; RETURN NULL; END';
CREATE TRIGGER sly AFTER UPDATE OR DELETE ON export_leads_exports EXECUTE FUNCTION stranger.rise();
CREATE TRIGGER sly AFTER UPDATE OR DELETE ON export_leads_deliveries EXECUTE FUNCTION stranger.rise();
RESET ROLE;
SELECT matches(test_error('SELECT * FROM ' || call), '^55000: .* could make superusers call functions',
               format('%s is refused where somebody else may put triggers on the tables', call))
FROM unnest(ARRAY['export_leads_claim_deliveries()', 'export_leads_delivery_done(NULL, 1)',
                  'export_leads_delivery_failed(NULL, 1, ''x'')', 'export_leads_purge()']) AS call;
SELECT is(rolsuper, false, 'and no trigger of theirs has run') FROM pg_roles WHERE rolname = 'stranger';
SELECT finish();
ROLLBACK;

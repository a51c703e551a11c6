-- An export cannot release the session's advisory locks, even if code behind a policy has already called the function
-- that releases them in the same transaction: PL/pgSQL prepares a simple expression once per transaction.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(4);
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    was_held boolean;
BEGIN
    was_held := pg_advisory_unlock(42);
    RETURN true;
END;
$$;
CREATE POLICY site_code ON lead_statuses AS RESTRICTIVE USING (site_code());
ALTER TABLE lead_statuses ENABLE ROW LEVEL SECURITY;
CREATE EXTENSION export_leads;
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset
CREATE FUNCTION test_locks() RETURNS bigint LANGUAGE sql AS
$$SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()$$;

SET LOCAL client_min_messages = error;
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error',
          'code behind a policy may call pg_advisory_unlock() where the session holds no lock');
SELECT pg_advisory_lock(42) AS lock \gset
SELECT is(test_locks(), 1::bigint, 'the session holds the advisory lock that it took');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^42501: cannot execute pg_advisory_unlock',
               'code behind a policy cannot release the session''s advisory lock later in the transaction');
SELECT is(test_locks(), 1::bigint, 'the session still holds its advisory lock after the export');
SELECT pg_advisory_unlock_all() AS unlocked \gset

SELECT finish();
ROLLBACK;

-- Exports are right in serializable and in read-only transactions, and leave the transaction as it was.

BEGIN ISOLATION LEVEL SERIALIZABLE;
\i test/fixtures/application.sql
SELECT plan(11);
CREATE EXTENSION export_leads;
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

SELECT is(current_setting('transaction_isolation'), 'serializable', 'this transaction is serializable');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export in a serializable transaction is right');
UPDATE leads SET notes = 'changed' WHERE id = 1;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'an export in a serializable transaction sees what that has written');
UPDATE leads SET notes = 'plain' WHERE id = 1;
SELECT is(current_setting('transaction_read_only'), 'off', 'after an export the transaction can still write');
SELECT is(current_setting('transaction_isolation'), 'serializable',
          'after an export the transaction is still serializable');

-- Read-only from here to the end of the savepoint.
SELECT test_state() AS state \gset
SAVEPOINT writable;
SET TRANSACTION READ ONLY;
SELECT export_leads_csv('7', 'new') AS file, test_error($$SELECT export_leads_csv('7', '')$$) AS error \gset
SELECT current_setting('transaction_read_only') AS read_only, test_error('DELETE FROM leads') AS write_error,
       (SELECT count(*) FROM export_leads_check()) AS findings \gset
ROLLBACK TO writable;
SELECT is(:'file'::text, :'expected', 'an export in a read-only transaction is right');
SELECT is(:'error'::text, '22023: status must not be empty',
          'an export in a read-only transaction raises the same error for an empty status');
SELECT is(:'read_only'::text, 'on', 'a transaction is still read-only after an export');
SELECT is(:'write_error'::text, '25006: cannot execute DELETE in a read-only transaction',
          'a write after an export in a read-only transaction is still refused');
SELECT is(:'findings'::text, '0', 'export_leads_check() works in a read-only transaction and has no findings');
SELECT is(test_state(), :'state', 'after a read-only transaction the state of the session is as before');

SELECT finish();
ROLLBACK;

-- Exports in serializable and read-only transactions.

BEGIN ISOLATION LEVEL SERIALIZABLE;
\i test/fixtures/application.sql
SELECT plan(11);
CREATE EXTENSION export_leads;
-- An application may export, or the doctor would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

SELECT is(current_setting('transaction_isolation'), 'serializable', 'this transaction is serializable');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export in it is right');
UPDATE leads SET notes = 'changed' WHERE id = 1;
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'and sees what the transaction has written');
UPDATE leads SET notes = 'plain' WHERE id = 1;
SELECT is(current_setting('transaction_read_only'), 'off', 'after an export the transaction can still write');
SELECT is(current_setting('transaction_isolation'), 'serializable', 'and is still serializable');

-- Read-only from here to the end of the savepoint.
SELECT test_state() AS state \gset
SAVEPOINT writable;
SET TRANSACTION READ ONLY;
SELECT export_leads_csv('7', 'new') AS file, test_error($$SELECT export_leads_csv('7', '')$$) AS error \gset
SELECT current_setting('transaction_read_only') AS read_only, test_error('DELETE FROM leads') AS write_error,
       (SELECT count(*) FROM export_leads_check()) AS findings \gset
ROLLBACK TO writable;
SELECT is(:'file'::text, :'expected', 'an export in a read-only transaction is right');
SELECT is(:'error'::text, '22023: status must not be empty', 'and its errors are the same');
SELECT is(:'read_only'::text, 'on', 'the transaction stays read-only');
SELECT is(:'write_error'::text, '25006: cannot execute DELETE in a read-only transaction', 'really');
SELECT is(:'findings'::text, '0', 'the doctor works there, too');
SELECT is(test_state(), :'state', 'and afterwards everything is as before');

SELECT finish();
ROLLBACK;

-- Schedules of both tenants, which timers make due, and what they must have left in the end.

SELECT export_leads_allow_timer('storm_owner');
SET SESSION AUTHORIZATION storm_app;
SELECT export_leads_schedule(tenant, status, '08:00', recipients => ARRAY['a@example.com', 'b@example.com'])
FROM unnest(ARRAY[7, 13]::bigint[]) AS tenant, unnest(ARRAY['new', 'won', 'lost', 'nobodys']) AS status;
RESET SESSION AUTHORIZATION;

-- For timers that have no right to the table.
CREATE FUNCTION storm.make_due() RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER BEGIN ATOMIC
  UPDATE public.export_leads_schedules
  SET next_run = clock_timestamp(), paused = false, failures = 0
  WHERE schedule_id IN (SELECT s.schedule_id
                        FROM public.export_leads_schedules AS s
                        WHERE s.running IS NULL AND (s.next_run > clock_timestamp() OR s.paused)
                        FOR UPDATE SKIP LOCKED);
END;

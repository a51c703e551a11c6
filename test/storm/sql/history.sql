-- What the sessions need to keep exports, and what must be true of what they have kept.

SELECT export_leads_allow(role) FROM unnest(ARRAY['storm_owner', 'storm_app']::regrole[]) AS role;

-- Faults of the tables of the history, which no session can see, when nothing is under way any longer.
CREATE FUNCTION storm.history_faults() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC
  SELECT format('%s is still running', export_id) FROM public.export_leads_exports WHERE state = 'running'
  UNION ALL
  SELECT format('%s is past its time, and still kept', export_id)
  FROM public.export_leads_exports
  WHERE state = 'done' AND finished_at < clock_timestamp() - interval '30 days'
  UNION ALL
  SELECT format('schedule %s still runs', schedule_id) FROM public.export_leads_schedules WHERE running IS NOT NULL
  UNION ALL
  SELECT format('%s has pieces, and is %s', export_id, e.state)
  FROM public.export_leads_pieces AS p LEFT JOIN public.export_leads_exports AS e USING (export_id)
  WHERE e.state IS DISTINCT FROM 'done'
  UNION ALL
  SELECT format('%s has %s bytes in its pieces instead of %s', e.export_id, p.bytes, e.size)
  FROM public.export_leads_exports AS e
  LEFT JOIN LATERAL (SELECT coalesce(sum(f.size), 0) AS bytes FROM public.export_leads_pieces AS f
                     WHERE f.export_id = e.export_id AND f.tenant = e.tenant) AS p ON true
  WHERE e.state = 'done' AND p.bytes <> e.size
  UNION ALL
  SELECT format('%s and %s of one schedule ran at the same time', a.export_id, b.export_id)
  FROM public.export_leads_exports AS a JOIN public.export_leads_exports AS b USING (schedule_id)
  WHERE a.started_at < b.started_at AND b.started_at < a.finished_at
  UNION ALL
  SELECT format('%s failed with %s: %s', export_id, sqlstate, error)
  FROM public.export_leads_exports
  WHERE state = 'failed' AND sqlstate NOT IN ('55000', '57014', '57P02', '40P01', '40001')
  UNION ALL
  SELECT format('%s is %s, and has %s mails', e.export_id, e.state, count(d.export_id))
  FROM public.export_leads_exports AS e LEFT JOIN public.export_leads_deliveries AS d USING (export_id)
  WHERE e.schedule_id IS NOT NULL
  GROUP BY e.export_id, e.state
  HAVING count(d.export_id) <> CASE WHEN e.state IN ('done', 'expired') THEN 2 ELSE 0 END;
END;

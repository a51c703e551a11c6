-- Everything the catalogs know of the extension's members, in lines that two databases can be compared by.
SET search_path = pg_catalog;
SELECT format('%s | %s | %s', pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'),
              (SELECT string_agg(format('%s %s', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                                        a.is_grantable), ',' ORDER BY a.grantee)
               FROM aclexplode(p.proacl) AS a))
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
ORDER BY p.oid::regprocedure::text;
SELECT c.oid::regclass, c.relacl, obj_description(c.oid, 'pg_class'), a.attnum, a.attname, a.atttypid::regtype,
       a.attnotnull, a.attcollation, pg_get_expr(v.adbin, v.adrelid)
FROM pg_class AS c
JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
JOIN pg_attribute AS a ON a.attrelid = c.oid
LEFT JOIN pg_attrdef AS v ON v.adrelid = c.oid AND v.adnum = a.attnum
ORDER BY c.relname, a.attnum;
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid::regclass::text LIKE '%export\_leads%' ORDER BY conrelid::regclass::text, conname;
SELECT extversion, extrelocatable, extcondition,
       (SELECT array_agg(c::regclass::text ORDER BY c::regclass::text) FROM unnest(extconfig) AS c)
FROM pg_extension WHERE extname = 'export_leads';
SELECT format('%s', pg_describe_object(d.classid, d.objid, 0)) FROM pg_depend AS d
WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'export_leads') ORDER BY 1;

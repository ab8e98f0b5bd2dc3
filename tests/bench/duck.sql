-- The rules of duck.policy over native tables. Times are microseconds. Each statement but the last makes a table that the next ones read; the last tells,
-- for every rule, how many events it fires for and a digest of which.
CREATE OR REPLACE TEMP TABLE opened AS
  SELECT e.id, e.time, e.patient, a.worker, coalesce(a.worker, -1 - e.account) AS subject, w.department
  FROM event e JOIN account a ON a.id = e.account LEFT JOIN worker w ON w.id = a.worker
  WHERE e.exposure = 1;
-- What its own author wrote after first opening the chart is no reason.
CREATE OR REPLACE TEMP TABLE fact AS
  SELECT r.*, coalesce(coalesce(r.recorded, r.since) > f.first, false) AS late
  FROM relation r LEFT JOIN (SELECT worker, patient, min(time) AS first FROM opened WHERE worker IS NOT NULL GROUP BY ALL) f ON f.worker = r.author AND f.patient = r.patient;
CREATE OR REPLACE TEMP TABLE reason AS
  SELECT id, min(rank) AS rank FROM (
    SELECT o.id, CASE WHEN r.kind IN (0, 1) THEN 0 WHEN r.kind IN (2, 9) THEN 1 WHEN r.kind IN (3, 5) THEN 2 ELSE 3 END AS rank
    FROM opened o JOIN fact r ON r.patient = o.patient AND r.worker = o.worker
    WHERE r.kind IN (0, 1, 2, 3, 4, 5, 9, 12) AND o.time BETWEEN r.since - 2592000000000 AND r.until + 2592000000000
      AND NOT (r.late AND r.author = o.worker)
    UNION ALL
    SELECT o.id, 4 FROM opened o JOIN fact r ON r.patient = o.patient AND r.department = o.department
    WHERE r.kind IN (0, 1, 2, 6) AND o.time BETWEEN r.since - 2592000000000 AND r.until + 2592000000000
      AND NOT (r.late AND r.author = o.worker)
    UNION ALL
    SELECT o.id, 4 FROM opened o JOIN (
        SELECT DISTINCT v.patient, v.since, v.until, coalesce(r.department, w.department) AS department, CASE WHEN r.late THEN r.author END AS not_for
        FROM encounter v JOIN fact r ON r.patient = v.patient AND r.since <= v.until AND r.until >= v.since LEFT JOIN worker w ON w.id = r.worker
        WHERE r.kind IN (0, 1, 2, 3, 4, 5, 6, 7, 8)
      ) s ON s.patient = o.patient AND s.department = o.department
    WHERE o.time BETWEEN s.since - 2592000000000 AND s.until + 2592000000000 AND s.not_for IS DISTINCT FROM o.worker
  ) GROUP BY id;
CREATE OR REPLACE TEMP TABLE opened_by AS
  SELECT o.*, r.rank, pw.worker AS chart_of FROM opened o LEFT JOIN reason r USING (id) LEFT JOIN patient pw ON pw.id = o.patient;
CREATE OR REPLACE TEMP TABLE fired AS
  SELECT 'self' AS rule, id FROM opened_by WHERE chart_of = worker
  UNION ALL
  SELECT DISTINCT 'household', o.id FROM opened_by o JOIN worker_address x ON x.worker = o.worker JOIN patient_address y ON y.patient = o.patient AND y.key = x.key
    WHERE o.rank IS NULL AND o.chart_of IS DISTINCT FROM o.worker
  UNION ALL
  SELECT 'co-worker', id FROM opened_by WHERE rank IS NULL AND chart_of IS NOT NULL AND chart_of IS DISTINCT FROM worker
  UNION ALL
  SELECT 'glass', id FROM event WHERE exposure = 1 AND break_glass = 1 AND reason >= 0 AND reason < 10
  UNION ALL
  SELECT 'gone', o.id FROM opened_by o JOIN worker w ON w.id = o.worker WHERE NOT (o.time >= w.hired AND (w.gone IS NULL OR o.time < w.gone));
-- An hour with twenty charts lies in two neighbouring clock hours with at least twenty accesses.
CREATE OR REPLACE TEMP TABLE busy AS
  WITH h AS (SELECT subject, time // 3600000000 AS hour, count(*) AS n FROM opened GROUP BY ALL)
  SELECT o.id, o.time, o.patient, o.subject FROM opened o
  WHERE (o.subject, o.time // 3600000000) IN (
    SELECT (a.subject, a.hour) FROM h a LEFT JOIN h b ON b.subject = a.subject AND b.hour = a.hour + 1 LEFT JOIN h c ON c.subject = a.subject AND c.hour = a.hour - 1
    WHERE a.n + greatest(coalesce(b.n, 0), coalesce(c.n, 0)) >= 20);
CREATE OR REPLACE TEMP TABLE many AS
  WITH windows AS (
    SELECT subject, time, count(DISTINCT patient) OVER (PARTITION BY subject ORDER BY time RANGE BETWEEN 3600000000 PRECEDING AND CURRENT ROW) AS n FROM busy
  ), full_ones AS (SELECT DISTINCT subject, time AS until, time - 3600000000 AS since FROM windows WHERE n >= 20)
  SELECT DISTINCT o.id FROM busy o JOIN full_ones f ON f.subject = o.subject AND o.time BETWEEN f.since AND f.until;
CREATE OR REPLACE TEMP TABLE told AS
  SELECT rule, id FROM fired
  UNION ALL SELECT 'many', id FROM many
  UNION ALL SELECT 'unexplained', o.id FROM opened_by o WHERE rank IS NULL AND NOT EXISTS (SELECT 1 FROM fired f WHERE f.id = o.id) AND NOT EXISTS (SELECT 1 FROM many m WHERE m.id = o.id)
  UNION ALL SELECT ['visit', 'order', 'result', 'note', 'department'][rank + 1], id FROM reason;
SELECT rule, count(*) AS n, (sum((id * 2654435761) % 4294967291) % 1000000007)::BIGINT AS digest FROM told GROUP BY rule ORDER BY rule;

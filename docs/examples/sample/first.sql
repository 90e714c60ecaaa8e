-- Which kinds of files take the room on this machine?
SELECT kind, COUNT(*) AS files, ROUND(SUM(size) / 1e6, 1) AS megabytes
FROM files
GROUP BY kind
ORDER BY megabytes DESC
LIMIT 10;

CREATE TABLE projects_{d} AS
  SELECT DISTINCT pid FROM commits
  WHERE author IN (SELECT uid FROM users_{before}) AND pid IN (SELECT pid FROM projects);
CREATE TABLE users_{d} AS
  SELECT DISTINCT author AS uid FROM commits
  WHERE (pid IN (SELECT pid FROM projects_{d}) OR author IN (SELECT uid FROM users_{before})) AND author IN (SELECT uid FROM users);
SELECT {d} AS degree, (SELECT COUNT(*) FROM projects_{d}) AS projects, (SELECT COUNT(*) FROM users_{d}) AS users;

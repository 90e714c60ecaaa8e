package main

import "strings"

// keywords are the words that completion offers and that a name has to be quoted for.
var keywords = strings.Fields(`
ALL ALTER ANALYZE AND AS ASC BETWEEN BY CASE CAST COLUMNS COPY CREATE CROSS DATE DESC DESCRIBE DISTINCT DROP ELSE END
ESCAPE EXISTS EXPLAIN FALSE FROM FUNCTIONS GROUP HAVING IF IN INNER INTERVAL INTO IS JOIN LEFT LIKE LIMIT LOAD NATURAL NOT NULL
OFFSET ON OR ORDER OUTER REGEXP RENAME RIGHT SELECT SEPARATOR SHOW TABLE TABLES THEN TO TRUE UNION USING VALUES WHEN
WHERE WITH XOR`)

// isKeyword says whether a name is a keyword, in any case.
func isKeyword(name string) bool {
	for _, k := range keywords {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

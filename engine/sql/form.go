package sql

// Form documents, for SHOW FUNCTIONS and completion, what belongs to the grammar and not to the functions.
type Form struct{ Name, Class, Usage, Doc string }

var grammarForms = []Form{
	{"AND", "operator", "a AND b, a && b", "whether both conditions are true"},
	{"BETWEEN", "operator", "x [NOT] BETWEEN a AND b", "whether x lies from a to b, both included"},
	{"CASE", "conditional", "CASE WHEN c THEN a … [ELSE b] END, CASE x WHEN v THEN a … END", "the result of the first condition that is true"},
	{"CAST", "conversion", "CAST(x AS type), CONVERT(x, type)", "x as BOOL, INT, FLOAT or STRING; NULL where a string is not one"},
	{"EXISTS", "operator", "[NOT] EXISTS (SELECT …)", "whether the subquery has rows"},
	{"EXTRACT", "date", "EXTRACT(unit FROM date)", "the YEAR, MONTH, DAY, HOUR, … of a date"},
	{"IN", "operator", "x [NOT] IN (a, …), x IN (SELECT …)", "whether x is one of the values"},
	{"INTERVAL", "date", "date + INTERVAL n unit, date - INTERVAL n unit", "the date n units later or earlier"},
	{"IS", "operator", "x IS [NOT] NULL, TRUE or FALSE", "whether x is that; never NULL itself"},
	{"NOT", "operator", "NOT a, !a", "whether the condition is false"},
	{"OR", "operator", "a OR b, a || b", "whether one of the conditions is true"},
}

// Forms lists them by name. The caller must not change the list.
func Forms() []Form { return grammarForms }

// Package sor reads and writes SoR ("schema on read") text: one row a line, each field between < and >.
//
//	<1><"Ada Lovelace"><36.5><>
//	<0><Grace><85>
//
// Blanks around brackets and values count for nothing. An empty field, and one that a row leaves out at its end, is
// missing. A value is a BOOL (0 or 1), an INT, a FLOAT, or a STRING: text without blanks, or any text in double quotes,
// which closes at the first quote before a closing bracket; there are no escapes. A row that is none of this is dropped
// and reported, or ends the read.
//
// The types of the columns come from the first 500 rows of the whole input, however small a slice of it is read, or
// from the caller. Later values that do not fit are NULL and reported.
//
// [Open] gives an [Input] of a file, and [Input.Read] its rows as chunks of columns: the text is cut into parts that
// workers read in parallel, and a [Report] says what was lost, line by line, as if one had read it alone. A [Writer]
// writes rows so that they read back equal.
package sor

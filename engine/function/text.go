package function

import (
	"strings"
	"unicode"

	"github.com/eau2db/eau2/column"
)

const texts = "string"

var str1 = []column.Type{column.String}

var text = []*Func{
	{Name: "LENGTH", Aliases: []string{"OCTET_LENGTH"}, Class: texts, Usage: "LENGTH(s)", Doc: "the number of bytes",
		Overloads: overloads(fn1(func(s string) int64 { return int64(len(s)) }))},
	{Name: "BIT_LENGTH", Class: texts, Usage: "BIT_LENGTH(s)", Doc: "the number of bits",
		Overloads: overloads(fn1(func(s string) int64 { return 8 * int64(len(s)) }))},
	{Name: "CHAR_LENGTH", Aliases: []string{"CHARACTER_LENGTH"}, Class: texts, Usage: "CHAR_LENGTH(s)", Doc: "the number of characters",
		Overloads: overloads(fn1(length))},
	{Name: "UPPER", Aliases: []string{"UCASE"}, Class: texts, Usage: "UPPER(s)", Doc: "s in upper case",
		Overloads: overloads(text1(func(dst []byte, s string) ([]byte, error) { return appendMapped(dst, s, unicode.ToUpper), nil }))},
	{Name: "LOWER", Aliases: []string{"LCASE"}, Class: texts, Usage: "LOWER(s)", Doc: "s in lower case",
		Overloads: overloads(text1(func(dst []byte, s string) ([]byte, error) { return appendMapped(dst, s, unicode.ToLower), nil }))},
	{Name: "CONCAT", Class: texts, Usage: "CONCAT(a, ...)", Doc: "the arguments, of any types, one after the other", Overloads: overloads(concat)},
	{Name: "CONCAT_WS", Class: texts, Usage: "CONCAT_WS(separator, a, ...)", Doc: "the arguments that are not NULL, of any types, with the separator in between",
		Overloads: overloads(concatWS)},

	{Name: "SUBSTRING", Aliases: []string{"SUBSTR", "MID"}, Class: texts, Usage: "SUBSTRING(s, from[, len])", Doc: "the characters of s from place from on, counted from 1, or from the end where negative",
		Overloads: overloads(fn2(substring), fn3(func(s string, from, n int64) string { return take(substring(s, from), n) }))},
	{Name: "LEFT", Class: texts, Usage: "LEFT(s, n)", Doc: "the first n characters", Overloads: overloads(fn2(take))},
	{Name: "RIGHT", Class: texts, Usage: "RIGHT(s, n)", Doc: "the last n characters", Overloads: overloads(fn2(takeLast))},
	{Name: "TRIM", Class: texts, Usage: "TRIM(s[, characters])", Doc: "s without spaces, or these characters, at both ends",
		Overloads: overloads(fn1(func(s string) string { return strings.Trim(s, " ") }), fn2(strings.Trim))},
	{Name: "LTRIM", Class: texts, Usage: "LTRIM(s[, characters])", Doc: "s without spaces, or these characters, at its start",
		Overloads: overloads(fn1(func(s string) string { return strings.TrimLeft(s, " ") }), fn2(strings.TrimLeft))},
	{Name: "RTRIM", Class: texts, Usage: "RTRIM(s[, characters])", Doc: "s without spaces, or these characters, at its end",
		Overloads: overloads(fn1(func(s string) string { return strings.TrimRight(s, " ") }), fn2(strings.TrimRight))},
	{Name: "SUBSTRING_INDEX", Class: texts, Usage: "SUBSTRING_INDEX(s, separator, n)", Doc: "what stands before the n-th separator, or behind the n-th from the end where negative",
		Overloads: overloads(fn3(substringIndex))},
	{Name: "SPLIT_PART", Class: texts, Usage: "SPLIT_PART(s, separator, n)", Doc: "the n-th part of s between separators, from the end where negative; empty where there is none",
		Overloads: overloads(fn3(splitPart))},
	{Name: "ELT", Class: texts, Usage: "ELT(n, a, ...)", Doc: "the n-th of the strings, NULL where there is none", Overloads: overloads(elt)},

	{Name: "REPLACE", Class: texts, Usage: "REPLACE(s, from, to)", Doc: "s with every from replaced by to", Overloads: overloads(text3(replace))},
	{Name: "INSERT", Class: texts, Usage: "INSERT(s, from, len, t)", Doc: "s with len characters from place from on replaced by t", Overloads: overloads(insert)},
	{Name: "REVERSE", Class: texts, Usage: "REVERSE(s)", Doc: "the characters of s from the last to the first", Overloads: overloads(text1(reverse))},
	{Name: "REPEAT", Class: texts, Usage: "REPEAT(s, n)", Doc: "s n times", Overloads: overloads(text2(repeat))},
	{Name: "SPACE", Class: texts, Usage: "SPACE(n)", Doc: "n spaces",
		Overloads: overloads(text1(func(dst []byte, n int64) ([]byte, error) { return repeat(dst, " ", n) }))},
	{Name: "LPAD", Class: texts, Usage: "LPAD(s, n[, pad])", Doc: "s filled up with pad, or spaces, in front to n characters, or cut to them",
		Overloads: overloads(pad(true, 1), pad(true, 0))},
	{Name: "RPAD", Class: texts, Usage: "RPAD(s, n[, pad])", Doc: "s filled up with pad, or spaces, behind to n characters, or cut to them",
		Overloads: overloads(pad(false, 1), pad(false, 0))},
	{Name: "QUOTE", Class: texts, Usage: "QUOTE(s)", Doc: "s as an SQL literal, NULL as the word", Overloads: overloads(quote)},
	{Name: "FORMAT", Class: texts, Usage: "FORMAT(x, digits)", Doc: "x with commas between thousands, rounded to digits behind the point",
		Overloads: overloads(text2(formatInt), text2(formatFloat))},

	{Name: "LOCATE", Aliases: []string{"POSITION"}, Class: texts, Usage: "LOCATE(part, s[, from])", Doc: "the first place of part in s, counted in characters from 1; 0 where there is none",
		Overloads: overloads(fn2(func(part, s string) int64 { return locate(part, s, 1) }), fn3(locate))},
	{Name: "INSTR", Class: texts, Usage: "INSTR(s, part)", Doc: "the first place of part in s, counted in characters from 1; 0 where there is none",
		Overloads: overloads(fn2(func(s, part string) int64 { return locate(part, s, 1) }))},
	{Name: "STARTS_WITH", Class: texts, Usage: "STARTS_WITH(s, part)", Doc: "whether s begins with part", Overloads: overloads(fn2(strings.HasPrefix))},
	{Name: "ENDS_WITH", Class: texts, Usage: "ENDS_WITH(s, part)", Doc: "whether s ends with part", Overloads: overloads(fn2(strings.HasSuffix))},
	{Name: "CONTAINS", Class: texts, Usage: "CONTAINS(s, part)", Doc: "whether part is in s", Overloads: overloads(fn2(strings.Contains))},
	{Name: "STRCMP", Class: texts, Usage: "STRCMP(a, b)", Doc: "-1, 0 or 1, as a is before, the same as or after b by their bytes",
		Overloads: overloads(fn2(func(a, b string) int64 { return int64(strings.Compare(a, b)) }))},
	{Name: "FIELD", Class: texts, Usage: "FIELD(x, a, ...)", Doc: "the place of x among the others, 0 where it is not there",
		Overloads: overloads(field[int64](), field[float64](), field[string]())},
	{Name: "FIND_IN_SET", Class: texts, Usage: "FIND_IN_SET(s, list)", Doc: "the place of s in a list separated by commas, 0 where it is not there",
		Overloads: overloads(fn2(findInSet))},

	{Name: "ASCII", Class: texts, Usage: "ASCII(s)", Doc: "the number of the first byte, 0 of an empty string",
		Overloads: overloads(fn1(func(s string) int64 { return ord(s[:min(1, len(s))]) }))},
	{Name: "ORD", Class: texts, Usage: "ORD(s)", Doc: "the bytes of the first character as one number", Overloads: overloads(fn1(firstOrd))},
	{Name: "CHAR", Aliases: []string{"CHR"}, Class: texts, Usage: "CHAR(n, ...)", Doc: "the characters with these numbers, as ORD gives them", Overloads: overloads(char)},
	{Name: "HEX", Class: texts, Usage: "HEX(x)", Doc: "the bytes of a string, or an INT, in hexadecimal digits",
		Overloads: overloads(text1(hexInt), text1(hexText))},
	{Name: "UNHEX", Class: texts, Usage: "UNHEX(s)", Doc: "the bytes behind hexadecimal digits; NULL where they are none", Overloads: overloads(text1(unhex))},
	{Name: "TO_BASE64", Class: texts, Usage: "TO_BASE64(s)", Doc: "the bytes in base 64", Overloads: overloads(text1(toBase64))},
	{Name: "FROM_BASE64", Class: texts, Usage: "FROM_BASE64(s)", Doc: "the bytes behind base 64; NULL where it is none", Overloads: overloads(text1(fromBase64))},
	{Name: "MD5", Class: texts, Usage: "MD5(s)", Doc: "MD5 digest in hexadecimal digits", Overloads: overloads(text1(md5Hex))},
	{Name: "SHA1", Aliases: []string{"SHA"}, Class: texts, Usage: "SHA1(s)", Doc: "SHA-1 digest in hexadecimal digits", Overloads: overloads(text1(sha1Hex))},
	{Name: "SHA2", Class: texts, Usage: "SHA2(s, bits)", Doc: "SHA-2 digest of 224, 256, 384 or 512 bits (0 is 256) in hexadecimal digits", Overloads: overloads(text2(sha2Hex))},
	{Name: "SOUNDEX", Class: texts, Usage: "SOUNDEX(s)", Doc: "how an English word sounds, as a letter and digits", Overloads: overloads(text1(soundex))},

	{Name: "REGEXP_LIKE", Class: texts, Usage: "REGEXP_LIKE(s, pattern[, flags])", Doc: "whether a part of s matches the regular expression (RE2); the flag i ignores case",
		Overloads: overloads(regexpOverload(column.Bool, str1, 1, 2, regexpMatch))},
	{Name: "REGEXP_SUBSTR", Class: texts, Usage: "REGEXP_SUBSTR(s, pattern)", Doc: "the first part of s that matches, NULL where there is none",
		Overloads: overloads(regexpOverload(column.String, nil, 0, -1, regexpSubstr))},
	{Name: "REGEXP_INSTR", Class: texts, Usage: "REGEXP_INSTR(s, pattern)", Doc: "the first place in s that matches, counted from 1; 0 where there is none",
		Overloads: overloads(regexpOverload(column.Int, nil, 0, -1, regexpInstr))},
	{Name: "REGEXP_REPLACE", Class: texts, Usage: "REGEXP_REPLACE(s, pattern, to)", Doc: "s with every match replaced; $1 to $9 in to are the pattern's groups",
		Overloads: overloads(regexpOverload(column.String, str1, 0, -1, regexpReplace))},
}

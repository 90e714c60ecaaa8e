package sor

import (
	"strings"
	"testing"
)

// Every rule about the layout of rows and the types of values, one row each. want lists the values of the row as the
// schema inferred from it alone shows them, with their types; "-" is a malformed row, "" no row.
func TestRowsAndValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// rows and fields
		{"", ""},
		{" \t ", ""},
		{"\r", ""},
		{" \r", ""},
		{"<>", "BOOL NULL"},
		{"< >", "BOOL NULL"},
		{"<\t >\r", "BOOL NULL"},
		{"<1>\r", "BOOL true"},
		{"<1>\r\r", "-"},
		{"<1\r>", "STRING 1\r"},
		{`<"">`, "STRING "},
		{`< "" >`, "STRING "},
		{"<1><2>", "BOOL true, INT 2"},
		{" \t< 1\t> \t<2 > ", "BOOL true, INT 2"},
		{"<1><><2>", "BOOL true, BOOL NULL, INT 2"},
		{"<1><>", "BOOL true, BOOL NULL"},

		// BOOL
		{"<0>", "BOOL false"},
		{"<1>", "BOOL true"},
		{"<01>", "INT 1"},
		{"<+1>", "INT 1"},
		{"<-0>", "INT 0"},
		{"<00>", "INT 0"},
		{"<-1>", "INT -1"},

		// INT
		{"<2>", "INT 2"},
		{"<+12>", "INT 12"},
		{"<-12>", "INT -12"},
		{"<0000000000000000000000000000012>", "INT 12"},
		{"<12345678>", "INT 12345678"},
		{"<123456789>", "INT 123456789"},
		{"<1234567890123456>", "INT 1234567890123456"},
		{"<12345678901234567>", "INT 12345678901234567"},
		{"<9223372036854775807>", "INT 9223372036854775807"},
		{"<-9223372036854775808>", "INT -9223372036854775808"},
		{"<9223372036854775808>", "FLOAT 9.223372036854776e+18"},
		{"<-9223372036854775809>", "FLOAT -9.223372036854776e+18"},
		{"<123456789012345678901234567890>", "FLOAT 1.2345678901234568e+29"},

		// FLOAT
		{"<1.5>", "FLOAT 1.5"},
		{"<.12>", "FLOAT 0.12"},
		{"<-.2>", "FLOAT -0.2"},
		{"<+.2>", "FLOAT 0.2"},
		{"<0.>", "FLOAT 0.0"},
		{"<-0.>", "FLOAT -0.0"},
		{"<12.>", "FLOAT 12.0"},
		{"<-2e-09>", "FLOAT -2e-09"},
		{"<1E+10>", "FLOAT 10000000000.0"},
		{"<1e5>", "FLOAT 100000.0"},
		{"<1.e5>", "FLOAT 100000.0"},
		{"<.5E1>", "FLOAT 5.0"},
		{"<1e308>", "FLOAT 1e+308"},
		{"<1e-400>", "FLOAT 0.0"},
		{"<1e309>", "-"},
		{"<-1e309>", "-"},
		{"<" + strings.Repeat("9", 400) + ">", "-"},
		{"<" + strings.Repeat("0", 400) + "1>", "INT 1"},
		{"<0e999999999999>", "FLOAT 0.0"},
		{"<0." + strings.Repeat("0", 400) + "1e401>", "FLOAT 1.0"},

		// STRING
		{"<a>", "STRING a"},
		{"<.>", "STRING ."},
		{"<->", "STRING -"},
		{"<+>", "STRING +"},
		{"<-.>", "STRING -."},
		{"<e5>", "STRING e5"},
		{"<.e5>", "STRING .e5"},
		{"<1e>", "STRING 1e"},
		{"<1e+>", "STRING 1e+"},
		{"<1e5.>", "STRING 1e5."},
		{"<1.2.3>", "STRING 1.2.3"},
		{"<1_000>", "STRING 1_000"},
		{"<0x10>", "STRING 0x10"},
		{"<0x1p4>", "STRING 0x1p4"},
		{"<nan>", "STRING nan"},
		{"<inf>", "STRING inf"},
		{"<-Infinity>", "STRING -Infinity"},
		{"<true>", "STRING true"},
		{"<<>", "STRING <"},
		{"<a<b>", "STRING a<b"},
		{"< <>", "STRING <"},
		{`<a"b>`, `STRING a"b`},
		{`<a">`, `STRING a"`},
		{`<"1">`, "STRING 1"},
		{`<" a b ">`, "STRING  a b "},
		{`< "a" >`, "STRING a"},
		{`<"a"` + "\t>\t<\t" + `"b">`, "STRING a, STRING b"},
		{`<"<>">`, "STRING <>"},
		{`<"a>b"><1>`, "STRING a>b, BOOL true"},
		{`<"-""-">`, `STRING -""-`},
		{`<""">`, `STRING "`},
		{`<"a"b">`, `STRING a"b`},
		{`<"a" b">`, `STRING a" b`},
		{`<"a\">`, `STRING a\`},
		{`<"a><b">`, "STRING a><b"},
		{`<"a" ><"b">`, "STRING a, STRING b"},
		{"<\xff\xfe>", "STRING \xff\xfe"},
		{"<\x00>", "STRING \x00"},
		{"<añb>", "STRING añb"},
		{"<\u00a0>", "STRING \u00a0"},

		// malformed
		{"<", "-"},
		{"<1", "-"},
		{"< 1 ", "-"},
		{"<1><2", "-"},
		{`<"1`, "-"},
		{`<">`, "-"},
		{`<"1>`, "-"},
		{`<"1"`, "-"},
		{`<"1" 2>`, "-"},
		{"1", "-"},
		{">", "-"},
		{"a<1>", "-"},
		{"<1>a", "-"},
		{"<1>a<2>", "-"},
		{"<1>><2>", "-"},
		{"<1,2>,<3>", "-"},
		{"<1. 2>", "-"},
		{"<+ 1>", "-"},
		{"<a\tb>", "-"},
		{"<1 <2>", "-"},
		{`<a "b">`, "-"},
		{"\xef\xbb\xbf<1>", "-"},
	} {
		t.Run(c.text, func(t *testing.T) {
			for _, end := range []string{"", "\n"} {
				if strings.HasSuffix(c.text, "\r") && end == "" {
					continue
				}
				// a row before it keeps the input from having none, and one behind it from swallowing what follows
				for _, before := range []string{"", "<>\n", "<\n"} {
					testRow(t, before, c.text, end, c.want)
				}
			}
		})
	}
}

func testRow(t *testing.T, before, text, end, want string) {
	t.Helper()
	got, err := collect(fromText(before+text+end), Options{})
	if err != nil && before == "<>\n" {
		t.Fatal(err)
	}
	show, dropped := "", int64(0)
	if err == nil {
		dropped = got.report.Dropped
		rows := got.rows
		if before == "<>\n" {
			rows = rows[1:]
		}
		if len(rows) > 1 {
			t.Fatalf("%q gives %d rows", text, len(rows))
		}
		for _, row := range rows {
			var parts []string
			for _, v := range row {
				parts = append(parts, v.Type.String()+" "+v.String())
			}
			show = strings.Join(parts, ", ")
		}
	}
	bad := int64(strings.Count(before, "<\n"))
	if want == "-" {
		bad++
		want = ""
	}
	if err == nil && dropped != bad {
		t.Errorf("%q drops %d rows, want %d", text, dropped, bad)
	}
	if show != want {
		t.Errorf("%q reads as %q, want %q", text, show, want)
	}
}

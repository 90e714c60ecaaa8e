package sor_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/sor"
)

func ExampleInput_Read() {
	text := "<1><\"Ada Lovelace\"><36.5>\n<0><Grace><85>\n<oops\n"
	in := sor.FromSource("people.sor", strings.NewReader(text))
	defer in.Close()
	report, dicts, err := in.Read(context.Background(), sor.Options{}, func(c sor.Chunk) error {
		fmt.Println("chunk", c.Seq, "of", c.Arrays[0].N, "rows, mean age", (c.Arrays[2].F64[0]+c.Arrays[2].F64[1])/2)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Fields)
	fmt.Println(dicts[1].Strings())
	fmt.Println(report.Problems[0])
	// Output:
	// chunk 0 of 2 rows, mean age 60.75
	// [{c0 BOOL} {c1 STRING} {c2 FLOAT}]
	// [Ada Lovelace Grace]
	// line 3 (byte 41): field 1 not closed: "<oops"
}

func ExampleWriter() {
	w := sor.NewWriter(os.Stdout, []column.Field{{Name: "name", Type: column.String}, {Name: "age", Type: column.Float}})
	w.WriteRow([]column.Value{column.StringValue("Ada Lovelace"), column.FloatValue(36)})
	w.WriteRow([]column.Value{column.StringValue(""), column.Null(column.Float)})
	w.Flush()
	// Output:
	// <"Ada Lovelace"><36.0>
	// <""><>
}

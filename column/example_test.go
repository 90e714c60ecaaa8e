package column_test

import (
	"fmt"

	"github.com/eau2db/eau2/column"
)

// A column of strings goes from text into a chunk, to bytes and back.
func Example() {
	dict := column.NewDictBuilder(0)
	b := column.NewBuilder(column.String, dict)
	text := []byte("<red><green><red>")
	b.ExtendStrings(text, []uint32{1, 6, 13}, []uint32{4, 11, 16})
	b.AppendNull()
	a := b.Finish()
	a.Dict = dict.Dict()
	fmt.Println(a.C8, a.Dict.Strings(), a.Stats.Nulls, a.Stats.Max)

	frame, err := a.AppendBytes(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := column.ReadArray(frame, a.Dict)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range read.N {
		fmt.Print(read.Value(i), " ")
	}
	// Output:
	// [0 1 0 0] [red green] 1 red
	// red green red NULL
}

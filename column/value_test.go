package column

import "testing"

func TestAppendGivesWhatStringGives(t *testing.T) {
	for _, v := range []Value{
		Null(Bool), Null(Int), Null(Float), Null(String), BoolValue(true), BoolValue(false), IntValue(-1 << 63), IntValue(7),
		FloatValue(2), FloatValue(-1e300), FloatValue(0.1), StringValue(""), StringValue("text"),
	} {
		if got := string(v.Append([]byte("> "))); got != "> "+v.String() {
			t.Errorf("%v: got %q", v, got)
		}
	}
}

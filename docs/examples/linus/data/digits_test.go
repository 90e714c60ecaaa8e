package data

import (
	"math"
	"strconv"
	"testing"
)

func TestAppendIDWritesAsStrconvDoes(t *testing.T) {
	ids := []int64{math.MinInt64, -1, 0, math.MaxInt64}
	for limit := int64(1); limit < 1e18; limit *= 10 {
		ids = append(ids, limit-1, limit, limit+1, limit*5)
	}
	for _, id := range ids {
		got, want := appendID([]byte("<"), id), strconv.AppendInt([]byte("<"), id, 10)
		if string(got) != string(want) {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

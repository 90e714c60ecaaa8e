package exec

import (
	"errors"
	"testing"
)

func TestAPartOfABudgetIsBoundedByBoth(t *testing.T) {
	whole := NewMemory(100)
	a, b := whole.Part(80), whole.Part(80)
	for _, c := range []struct {
		m    *Memory
		grow int64
		ok   bool
		used int64 // of the whole
	}{
		{a, 81, false, 0}, // more than the part
		{a, 80, true, 80},
		{a, 1, false, 80},
		{b, 21, false, 80}, // more than the whole has left
		{b, 20, true, 100},
		{whole, 1, false, 100},
	} {
		var memory *ErrMemory
		err := c.m.Grow(c.grow, "a test")
		if (err == nil) != c.ok || err != nil && !errors.As(err, &memory) || whole.Used() != c.used {
			t.Errorf("growing by %d: %v, %d used", c.grow, err, whole.Used())
		}
	}
	a.Shrink(80)
	b.Shrink(20)
	if a.Used() != 0 || b.Used() != 0 || whole.Used() != 0 {
		t.Errorf("%d, %d and %d stay taken", a.Used(), b.Used(), whole.Used())
	}
}

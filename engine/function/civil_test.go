package function

import (
	"testing"
	"time"
)

// TestDaysOfTheCalendar compares days of the years 0 to 9999 with package time.
func TestDaysOfTheCalendar(t *testing.T) {
	for days := minDay; days <= maxDay; days += 11 {
		at := time.Unix(int64(days)*86400, 0).UTC()
		y, m, d := dateOf(days)
		ty, tm, td := at.Date()
		if y != ty || m != int(tm) || d != td || daysOf(y, m, d) != days || weekday(days) != (int(at.Weekday())+6)%7 {
			t.Fatalf("day %d is %d-%d-%d and back %d, want %v", days, y, m, d, daysOf(y, m, d), at)
		}
		if w, wy := weekOf(days, weekMode(3)); w > 0 {
			if ty, tw := at.ISOWeek(); w != tw || wy != ty {
				t.Fatalf("%v is in week %d of %d, want %d of %d", at, w, wy, tw, ty)
			}
		}
	}
	if days := daysOf(9999, 12, 31); days != maxDay {
		t.Errorf("the last day is %d", days)
	}
}

// TestWeekModes has the table of MySQL's manual: WEEK('2008-02-20', mode) and of days around a new year.
func TestWeekModes(t *testing.T) {
	for _, c := range []struct {
		date string
		want [8]int
	}{
		{"2008-02-20", [8]int{7, 8, 7, 8, 8, 7, 8, 7}},
		{"2000-01-01", [8]int{0, 0, 52, 52, 0, 0, 52, 52}},
		{"2007-12-31", [8]int{52, 53, 52, 1, 53, 53, 1, 53}},
	} {
		m, ok := parseMoment(c.date)
		if !ok {
			t.Fatal(c.date)
		}
		for mode, want := range c.want {
			if got, _ := weekOf(m.days, weekMode(int64(mode))); got != want {
				t.Errorf("WEEK('%s', %d) = %d, want %d", c.date, mode, got, want)
			}
		}
	}
}

// FuzzParseMoment checks that what is read is a date that exists and is written as it was read.
func FuzzParseMoment(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2024-2-9 1:02", "0000-01-01T00:00:00.5Z", "9999-12-31 23:59:59.999999", " 2024-01-01 ", "2024-01-01 x", "-838:59:59.9", "1:2:3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, ok := parseMoment(s); ok {
			if !m.inRange() || m.micros < 0 || m.micros >= day {
				t.Fatalf("%q gives %+v", s, m)
			}
			text := string(m.append(nil))
			if again, ok := parseMoment(text); !ok || again != m {
				t.Errorf("%q is written as %q, which gives %+v, %v, want %+v", s, text, again, ok, m)
			}
			layout := "2006-01-02"
			if m.hasTime {
				layout = "2006-01-02 15:04:05.999999"
			}
			if _, err := time.Parse(layout, text); err != nil {
				t.Errorf("%q is written as %q: %v", s, text, err)
			}
		}
		if micros, ok := parseClock(s); ok {
			text := string(appendClock(nil, micros))
			if again, ok := parseClock(text); !ok || again != micros {
				t.Errorf("%q is written as %q, which gives %d, %v, want %d", s, text, again, ok, micros)
			}
		}
	})
}

// FuzzDateFormat checks that STR_TO_DATE reads what DATE_FORMAT has written, and that neither panics on any format.
func FuzzDateFormat(f *testing.F) {
	for _, format := range []string{"%Y-%m-%d %H:%i:%s.%f", "%y%M%D%W%a%w%j%r%T%p%h", "%%%", "%U%u%V%v%X%x%e%c%k%l%b%S%I%q"} {
		f.Add(int64(1_234_567_890_123_456), format)
	}
	f.Fuzz(func(t *testing.T, micros int64, format string) {
		m := ofEpoch(micros)
		if !m.inRange() {
			return
		}
		date := string(m.append(nil))
		if text, err := dateFormat(nil, date, format); err != nil {
			t.Fatal(err)
		} else if _, err := strToDate(nil, string(text), format); err != nil && err != errNull {
			t.Fatal(err)
		}
		const all = "%Y-%m-%d %H:%i:%s.%f"
		text, err := dateFormat(nil, date, all)
		if err != nil {
			t.Fatal(err)
		}
		back, err := strToDate(nil, string(text), all)
		if err != nil || string(back) != date {
			t.Errorf("%s is written as %s and read as %s, %v", date, text, back, err)
		}
	})
}

// FuzzInterval checks that a date moved there and back, by days, is the same, and that nothing leaves the years.
func FuzzInterval(f *testing.F) {
	f.Add("2024-02-29", int64(1), "MONTH", "1 2:3:4.5")
	f.Add("2024-02-29 01:02:03", int64(-1<<63), "DAY_MICROSECOND", "-")
	f.Add("0000-01-01", int64(-1), "YEAR", "99999999999999999999")
	f.Fuzz(func(t *testing.T, date string, n int64, name, amount string) {
		u, err := findUnit(name)
		m, ok := parseMoment(date)
		if err != nil || !ok {
			return
		}
		for _, parse := range []func() (interval, bool){
			func() (interval, bool) { return u.times(n) },
			func() (interval, bool) { return u.timesFloat(float64(n) / 3) },
			func() (interval, bool) { return u.parse(amount) },
		} {
			iv, ok := parse()
			if !ok {
				continue
			}
			there, ok := m.add(iv)
			if !ok {
				continue
			}
			if !there.inRange() || there.micros < 0 || there.micros >= day {
				t.Fatalf("%s and %+v give %+v", date, iv, there)
			}
			iv.micros = -iv.micros
			if back, ok := there.add(iv); iv.months == 0 && (!ok || back.sinceEpoch() != m.sinceEpoch()) {
				t.Errorf("%s and %+v and back give %+v", date, iv, back)
			}
		}
	})
}

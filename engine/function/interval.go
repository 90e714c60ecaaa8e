package function

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// interval is an amount of time: months, and microseconds.
type interval struct {
	months int64
	micros int64
	clock  bool // it has a part smaller than a day, so that its sum with a date has a time
}

// unit is what an interval is counted in. A composite unit such as DAY_HOUR has parts, the largest first.
type unit struct {
	months int64
	micros int64
	parts  []string
}

var units = map[string]unit{
	"MICROSECOND": {micros: 1}, "SECOND": {micros: second}, "MINUTE": {micros: minute}, "HOUR": {micros: hour},
	"DAY": {micros: day}, "WEEK": {micros: 7 * day},
	"MONTH": {months: 1}, "QUARTER": {months: 3}, "YEAR": {months: 12},

	"SECOND_MICROSECOND": composite("SECOND", "MICROSECOND"),
	"MINUTE_MICROSECOND": composite("MINUTE", "SECOND", "MICROSECOND"),
	"MINUTE_SECOND":      composite("MINUTE", "SECOND"),
	"HOUR_MICROSECOND":   composite("HOUR", "MINUTE", "SECOND", "MICROSECOND"),
	"HOUR_SECOND":        composite("HOUR", "MINUTE", "SECOND"),
	"HOUR_MINUTE":        composite("HOUR", "MINUTE"),
	"DAY_MICROSECOND":    composite("DAY", "HOUR", "MINUTE", "SECOND", "MICROSECOND"),
	"DAY_SECOND":         composite("DAY", "HOUR", "MINUTE", "SECOND"),
	"DAY_MINUTE":         composite("DAY", "HOUR", "MINUTE"),
	"DAY_HOUR":           composite("DAY", "HOUR"),
	"YEAR_MONTH":         composite("YEAR", "MONTH"),
}

func composite(parts ...string) unit { return unit{parts: parts} }

// findUnit finds a unit by name, in any case, also in the plural and with SQL_TSI_ in front.
func findUnit(name string) (unit, error) {
	if u, ok := units[name]; ok {
		return u, nil
	}
	n := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "SQL_TSI_")
	if u, ok := units[n]; ok {
		return u, nil
	}
	if u, ok := units[strings.TrimSuffix(n, "S")]; ok {
		return u, nil
	}
	return unit{}, fmt.Errorf("unknown unit '%s': the units are MICROSECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR and pairs such as DAY_HOUR", name)
}

// maxMonths and maxMicros are more than there is from the year 0 to the year 9999.
const (
	maxMonths = 10000 * 12
	maxMicros = 10000 * 366 * day
)

// times returns n of the unit; ok is false where that is more than all years.
func (u unit) times(n int64) (iv interval, ok bool) {
	if len(u.parts) > 0 { // a number counts the smallest part
		last := units[u.parts[len(u.parts)-1]]
		iv, ok = last.times(n)
		iv.clock = last.micros > 0
		return iv, ok
	}
	abs := n
	if n < 0 {
		abs = -n
	}
	if abs < 0 || u.months > 0 && abs > maxMonths || u.micros > 0 && abs > maxMicros/u.micros {
		return iv, false
	}
	return interval{u.months * n, u.micros * n, u.micros > 0 && u.micros < day}, true
}

// timesFloat returns x of the unit: seconds may have a fraction, of others the nearest whole number counts.
func (u unit) timesFloat(x float64) (interval, bool) {
	if u.micros == second {
		if x *= second; math.Abs(x) <= maxMicros {
			return interval{micros: int64(math.Round(x)), clock: true}, true
		}
		return interval{}, false
	}
	if x = math.Round(x); math.Abs(x) > maxMicros {
		return interval{}, false
	}
	return u.times(int64(x))
}

// parse returns the amount that a text such as '3' or, of composite units, '1 12:30' gives. Any characters part the
// numbers; where some are missing they are the largest ones.
func (u unit) parse(s string) (interval, bool) {
	if len(u.parts) == 0 {
		s = strings.TrimSpace(s)
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return u.times(n)
		}
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || x != x {
			return interval{}, false
		}
		return u.timesFloat(x)
	}
	negative := strings.HasPrefix(strings.TrimSpace(s), "-")
	fields := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if len(fields) == 0 || len(fields) > len(u.parts) {
		return interval{}, false
	}
	var sum interval
	for i, f := range fields {
		name := u.parts[len(u.parts)-len(fields)+i]
		if name == "MICROSECOND" && len(f) < 6 { // it is a fraction
			f += "000000"[len(f):]
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return interval{}, false
		}
		iv, ok := units[name].times(n)
		if !ok {
			return interval{}, false
		}
		sum.months += iv.months
		sum.micros += iv.micros
	}
	if negative {
		sum.months, sum.micros = -sum.months, -sum.micros
	}
	sum.clock = units[u.parts[len(u.parts)-1]].micros > 0
	return sum, true
}

// add moves a moment by an interval; ok is false where that leaves the years.
func (m moment) add(iv interval) (moment, bool) {
	if iv.months != 0 {
		m = m.addMonths(int(iv.months))
	}
	m = m.addMicros(iv.micros)
	m.hasTime = m.hasTime || iv.clock
	return m, m.inRange()
}

// between counts the whole units from a to b.
func (u unit) between(a, b moment) int64 {
	if u.months == 0 {
		return (b.sinceEpoch() - a.sinceEpoch()) / u.micros
	}
	if b.sinceEpoch() < a.sinceEpoch() {
		return -u.between(b, a)
	}
	y1, m1, d1 := dateOf(a.days)
	y2, m2, d2 := dateOf(b.days)
	months := int64(y2-y1)*12 + int64(m2-m1)
	if d2 < d1 || d2 == d1 && b.micros < a.micros {
		months--
	}
	return months / u.months
}

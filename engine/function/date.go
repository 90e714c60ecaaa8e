package function

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

const dating = "date"

// ofDate makes the overload of a function of a date that gives an INT.
func ofDate(f func(m moment) int64) []Overload {
	return overloads(try1(func(s string) (int64, error) {
		m, ok := parseMoment(s)
		if !ok {
			return 0, errNull
		}
		return f(m), nil
	}))
}

// ofClock makes the overload of a function of a time, alone or behind a date, that gives an INT.
func ofClock(f func(micros int64) int64) []Overload {
	return overloads(try1(func(s string) (int64, error) {
		t, ok := parseClock(s)
		if !ok {
			return 0, errNull
		}
		return f(max(t, -t)), nil
	}))
}

// momentText makes the overload of a function of a date that appends a text.
func momentText(f func(dst []byte, m moment) []byte) []Overload {
	return overloads(text1(func(dst []byte, s string) ([]byte, error) {
		m, ok := parseMoment(s)
		if !ok {
			return nil, errNull
		}
		return f(dst, m), nil
	}))
}

var dates = []*Func{
	{Name: "YEAR", Class: dating, Usage: "YEAR(date)", Doc: "the year", Overloads: ofDate(func(m moment) int64 { y, _, _ := dateOf(m.days); return int64(y) })},
	{Name: "QUARTER", Class: dating, Usage: "QUARTER(date)", Doc: "the quarter, 1 to 4",
		Overloads: ofDate(func(m moment) int64 { _, mon, _ := dateOf(m.days); return int64(mon+2) / 3 })},
	{Name: "MONTH", Class: dating, Usage: "MONTH(date)", Doc: "the month, 1 to 12", Overloads: ofDate(func(m moment) int64 { _, mon, _ := dateOf(m.days); return int64(mon) })},
	{Name: "DAY", Aliases: []string{"DAYOFMONTH"}, Class: dating, Usage: "DAY(date)", Doc: "the day of the month, 1 to 31",
		Overloads: ofDate(func(m moment) int64 { _, _, d := dateOf(m.days); return int64(d) })},
	{Name: "DAYOFWEEK", Class: dating, Usage: "DAYOFWEEK(date)", Doc: "1 for Sunday to 7 for Saturday", Overloads: ofDate(func(m moment) int64 { return int64(weekday(m.days)+1)%7 + 1 })},
	{Name: "WEEKDAY", Class: dating, Usage: "WEEKDAY(date)", Doc: "0 for Monday to 6 for Sunday", Overloads: ofDate(func(m moment) int64 { return int64(weekday(m.days)) })},
	{Name: "DAYOFYEAR", Class: dating, Usage: "DAYOFYEAR(date)", Doc: "the day of the year, 1 to 366", Overloads: ofDate(dayOfYear)},
	{Name: "WEEK", Class: dating, Usage: "WEEK(date[, mode])", Doc: "the number of the week; mode is as in MySQL, 3 is ISO",
		Overloads: overloads(try1(func(s string) (int64, error) { return week(s, 0) }), try2(week))},
	{Name: "WEEKOFYEAR", Class: dating, Usage: "WEEKOFYEAR(date)", Doc: "the number of the ISO week, 1 to 53", Overloads: overloads(try1(func(s string) (int64, error) { return week(s, 3) }))},
	{Name: "YEARWEEK", Class: dating, Usage: "YEARWEEK(date[, mode])", Doc: "year and number of the week: 202453",
		Overloads: overloads(try1(func(s string) (int64, error) { return yearWeek(s, 0) }), try2(yearWeek))},
	{Name: "HOUR", Class: dating, Usage: "HOUR(time)", Doc: "the hour", Overloads: ofClock(func(t int64) int64 { return t / hour })},
	{Name: "MINUTE", Class: dating, Usage: "MINUTE(time)", Doc: "the minute, 0 to 59", Overloads: ofClock(func(t int64) int64 { return t / minute % 60 })},
	{Name: "SECOND", Class: dating, Usage: "SECOND(time)", Doc: "the second, 0 to 59", Overloads: ofClock(func(t int64) int64 { return t / second % 60 })},
	{Name: "MICROSECOND", Class: dating, Usage: "MICROSECOND(time)", Doc: "the millionths of the second", Overloads: ofClock(func(t int64) int64 { return t % second })},
	{Name: "DAYNAME", Class: dating, Usage: "DAYNAME(date)", Doc: "the name of the weekday", Overloads: momentText(func(dst []byte, m moment) []byte { return append(dst, dayNames[weekday(m.days)]...) })},
	{Name: "MONTHNAME", Class: dating, Usage: "MONTHNAME(date)", Doc: "the name of the month",
		Overloads: momentText(func(dst []byte, m moment) []byte {
			_, mon, _ := dateOf(m.days)
			return append(dst, monthNames[mon-1]...)
		})},

	{Name: "DATE", Class: dating, Usage: "DATE(date)", Doc: "the date without its time", Overloads: momentText(func(dst []byte, m moment) []byte { return appendDate(dst, m.days) })},
	{Name: "TIME", Class: dating, Usage: "TIME(time)", Doc: "the time without its date", Overloads: overloads(text1(clockText))},
	{Name: "TIMESTAMP", Aliases: []string{"DATETIME"}, Class: dating, Usage: "TIMESTAMP(date)", Doc: "the date with its time",
		Overloads: momentText(func(dst []byte, m moment) []byte { m.hasTime = true; return m.append(dst) })},
	{Name: "LAST_DAY", Class: dating, Usage: "LAST_DAY(date)", Doc: "the last day of the month", Overloads: momentText(lastDay)},
	{Name: "DATE_TRUNC", Class: dating, Usage: "DATE_TRUNC(unit, date)", Doc: "the start of the unit ('MONTH', say) that the date is in", Overloads: overloads(text2(dateTrunc))},

	{Name: "DATE_ADD", Aliases: []string{"ADDDATE"}, Class: dating, Usage: "DATE_ADD(date, INTERVAL n unit)", Doc: "the date n units later",
		Overloads: shifts(1)},
	{Name: "DATE_SUB", Aliases: []string{"SUBDATE"}, Class: dating, Usage: "DATE_SUB(date, INTERVAL n unit)", Doc: "the date n units earlier",
		Overloads: shifts(-1)},
	{Name: "TIMESTAMPADD", Class: dating, Usage: "TIMESTAMPADD(unit, n, date)", Doc: "the date n units later",
		Overloads: overloads(text3(func(dst []byte, u string, n int64, s string) ([]byte, error) { return shiftInt(dst, s, n, u, 1) }))},
	{Name: "DATEDIFF", Class: dating, Usage: "DATEDIFF(a, b)", Doc: "the days from b to a", Overloads: overloads(try2(dateDiff))},
	{Name: "TIMESTAMPDIFF", Class: dating, Usage: "TIMESTAMPDIFF(unit, a, b)", Doc: "the whole units from a to b", Overloads: overloads(try3(timestampDiff))},
	{Name: "TIMEDIFF", Class: dating, Usage: "TIMEDIFF(a, b)", Doc: "the time from b to a", Overloads: overloads(text2(timeDiff))},

	{Name: "DATE_FORMAT", Class: dating, Usage: "DATE_FORMAT(date, format)", Doc: "the date written as format says: %Y-%m-%d %H:%i:%s and the other codes of MySQL",
		Overloads: overloads(text2(dateFormat))},
	{Name: "TIME_FORMAT", Class: dating, Usage: "TIME_FORMAT(time, format)", Doc: "the time written as format says, as DATE_FORMAT", Overloads: overloads(text2(timeFormat))},
	{Name: "STR_TO_DATE", Class: dating, Usage: "STR_TO_DATE(s, format)", Doc: "the date that is written as format says; NULL where it is not", Overloads: overloads(text2(strToDate))},
	{Name: "UNIX_TIMESTAMP", Class: dating, Usage: "UNIX_TIMESTAMP(date)", Doc: "the seconds since 1970-01-01, of a date in UTC",
		Overloads: ofDate(func(m moment) int64 { return m.micros/second + int64(m.days)*(day/second) })},
	{Name: "FROM_UNIXTIME", Class: dating, Usage: "FROM_UNIXTIME(n[, format])", Doc: "the date n seconds after 1970-01-01, in UTC",
		Overloads: overloads(text1(fromUnixInt), text1(fromUnixFloat), text2(fromUnixFormat))},
	{Name: "MAKEDATE", Class: dating, Usage: "MAKEDATE(year, n)", Doc: "the n-th day of a year", Overloads: overloads(text2(makeDate))},
	{Name: "MAKETIME", Class: dating, Usage: "MAKETIME(hour, minute, second)", Doc: "the time of these parts", Overloads: overloads(text3(makeTime))},
	{Name: "TO_DAYS", Class: dating, Usage: "TO_DAYS(date)", Doc: "the days since the year 0", Overloads: ofDate(func(m moment) int64 { return int64(m.days) - minDay })},
	{Name: "FROM_DAYS", Class: dating, Usage: "FROM_DAYS(n)", Doc: "the date n days after the start of the year 0", Overloads: overloads(text1(fromDays))},
	{Name: "TIME_TO_SEC", Class: dating, Usage: "TIME_TO_SEC(time)", Doc: "the seconds of a time",
		Overloads: overloads(try1(func(s string) (int64, error) {
			t, ok := parseClock(s)
			if !ok {
				return 0, errNull
			}
			return t / second, nil
		}))},
	{Name: "SEC_TO_TIME", Class: dating, Usage: "SEC_TO_TIME(n)", Doc: "the time of n seconds",
		Overloads: overloads(text1(func(dst []byte, n int64) ([]byte, error) {
			return appendClock(dst, min(max(n, -maxTime/second), maxTime/second)*second), nil
		}))},

	{Name: "NOW", Aliases: []string{"CURRENT_TIMESTAMP", "UTC_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "SYSDATE"}, Class: dating, Usage: "NOW()", Doc: "the date and time when the statement started, in UTC", Varies: PerStatement,
		Overloads: overloads(nullary(func() string { return time.Now().UTC().Format(time.DateTime) }))},
	{Name: "CURDATE", Aliases: []string{"CURRENT_DATE", "UTC_DATE"}, Class: dating, Usage: "CURDATE()", Doc: "the date when the statement started, in UTC", Varies: PerStatement,
		Overloads: overloads(nullary(func() string { return time.Now().UTC().Format(time.DateOnly) }))},
	{Name: "CURTIME", Aliases: []string{"CURRENT_TIME", "UTC_TIME"}, Class: dating, Usage: "CURTIME()", Doc: "the time when the statement started, in UTC", Varies: PerStatement,
		Overloads: overloads(nullary(func() string { return time.Now().UTC().Format(time.TimeOnly) }))},
}

var dayNames = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

func dayOfYear(m moment) int64 {
	y, _, _ := dateOf(m.days)
	return int64(m.days-daysOf(y, 1, 1)) + 1
}

func week(s string, mode int64) (int64, error) {
	m, ok := parseMoment(s)
	if !ok {
		return 0, errNull
	}
	w, _ := weekOf(m.days, weekMode(mode))
	return int64(w), nil
}

func yearWeek(s string, mode int64) (int64, error) {
	m, ok := parseMoment(s)
	if !ok {
		return 0, errNull
	}
	w, y := weekOf(m.days, weekMode(mode)|weekYear)
	return int64(y)*100 + int64(w), nil
}

func clockText(dst []byte, s string) ([]byte, error) {
	t, ok := parseClock(s)
	if !ok {
		return nil, errNull
	}
	return appendClock(dst, t), nil
}

func lastDay(dst []byte, m moment) []byte {
	y, mon, _ := dateOf(m.days)
	return appendDate(dst, daysOf(y, mon, daysInMonth(y, mon)))
}

func dateTrunc(dst []byte, name, s string) ([]byte, error) {
	u, err := findUnit(name)
	if err != nil {
		return nil, err
	}
	if len(u.parts) > 0 {
		return nil, fmt.Errorf("the unit '%s' is not one of time's own", name)
	}
	m, ok := parseMoment(s)
	if !ok {
		return nil, errNull
	}
	switch {
	case u.months > 0:
		y, mon, _ := dateOf(m.days)
		m = moment{days: daysOf(y, mon-(mon-1)%int(u.months), 1)}
	case u.micros == 7*day:
		m = moment{days: m.days - weekday(m.days)}
	case u.micros == day:
		m = moment{days: m.days}
	default:
		m.micros, m.hasTime = m.micros-m.micros%u.micros, true
	}
	if !m.inRange() {
		return nil, errNull
	}
	return m.append(dst), nil
}

// shifts makes the overloads of DATE_ADD and DATE_SUB: sign is 1 or -1.
func shifts(sign int64) []Overload {
	return overloads(
		text3(func(dst []byte, s string, n int64, unit string) ([]byte, error) {
			return shiftInt(dst, s, n, unit, sign)
		}),
		text3(func(dst []byte, s string, x float64, name string) ([]byte, error) {
			return shift(dst, s, name, sign, func(u unit) (interval, bool) { return u.timesFloat(x) })
		}),
		text3(func(dst []byte, s, n, name string) ([]byte, error) {
			return shift(dst, s, name, sign, func(u unit) (interval, bool) { return u.parse(n) })
		}),
		text2(func(dst []byte, s string, n int64) ([]byte, error) { return shiftInt(dst, s, n, "DAY", sign) }),
	)
}

func shiftInt(dst []byte, s string, n int64, name string, sign int64) ([]byte, error) {
	return shift(dst, s, name, sign, func(u unit) (interval, bool) { return u.times(n) })
}

// shift appends the date s moved by what amount makes of the unit.
func shift(dst []byte, s, name string, sign int64, amount func(u unit) (interval, bool)) ([]byte, error) {
	u, err := findUnit(name)
	if err != nil {
		return nil, err
	}
	m, ok := parseMoment(s)
	if !ok {
		return nil, errNull
	}
	iv, ok := amount(u)
	if !ok {
		return nil, errNull
	}
	iv.months, iv.micros = sign*iv.months, sign*iv.micros
	if m, ok = m.add(iv); !ok {
		return nil, errNull
	}
	return m.append(dst), nil
}

func dateDiff(a, b string) (int64, error) {
	m, ok := parseMoment(a)
	n, ok2 := parseMoment(b)
	if !ok || !ok2 {
		return 0, errNull
	}
	return int64(m.days - n.days), nil
}

func timestampDiff(name, a, b string) (int64, error) {
	u, err := findUnit(name)
	if err != nil {
		return 0, err
	}
	if len(u.parts) > 0 {
		return 0, errors.New("the unit must be a single one, such as DAY")
	}
	m, ok := parseMoment(a)
	n, ok2 := parseMoment(b)
	if !ok || !ok2 {
		return 0, errNull
	}
	return u.between(m, n), nil
}

// timeDiff takes two dates or two times.
func timeDiff(dst []byte, a, b string) ([]byte, error) {
	m, ok := parseMoment(a)
	n, ok2 := parseMoment(b)
	var t int64
	switch {
	case ok != ok2:
		return nil, errNull
	case ok:
		t = m.sinceEpoch() - n.sinceEpoch()
	default:
		x, ok := parseTime(strings.Trim(a, " "))
		y, ok2 := parseTime(strings.Trim(b, " "))
		if !ok || !ok2 {
			return nil, errNull
		}
		t = x - y
	}
	return appendClock(dst, min(max(t, -maxTime), maxTime)), nil
}

func fromUnix(micros int64) (moment, error) {
	if m := ofEpoch(micros); m.inRange() {
		return m, nil
	}
	return moment{}, errNull
}

func fromUnixInt(dst []byte, n int64) ([]byte, error) {
	if n > math.MaxInt64/second || n < math.MinInt64/second {
		return nil, errNull
	}
	m, err := fromUnix(n * second)
	if err != nil {
		return nil, err
	}
	return m.append(dst), nil
}

func fromUnixFloat(dst []byte, x float64) ([]byte, error) {
	if math.Abs(x) > maxMicros/second {
		return nil, errNull
	}
	m, err := fromUnix(int64(math.Round(x * second)))
	if err != nil {
		return nil, err
	}
	return m.append(dst), nil
}

func fromUnixFormat(dst []byte, n int64, format string) ([]byte, error) {
	if n > math.MaxInt64/second || n < math.MinInt64/second {
		return nil, errNull
	}
	m, err := fromUnix(n * second)
	if err != nil {
		return nil, err
	}
	return m.format(dst, format), nil
}

func makeDate(dst []byte, year, n int64) ([]byte, error) {
	if year < 0 || year > 9999 || n < 1 || n > 10000*366 {
		return nil, errNull
	}
	switch {
	case year < 70:
		year += 2000
	case year < 100:
		year += 1900
	}
	m := moment{days: daysOf(int(year), 1, 1) + int(n) - 1}
	if !m.inRange() {
		return nil, errNull
	}
	return m.append(dst), nil
}

func makeTime(dst []byte, h, m int64, s float64) ([]byte, error) {
	if m < 0 || m > 59 || s < 0 || s >= 60 || h > 838 || h < -838 {
		return nil, errNull
	}
	t := max(h, -h)*hour + m*minute + int64(math.Round(s*second))
	if h < 0 {
		t = -t
	}
	return appendClock(dst, t), nil
}

func fromDays(dst []byte, n int64) ([]byte, error) {
	if n < 0 || n > maxDay-minDay {
		return nil, errNull
	}
	return appendDate(dst, int(n)+minDay), nil
}

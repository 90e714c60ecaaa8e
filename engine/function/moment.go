package function

import "strings"

const (
	second = 1_000_000 // microseconds
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// moment is a date, perhaps with a time of day.
type moment struct {
	days    int
	micros  int64 // of the day
	hasTime bool
}

// parseMoment reads 'YYYY-MM-DD', also with a time 'HH:MM[:SS[.ffffff]]' behind a space or T, and a Z for UTC. Months, days
// and hours may have one digit.
func parseMoment(s string) (moment, bool) {
	var m moment
	s = strings.Trim(s, " ")
	date := s
	if len(s) > 8 {
		if i := strings.IndexAny(s, " Tt"); i >= 0 {
			date = s[:i]
			rest := strings.TrimLeft(s[i+1:], " ")
			if n := len(rest); n > 0 && (rest[n-1] == 'Z' || rest[n-1] == 'z') {
				rest = rest[:n-1]
			}
			t, ok := parseTime(rest)
			if !ok || t < 0 || t >= day {
				return m, false
			}
			m.micros, m.hasTime = t, true
		}
	}
	days, ok := parseDate(date)
	m.days = days
	return m, ok
}

// parseDate reads 'YYYY-MM-DD' with a month and a day of one or two digits.
func parseDate(s string) (days int, ok bool) {
	y, s, ok := number4(s)
	if !ok || s == "" || s[0] != '-' {
		return 0, false
	}
	m, s, ok := number2(s[1:])
	if !ok || s == "" || s[0] != '-' {
		return 0, false
	}
	d, s, ok := number2(s[1:])
	if !ok || s != "" || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m) {
		return 0, false
	}
	return daysOf(y, m, d), true
}

// number4 reads four digits.
func number4(s string) (n int, rest string, ok bool) {
	if len(s) < 4 {
		return 0, s, false
	}
	for i := range 4 {
		c := s[i] - '0'
		if c > 9 {
			return 0, s, false
		}
		n = n*10 + int(c)
	}
	return n, s[4:], true
}

// number2 reads one or two digits.
func number2(s string) (n int, rest string, ok bool) {
	if s == "" || s[0]-'0' > 9 {
		return 0, s, false
	}
	n = int(s[0] - '0')
	if len(s) > 1 && s[1]-'0' <= 9 {
		return n*10 + int(s[1]-'0'), s[2:], true
	}
	return n, s[1:], true
}

// maxTime is the longest time, as MySQL's: 838:59:59 and what is left of the second.
const maxTime = 839*hour - 1

// parseTime reads '[-]H:MM[:SS[.ffffff]]' as microseconds.
func parseTime(s string) (micros int64, ok bool) {
	negative := false
	if s != "" && s[0] == '-' {
		negative, s = true, s[1:]
	}
	h, n := 0, 0
	for n < len(s) && n < 3 && s[n]-'0' <= 9 {
		h = h*10 + int(s[n]-'0')
		n++
	}
	if n == 0 || n == len(s) || s[n] != ':' {
		return 0, false
	}
	m, s, ok := number2(s[n+1:])
	if !ok || m > 59 {
		return 0, false
	}
	micros = int64(h)*hour + int64(m)*minute
	if s != "" {
		if s[0] != ':' {
			return 0, false
		}
		var sec int
		if sec, s, ok = number2(s[1:]); !ok || sec > 59 {
			return 0, false
		}
		micros += int64(sec) * second
		if s != "" {
			if s[0] != '.' {
				return 0, false
			}
			f, rest := fraction(s[1:])
			if rest != "" {
				return 0, false
			}
			micros += f
		}
	}
	if negative {
		micros = -micros
	}
	return micros, micros >= -maxTime && micros <= maxTime
}

// fraction reads digits behind a point as microseconds; what is finer is cut off.
func fraction(s string) (micros int64, rest string) {
	i, scale := 0, int64(second)
	for i < len(s) && s[i]-'0' <= 9 {
		if scale /= 10; scale > 0 {
			micros += int64(s[i]-'0') * scale
		}
		i++
	}
	return micros, s[i:]
}

// parseClock reads a time, or the time of a moment, which is 0 of a mere date.
func parseClock(s string) (micros int64, ok bool) {
	if m, ok := parseMoment(s); ok {
		return m.micros, true
	}
	return parseTime(strings.Trim(s, " "))
}

func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10%10), byte('0'+n%10)) }

func append4(dst []byte, n int) []byte { return append2(append2(dst, n/100), n) }

func appendDate(dst []byte, days int) []byte {
	y, m, d := dateOf(days)
	return append2(append(append2(append(append4(dst, y), '-'), m), '-'), d)
}

// appendClock appends a time, with microseconds where there are any.
func appendClock(dst []byte, micros int64) []byte {
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	}
	h := int(micros / hour)
	if h >= 100 {
		dst = append(dst, byte('0'+h/100%10))
	}
	dst = append(append2(dst, h), ':')
	dst = append(append2(dst, int(micros/minute%60)), ':')
	dst = append2(dst, int(micros/second%60))
	if f := int(micros % second); f != 0 {
		dst = appendMicros(append(dst, '.'), f)
	}
	return dst
}

func appendMicros(dst []byte, f int) []byte {
	return append2(append2(append2(dst, f/10000), f/100), f)
}

// append appends m as a date, or as a date with its time.
func (m moment) append(dst []byte) []byte {
	dst = appendDate(dst, m.days)
	if m.hasTime {
		dst = appendClock(append(dst, ' '), m.micros)
	}
	return dst
}

// inRange reports whether the year is one of 0 to 9999.
func (m moment) inRange() bool { return m.days >= minDay && m.days <= maxDay }

// addMicros moves m by a number of microseconds.
func (m moment) addMicros(n int64) moment {
	days := n / day
	m.micros += n % day
	switch {
	case m.micros >= day:
		m.micros -= day
		days++
	case m.micros < 0:
		m.micros += day
		days--
	}
	m.days += int(days)
	return m
}

// addMonths moves m by a number of months; a day that the new month does not have becomes its last.
func (m moment) addMonths(n int) moment {
	y, mon, d := dateOf(m.days)
	at := y*12 + mon - 1 + n
	if at < 0 || at >= 10000*12 {
		m.days = maxDay + 1
		return m
	}
	y, mon = at/12, at%12+1
	m.days = daysOf(y, mon, min(d, daysInMonth(y, mon)))
	return m
}

// sinceEpoch returns the microseconds since 1970-01-01.
func (m moment) sinceEpoch() int64 { return int64(m.days)*day + m.micros }

// ofEpoch is the inverse of sinceEpoch.
func ofEpoch(micros int64) moment {
	days, rest := micros/day, micros%day
	if rest < 0 {
		days, rest = days-1, rest+day
	}
	return moment{days: int(days), micros: rest, hasTime: true}
}

package function

import "strconv"

// dateFormat appends a date as a format with MySQL's % codes says.
func dateFormat(dst []byte, s, format string) ([]byte, error) {
	m, ok := parseMoment(s)
	if !ok {
		return nil, errNull
	}
	return m.format(dst, format), nil
}

// timeFormat does the same to a time of a day.
func timeFormat(dst []byte, s, format string) ([]byte, error) {
	t, ok := parseClock(s)
	if !ok || t < 0 || t >= day {
		return nil, errNull
	}
	return moment{micros: t}.format(dst, format), nil
}

func (m moment) format(dst []byte, format string) []byte {
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' || i+1 == len(format) {
			dst = append(dst, c)
			continue
		}
		i++
		dst = m.appendCode(dst, format[i])
	}
	return dst
}

// appendCode appends what one code stands for.
func (m moment) appendCode(dst []byte, code byte) []byte {
	h := int(m.micros / hour)
	h12 := (h+11)%12 + 1
	switch code {
	case 'H':
		return append2(dst, h)
	case 'k':
		return strconv.AppendInt(dst, int64(h), 10)
	case 'h', 'I':
		return append2(dst, h12)
	case 'l':
		return strconv.AppendInt(dst, int64(h12), 10)
	case 'i':
		return append2(dst, int(m.micros/minute%60))
	case 's', 'S':
		return append2(dst, int(m.micros/second%60))
	case 'f':
		return appendMicros(dst, int(m.micros%second))
	case 'p':
		return append(dst, halfDay(h)...)
	case 'T':
		return appendClock(dst, m.micros-m.micros%second)
	case 'r':
		return append(append(m.format(dst, "%h:%i:%s"), ' '), halfDay(h)...)
	}
	return m.appendDateCode(dst, code)
}

func halfDay(h int) string {
	if h < 12 {
		return "AM"
	}
	return "PM"
}

// appendDateCode appends what a code of the date stands for; other characters stand for themselves.
func (m moment) appendDateCode(dst []byte, code byte) []byte {
	y, mon, d := dateOf(m.days)
	switch code {
	case 'Y':
		return append4(dst, y)
	case 'y':
		return append2(dst, y)
	case 'm':
		return append2(dst, mon)
	case 'c':
		return strconv.AppendInt(dst, int64(mon), 10)
	case 'M':
		return append(dst, monthNames[mon-1]...)
	case 'b':
		return append(dst, monthNames[mon-1][:3]...)
	case 'd':
		return append2(dst, d)
	case 'e':
		return strconv.AppendInt(dst, int64(d), 10)
	case 'D':
		return append(strconv.AppendInt(dst, int64(d), 10), ordinal(d)...)
	case 'j':
		n := int(dayOfYear(m))
		return append2(append(dst, byte('0'+n/100)), n)
	case 'W':
		return append(dst, dayNames[weekday(m.days)]...)
	case 'a':
		return append(dst, dayNames[weekday(m.days)][:3]...)
	case 'w':
		return append(dst, byte('0'+(weekday(m.days)+1)%7))
	case 'U', 'u', 'V', 'v', 'X', 'x':
		w, year := weekOf(m.days, codeMode(code))
		if code == 'X' || code == 'x' {
			return append4(dst, year)
		}
		return append2(dst, w)
	}
	return append(dst, code)
}

// codeMode returns the mode of the codes for weeks.
func codeMode(code byte) int {
	switch code {
	case 'U':
		return weekFirst
	case 'u':
		return weekMonday
	case 'V', 'X':
		return weekYear | weekFirst
	}
	return weekYear | weekMonday
}

func ordinal(d int) string {
	if d/10 != 1 {
		switch d % 10 {
		case 1:
			return "st"
		case 2:
			return "nd"
		case 3:
			return "rd"
		}
	}
	return "th"
}

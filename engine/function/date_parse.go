package function

import "strings"

// strToDate reads a date as a format with MySQL's % codes says: NULL where s does not begin so or no such date exists.
// The result has a time where the format has, and is only a time where it has nothing else.
func strToDate(dst []byte, s, format string) ([]byte, error) {
	var p dateParts
	if _, ok := p.parse(s, format); !ok {
		return nil, errNull
	}
	t, ok := p.clock()
	if !ok {
		return nil, errNull
	}
	if !p.hasDate {
		if !p.hasTime {
			return nil, errNull
		}
		return appendClock(dst, t), nil
	}
	if !p.hasYear {
		return nil, errNull
	}
	if p.yearDay > 0 {
		if p.yearDay > daysInYear(p.year) {
			return nil, errNull
		}
		return moment{daysOf(p.year, 1, 1) + p.yearDay - 1, t, p.hasTime}.append(dst), nil
	}
	if p.month < 1 || p.month > 12 || p.day < 1 || p.day > daysInMonth(p.year, p.month) {
		return nil, errNull
	}
	return moment{daysOf(p.year, p.month, p.day), t, p.hasTime}.append(dst), nil
}

// dateParts are the parts of a date that a format names.
type dateParts struct {
	year, month, day, yearDay int
	hour, minute, second      int
	micros                    int64
	hour12, pm                bool
	hasDate, hasYear, hasTime bool
}

// clock returns the time of the day.
func (p *dateParts) clock() (int64, bool) {
	h := p.hour
	if p.hour12 {
		if h < 1 || h > 12 {
			return 0, false
		}
		h %= 12
		if p.pm {
			h += 12
		}
	}
	if h > 23 || p.minute > 59 || p.second > 59 {
		return 0, false
	}
	return int64(h)*hour + int64(p.minute)*minute + int64(p.second)*second + p.micros, true
}

// parse reads s by a format and returns what is left of s.
func (p *dateParts) parse(s, format string) (rest string, ok bool) {
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c == ' ' || c == '\t' {
			s = strings.TrimLeft(s, " \t")
			continue
		}
		if c == '%' && i+1 < len(format) {
			i++
			if format[i] != '%' {
				if s, ok = p.parseCode(s, format[i]); !ok {
					return "", false
				}
				continue
			}
		}
		if s == "" || s[0] != c {
			return "", false
		}
		s = s[1:]
	}
	return s, true
}

// parseCode reads what one code stands for.
func (p *dateParts) parseCode(s string, code byte) (rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	switch code {
	case 'Y', 'y', 'm', 'c', 'M', 'b', 'd', 'e', 'D', 'j', 'W', 'a', 'w':
		p.hasDate = true
		return p.parseDateCode(s, code)
	}
	p.hasTime = true
	switch code {
	case 'H', 'k':
		p.hour12 = false
		return digits(s, 2, &p.hour)
	case 'h', 'I', 'l':
		p.hour12 = true
		return digits(s, 2, &p.hour)
	case 'i':
		return digits(s, 2, &p.minute)
	case 's', 'S':
		return digits(s, 2, &p.second)
	case 'f':
		if s == "" || s[0]-'0' > 9 {
			return "", false
		}
		n := min(len(s), 6)
		micros, tail := fraction(s[:n])
		p.micros = micros
		return s[n-len(tail):], true
	case 'p':
		if len(s) < 2 || s[1]|0x20 != 'm' || s[0]|0x20 != 'a' && s[0]|0x20 != 'p' {
			return "", false
		}
		p.pm = s[0]|0x20 == 'p'
		return s[2:], true
	case 'T':
		return p.parse(s, "%H:%i:%s")
	case 'r':
		return p.parse(s, "%h:%i:%s %p")
	}
	return "", false
}

// parseDateCode reads what a code of the date stands for.
func (p *dateParts) parseDateCode(s string, code byte) (rest string, ok bool) {
	switch code {
	case 'Y':
		p.hasYear = true
		return digits(s, 4, &p.year)
	case 'y':
		p.hasYear = true
		rest, ok = digits(s, 2, &p.year)
		if p.year < 70 {
			p.year += 100
		}
		p.year += 1900
		return rest, ok
	case 'm', 'c':
		return digits(s, 2, &p.month)
	case 'M', 'b':
		return name(s, monthNames[:], code == 'b', &p.month)
	case 'd', 'e':
		return digits(s, 2, &p.day)
	case 'D':
		if rest, ok = digits(s, 2, &p.day); !ok || len(rest) < 2 {
			return "", false
		}
		return rest[2:], true
	case 'j':
		return digits(s, 3, &p.yearDay)
	case 'W', 'a':
		var ignored int
		return name(s, dayNames[:], code == 'a', &ignored)
	case 'w':
		var ignored int
		return digits(s, 1, &ignored)
	}
	return "", false
}

// digits reads a number of 1 to most digits.
func digits(s string, most int, n *int) (rest string, ok bool) {
	i := 0
	*n = 0
	for i < len(s) && i < most && s[i]-'0' <= 9 {
		*n = *n*10 + int(s[i]-'0')
		i++
	}
	return s[i:], i > 0
}

// name reads one of some names, in any case, or its first three letters, and sets n to its number from 1.
func name(s string, names []string, short bool, n *int) (rest string, ok bool) {
	for i, name := range names {
		if short {
			name = name[:3]
		}
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			*n = i + 1
			return s[len(name):], true
		}
	}
	return "", false
}

package function

// Dates are days since 1970-01-01 in the Gregorian calendar of the years 0 to 9999, also before it was in use.

const (
	minDay = -719528 // 0000-01-01
	maxDay = 2932896 // 9999-12-31
)

// daysOf returns the day of a date that exists. The algorithms are those of Howard Hinnant, "chrono-Compatible Low-Level
// Date Algorithms".
func daysOf(y, m, d int) int {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*((m+9)%12)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// dateOf is the inverse of daysOf.
func dateOf(days int) (y, m, d int) {
	z := days + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m = mp + 3
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func daysInYear(y int) int {
	if leap(y) {
		return 366
	}
	return 365
}

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func daysInMonth(y, m int) int {
	if m == 2 && leap(y) {
		return 29
	}
	return monthDays[m]
}

// weekday returns 0 for Monday to 6 for Sunday.
func weekday(days int) int {
	return ((days+3)%7 + 7) % 7
}

// Modes of week numbers, as in MySQL's WEEK(date, mode).
const (
	weekMonday = 1 << iota // weeks begin with Monday
	weekYear               // numbers are 1 to 53, else 0 to 53
	weekFirst              // week 1 is the first with that weekday, else the first with 4 or more days
)

// weekMode turns the mode that people write into the bits above.
func weekMode(mode int64) int {
	m := int(mode & 7)
	if m&weekMonday == 0 {
		m ^= weekFirst
	}
	return m
}

// weekOf returns the number of a day's week and the year that the week counts for.
func weekOf(days, mode int) (week, year int) {
	year, month, day := dateOf(days)
	first := daysOf(year, 1, 1)
	shift := 1 // to make Sunday 0
	if mode&weekMonday != 0 {
		shift = 0
	}
	start := (weekday(first) + shift) % 7
	counted := mode&weekYear != 0
	late := func(weekday int) bool { // the year's first days are not in week 1
		if mode&weekFirst != 0 {
			return weekday != 0
		}
		return weekday >= 4
	}
	if month == 1 && day <= 7-start {
		if !counted && late(start) {
			return 0, year
		}
		if late(start) {
			year--
			n := daysInYear(year)
			first -= n
			start = (start + 53*7 - n) % 7
		}
	}
	n := days - (first - start)
	if late(start) {
		n -= 7
	}
	if counted && n >= 52*7 {
		next := (start + daysInYear(year)) % 7
		if !late(next) {
			return 1, year + 1
		}
	}
	return n/7 + 1, year
}

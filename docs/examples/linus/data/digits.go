package data

import "strconv"

// pairs are the numbers from 00 to 99.
var pairs = func() (p [200]byte) {
	for i := range 100 {
		p[2*i], p[2*i+1] = byte('0'+i/10), byte('0'+i%10)
	}
	return p
}()

// appendID appends a number as strconv.AppendInt does. Most of the time of making rows goes there: numbers of up to nine digits are
// written where they belong, without a copy.
func appendID(b []byte, id int64) []byte {
	if id < 0 || id > 999_999_999 {
		return strconv.AppendInt(b, id, 10)
	}
	v, n := uint32(id), 1
	for limit := uint32(10); v >= limit; limit *= 10 {
		n++
	}
	b = append(b, "000000000"[:n]...)
	at := len(b)
	for ; v >= 10; v /= 100 {
		pair := v % 100 * 2
		at -= 2
		b[at], b[at+1] = pairs[pair], pairs[pair+1]
	}
	if n&1 == 1 {
		b[at-1] = byte('0' + v)
	}
	return b
}

package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes: 512MB (10^6), 4GiB and 4G (2^30), 1e9.
func ParseSize(s string) (int64, error) {
	number := strings.TrimSpace(s)
	scale := 1.0
	units := []struct {
		ending string
		scale  float64
	}{
		{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"TIB", 1 << 40},
		{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
		{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"B", 1},
	}
	for _, u := range units {
		if strings.HasSuffix(strings.ToUpper(number), u.ending) {
			number, scale = strings.TrimSpace(number[:len(number)-len(u.ending)]), u.scale
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if n *= scale; err != nil || !(n >= 1) || n >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size such as 512MB or 4GiB", s)
	}
	return int64(n), nil
}

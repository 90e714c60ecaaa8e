package engine

import "testing"

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"512MB": 512e6, "4GiB": 4 << 30, "4G": 4 << 30, "4g": 4 << 30, "1.5 kb": 1500, "100": 100, "7B": 7, "1e9": 1e9, "2T": 2 << 40,
		"": -1, "MB": -1, "0": -1, "-1GB": -1, "1XB": -1, "inf": -1, "nan": -1, "1e30": -1,
	} {
		got, err := ParseSize(text)
		if want < 0 && err == nil || want >= 0 && (err != nil || got != want) {
			t.Errorf("ParseSize(%q) = %d, %v", text, got, err)
		}
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConfig(t *testing.T) {
	got, err := parseConfig("# mine\nstore = \"/a b\\\\c\" # here\n\n wait=3s\nvocab = 'cl100k_base'\nmemory = 512M # enough\n")
	want := map[string]string{"store": `/a b\c`, "wait": "3s", "vocab": "cl100k_base", "memory": "512M"}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	for text, want := range map[string]string{
		"stroe = 1":       `no setting "stroe"`,
		"[search]":        "is no setting",
		"store":           "write key = value",
		"= 3":             "is no setting",
		"store = \"a":     "quotes",
		"store = 'a":      "quotes",
		"store = \"a\" b": "quotes",
	} {
		if _, err := parseConfig(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "512M": 512 << 20, "1GiB": 1 << 30, "1.5 kb": 1500, "10m": 10 << 20, "2TB": 2e12} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "M", "-1M", "0", "1X", "1e30T", "lots", "NaN", "0.1"} {
		if got, err := parseBytes(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add("store = \"a\\x00\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := parseConfig(text); err != nil && got != nil {
			t.Error("settings beside an error")
		}
	})
}

package flow

import (
	"reflect"
	"testing"
	"time"

	"sluice/index"
)

// TestParseQuery holds what is an operator and what is text, in full: nothing else may be set.
func TestParseQuery(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want Query
	}{
		{"", Query{}},
		{" \t\n", Query{}},
		{"how is a torn write noticed", Query{Text: "how is a torn write noticed"}},
		{"  two\t words\n\u00a0here ", Query{Text: "two words here"}},

		{`"torn write" lock`, Query{Text: "torn write lock", Phrases: []string{"torn write"}}},
		{`lock "torn write"`, Query{Text: "lock torn write", Phrases: []string{"torn write"}}},
		{`"a b""c d"e`, Query{Text: "a b c d e", Phrases: []string{"a b", "c d"}}},
		{`"x"`, Query{Text: "x", Phrases: []string{"x"}}},
		{`"-not path:here"`, Query{Text: "-not path:here", Phrases: []string{"-not path:here"}}},
		{`"" lock`, Query{Text: `"" lock`}},
		{`lock ""`, Query{Text: `lock ""`}},
		{`"  " lock`, Query{Text: `" " lock`}},
		{`"never closed`, Query{Text: `"never closed`}},
		{`"`, Query{Text: `"`}},
		{`5" disk and 3" disk`, Query{Text: `5" disk and 3" disk`}},

		{"lock -mutex", Query{Text: "lock", Exclude: []string{"mutex"}}},
		{"-mutex lock -9p", Query{Text: "lock", Exclude: []string{"mutex", "9p"}}},
		{"-Über -日本", Query{Exclude: []string{"Über", "日本"}}},
		{"-foo-bar x", Query{Text: "x", Exclude: []string{"foo-bar"}}},
		{"-\x80x -\x7f", Query{Text: "-\x7f", Exclude: []string{"\x80x"}}}, // no UTF-8; no letter
		{"git push --force", Query{Text: "git push --force"}},
		{"p -> next", Query{Text: "p -> next"}},
		{"foo->bar", Query{Text: "foo->bar"}},
		{"x - y", Query{Text: "x - y"}},
		{"well-known C++ -_x", Query{Text: "well-known C++ -_x"}},

		{"lock path:kernel/** x", Query{Text: "lock x", Filter: index.Filter{Paths: []string{"kernel/**"}}}},
		{"path:a path:b", Query{Filter: index.Filter{Paths: []string{"a", "b"}}}},
		{"lang:Go lock", Query{Text: "lock", Filter: index.Filter{Types: []string{"go"}}}},
		{"lang:go lang:C path:A", Query{Filter: index.Filter{Types: []string{"go", "c"}, Paths: []string{"A"}}}},
		{"path: lang: x", Query{Text: "path: lang: x"}},
		{"PATH:a xpath:b -path:c", Query{Text: "PATH:a xpath:b", Exclude: []string{"path:c"}}},
	} {
		c.want.Raw = c.raw
		if got := ParseQuery(c.raw, index.Filter{}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("ParseQuery(%q)\n\tis   %+v\n\twant %+v", c.raw, got, c.want)
		}
	}
}

// TestParseQueryAddsToTheFilters: what the caller set stays, and the caller's own slices too, even
// where they have room.
func TestParseQueryAddsToTheFilters(t *testing.T) {
	paths, types := make([]string, 1, 4), make([]string, 1, 4)
	paths[0], types[0] = "docs/**", "markdown"
	base := index.Filter{Sources: []string{"notes"}, Paths: paths, Types: types, After: time.Unix(7, 0)}
	first := ParseQuery("path:a lang:go", base)
	second := ParseQuery("path:b lang:c", base)
	want := base
	want.Paths, want.Types = []string{"docs/**", "a"}, []string{"markdown", "go"}
	if !reflect.DeepEqual(first.Filter, want) {
		t.Errorf("filters are %+v, want %+v", first.Filter, want)
	}
	want.Paths, want.Types = []string{"docs/**", "b"}, []string{"markdown", "c"}
	if !reflect.DeepEqual(second.Filter, want) {
		t.Errorf("filters are %+v, want %+v", second.Filter, want)
	}
}

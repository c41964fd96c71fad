package serve

import (
	"path/filepath"
	"reflect"
	"testing"

	"sluice/index"
)

// TestPathFiltersByPlace: an absolute path and one from the folder that a command runs in mean the
// source that they lie in; other globs mean all sources.
func TestPathFiltersByPlace(t *testing.T) {
	dir := filepath.ToSlash(realPath(t.TempDir()))
	sources := []index.SourceState{{}, {}}
	sources[0].Label, sources[0].Root = "a", dir+"/a"
	sources[1].Label, sources[1].Root = "b", dir+"/b [x]"
	type want struct {
		globs []string
		in    []index.Within
	}
	for _, c := range []struct {
		runs, path string
		want
	}{
		{"", "src/**", want{globs: []string{"src/**"}}},
		{"", "./src", want{globs: []string{"./src"}}},
		{"", "/src", want{globs: []string{"/src"}}},
		{"", dir + "/a/src", want{in: []index.Within{{Source: "a", Path: "/src"}}}},
		{"", dir + "/a/src/", want{in: []index.Within{{Source: "a", Path: "/src"}}}},
		{"", dir + "/a/src/**/*.go", want{in: []index.Within{{Source: "a", Path: "/src/**/*.go"}}}},
		{"", dir + "/a", want{in: []index.Within{{Source: "a", Path: "/"}}}},
		{"", dir + "/a/*.go", want{in: []index.Within{{Source: "a", Path: "/*.go"}}}},
		{"", dir, want{in: []index.Within{{Source: "a", Path: "**"}, {Source: "b", Path: "**"}}}},
		{"", dir + "/ab", want{globs: []string{dir + "/ab"}}},
		{"/a", "./src", want{in: []index.Within{{Source: "a", Path: "/src"}}}},
		{"/a/src", "./net/*.go", want{in: []index.Within{{Source: "a", Path: "/src/net/*.go"}}}},
		{"/a/src", "../doc", want{in: []index.Within{{Source: "a", Path: "/doc"}}}},
		{"/a/src", ".", want{in: []index.Within{{Source: "a", Path: "/src"}}}},
		{"/a/src", "net", want{globs: []string{"net"}}},
		{"", "./a/src", want{globs: []string{"./a/src"}}},
		{"/.", "./a/src", want{in: []index.Within{{Source: "a", Path: "/src"}}}},
		{"/c", "./src", want{globs: []string{"./src"}}},
		{"/c", "../../x", want{globs: []string{"../../x"}}},
	} {
		s := &Service{}
		if c.runs != "" {
			s.opts.Dir = filepath.FromSlash(dir + c.runs)
		}
		globs, in := s.within(sources, []string{filepath.FromSlash(c.path)})
		if got := (want{globs, in}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("in %q %q\n\tis   %+v\n\twant %+v", c.runs, c.path, got, c.want)
		}
	}
	_, in := (&Service{}).within(sources, []string{dir + "/b [x]/y"})
	if len(in) > 0 { // what has signs of globs in it is one
		t.Errorf("%+v", in)
	}
}

// TestEscapedGlobs: a folder whose name has signs of globs in it is meant as it is called.
func TestEscapedGlobs(t *testing.T) {
	if got := escapeGlob("a[1]/{b}*?"); got != `a\[1]/\{b}\*\?` {
		t.Error(got)
	}
}

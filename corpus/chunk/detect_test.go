package chunk

import "testing"

func TestDetect(t *testing.T) {
	for _, c := range []struct{ path, head, want string }{
		{"a/b.go", "", "go"},
		{"B.PY", "", "python"},
		{"x.h", "#include <linux/list.h>\nstruct a;\n", "c"},
		{"x.h", "#pragma once\nnamespace a {\n", "cpp"},
		{"x.h", "template <class T>\nstruct A;\n", "cpp"},
		{"x.hpp", "", "cpp"},
		{"x.tsx", "", "typescript"},
		{"x.ts", "<?xml version=\"1.0\"?><TS>", "xml"},
		{"x.mjs", "", "javascript"},
		{"README", "Hello", "text"},
		{"README.md", "", "markdown"},
		{"drivers/Makefile", "", "make"},
		{"Makefile.am", "", "make"},
		{"Kconfig.debug", "", "kconfig"},
		{"CMakeLists.txt", "", "cmake"},
		{"notes.txt", "", "text"},
		{"Documentation/index.rst", "", "rst"},
		{"bin/tool", "#!/usr/bin/env python3\n", "python"},
		{"bin/tool", "#!/usr/bin/env -S node --flag\n", "javascript"},
		{"bin/tool", "#!/bin/bash -e\n", "shell"},
		{"bin/tool", "#!", "text"},
		{"page", "\uFEFF <!DOCTYPE html><title>", "html"},
		{"ls.1", ".TH LS 1\n", "roff"},
		{"libc.so.6", "text", "text"},
		{"x.unknown", "", "text"},
		{".", "", "text"},
		{"", "", "text"},
		{"dir/.json", "", "json"},
		{"data.yaml", "", "yaml"},
	} {
		if got := Detect(c.path, []byte(c.head)); got != c.want {
			t.Errorf("Detect(%q, %q) = %q, want %q", c.path, c.head, got, c.want)
		}
	}
}

func TestTitle(t *testing.T) {
	for _, c := range []struct{ lang, text, want string }{
		{"markdown", "---\ntitle: 'From the front'\n---\n# H\n", "From the front"},
		{"markdown", "---\nx: 1\n---\n# H #\n", "H"},
		{"markdown", "\uFEFF# With a mark\n", "With a mark"},
		{"markdown", "intro\n\nSet  text\n===\n", "Set text"},
		{"markdown", "```\n# not this\n```\n## This\n", "This"},
		{"markdown", "no heading", ""},
		{"markdown", "#tag\n", ""},
		{"rst", "=====\n Title\n=====\n\nx\n", "Title"},
		{"rst", "Title\n-----\n", "Title"},
		{"rst", "x\n\n::\n\n   ---\n", ""},
		{"html", "<HTML><Title lang=en>A &amp; B</TITLE>", "A & B"},
		{"html", "<h1>One <b>two</b></h1>", "One two"},
		{"html", "<title", ""},
		{"asciidoc", "= Doc\n\n== Sec\n", "Doc"},
		{"org", "* Top\n", "Top"},
		{"tex", "\\title{A {\\bf b}}", "A {\\bf b}"},
		{"go", "package a", ""},
		{"text", "x", ""},
	} {
		if got := Title(c.lang, "", []byte(c.text)); got != c.want {
			t.Errorf("Title(%s, %q) = %q, want %q", c.lang, c.text, got, c.want)
		}
	}
}

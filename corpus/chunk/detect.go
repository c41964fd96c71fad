package chunk

import (
	"bytes"
	"path"
	"strings"
)

// headBytes is how much of a document Detect looks at.
const headBytes = 4 << 10

// extensions has, for each language, the file name endings that mean it. Names are lower case; they
// are also what the filter lang: takes.
var extensions = invert(map[string]string{
	"go":           "go",
	"python":       "py pyi pyw pyx pxd bzl star",
	"c":            "c h",
	"cpp":          "cc cpp cxx c++ hh hpp hxx h++ ipp tpp inl cu cuh ino",
	"java":         "java",
	"javascript":   "js mjs cjs jsx",
	"typescript":   "ts mts cts tsx",
	"rust":         "rs",
	"markdown":     "md markdown mdown mkd mdx qmd rmd",
	"rst":          "rst rest",
	"html":         "html htm xhtml",
	"text":         "txt text log me",
	"asciidoc":     "adoc asciidoc",
	"asm":          "s asm",
	"awk":          "awk",
	"bibtex":       "bib",
	"clojure":      "clj cljs cljc edn",
	"cmake":        "cmake",
	"cocci":        "cocci",
	"csharp":       "cs csx",
	"css":          "css scss sass less",
	"csv":          "csv tsv",
	"d":            "d",
	"dart":         "dart",
	"devicetree":   "dts dtsi dtso",
	"diff":         "diff patch",
	"elixir":       "ex exs",
	"erlang":       "erl hrl",
	"fortran":      "f f77 f90 f95 f03 f08 for",
	"graphql":      "graphql gql",
	"groovy":       "groovy gradle",
	"haskell":      "hs lhs",
	"ini":          "ini cfg conf properties service desktop editorconfig",
	"json":         "json jsonl ndjson geojson webmanifest",
	"jsonc":        "jsonc json5",
	"julia":        "jl",
	"docx":         "docx docm dotx dotm",
	"pptx":         "pptx pptm ppsx ppsm potx",
	"xlsx":         "xlsx xlsm xltx xltm",
	"odt":          "odt ott odm fodt",
	"ods":          "ods ots fods",
	"odp":          "odp otp odg fodp",
	"epub":         "epub",
	"rtf":          "rtf",
	"pdf":          "pdf",
	"ipynb":        "ipynb",
	"kotlin":       "kt kts",
	"linkerscript": "ld lds",
	"lisp":         "lisp lsp cl el scm ss rkt",
	"lua":          "lua",
	"make":         "mk mak make",
	"matlab":       "mat m",
	"nix":          "nix",
	"ocaml":        "ml mli",
	"org":          "org",
	"pascal":       "pas pp",
	"perl":         "pl pm t pod",
	"php":          "php phtml",
	"powershell":   "ps1 psm1 psd1",
	"proto":        "proto",
	"r":            "r",
	"roff":         "1 2 3 4 5 6 7 8 9 man mdoc ms",
	"ruby":         "rb rake gemspec ru",
	"scala":        "scala sc sbt",
	"shell":        "sh bash zsh ksh fish",
	"sql":          "sql ddl dml",
	"subtitles":    "srt vtt",
	"svelte":       "svelte",
	"swift":        "swift",
	"tcl":          "tcl",
	"terraform":    "tf tfvars hcl",
	"tex":          "tex sty cls ltx",
	"toml":         "toml",
	"verilog":      "v sv svh vh",
	"vhdl":         "vhd vhdl",
	"vim":          "vim",
	"vue":          "vue",
	"xml":          "xml xsd xsl xslt svg plist pom rss atom wsdl",
	"yaml":         "yaml yml",
	"zig":          "zig",
})

// fileNames has whole names, lower case, of files without a telling ending.
var fileNames = invert(map[string]string{
	"make":       "makefile gnumakefile kbuild bsdmakefile",
	"kconfig":    "kconfig",
	"dockerfile": "dockerfile containerfile",
	"cmake":      "cmakelists.txt",
	"text":       "readme license licence copying copyright notice authors contributors maintainers credits changes changelog news todo install",
	"ruby":       "rakefile gemfile vagrantfile",
	"python":     "sconstruct sconscript build.bazel",
	"groovy":     "jenkinsfile",
	"shell":      ".bashrc .bash_profile .profile .zshrc configure",
	"toml":       "cargo.lock poetry.lock",
	"json":       ".eslintrc .prettierrc",
	"ini":        ".gitconfig .editorconfig .npmrc",
	"gomod":      "go.mod go.sum go.work",
})

// interpreters has what a first line "#!/usr/bin/env NAME" means.
var interpreters = invert(map[string]string{
	"shell":      "sh bash dash zsh ksh ash",
	"python":     "python python2 python3 pypy pypy3",
	"javascript": "node nodejs deno bun",
	"perl":       "perl",
	"ruby":       "ruby",
	"php":        "php",
	"awk":        "awk gawk mawk",
	"lua":        "lua luajit",
	"tcl":        "tclsh wish expect",
	"r":          "rscript",
	"make":       "make",
})

// invert maps every word of the values to its key.
func invert(m map[string]string) map[string]string {
	out := make(map[string]string)
	for lang, words := range m {
		for w := range strings.FieldsSeq(words) {
			out[w] = lang
		}
	}
	return out
}

// Detect names the language of the document at name, in lower case. It goes by the file's name;
// head, the first bytes of the text, decides where the name does not. What nothing is known of is
// "text".
func Detect(name string, head []byte) string {
	head = head[:min(len(head), headBytes)]
	base := strings.ToLower(path.Base(name))
	if lang := fileNames[base]; lang != "" {
		return lang
	}
	ext := path.Ext(base)
	if lang := extensions[strings.TrimPrefix(ext, ".")]; lang != "" && ext != "" {
		return settle(lang, ext, head)
	}
	if stem, _, ok := strings.Cut(base, "."); ok {
		switch stem {
		case "makefile", "kconfig", "dockerfile":
			return fileNames[stem]
		}
	}
	return detectText(head)
}

// settle decides for the endings that several languages share.
func settle(lang, ext string, head []byte) string {
	switch {
	case ext == ".h" && looksLikeCPP(head):
		return "cpp"
	case ext == ".m" && bytes.Contains(head, []byte("#import")):
		return "objectivec"
	case lang == "roff" && !bytes.HasPrefix(head, []byte(".")) && !bytes.HasPrefix(head, []byte("'")):
		return detectText(head)
	case ext == ".ts" && bytes.HasPrefix(head, []byte("<?xml")):
		return "xml"
	}
	return lang
}

func looksLikeCPP(head []byte) bool {
	for line := range bytes.Lines(head) {
		word, rest, _ := bytes.Cut(bytes.TrimSpace(line), []byte{' '})
		switch string(word) {
		case "class", "namespace", "template", "using", "template<typename", "template<class":
			return len(rest) > 0
		case "public:", "private:", "protected:":
			return true
		}
	}
	return false
}

// detectText goes by what the text starts with.
func detectText(head []byte) string {
	head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	if bytes.HasPrefix(head, []byte("#!")) {
		return shebang(head)
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	lower := bytes.ToLower(head[:min(len(head), 64)])
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "html"
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return "xml"
	case bytes.HasPrefix(lower, []byte("<?php")):
		return "php"
	case bytes.HasPrefix(lower, []byte("diff --git")):
		return "diff"
	}
	return "text"
}

func shebang(head []byte) string {
	line, _, _ := bytes.Cut(head[2:], newline)
	for i, f := range bytes.Fields(line) {
		name := path.Base(string(f))
		if i > 0 && strings.HasPrefix(name, "-") || name == "env" {
			continue
		}
		if lang := interpreters[strings.TrimRight(strings.ToLower(name), ".0123456789")]; lang != "" {
			return lang
		}
		if lang := interpreters[strings.ToLower(name)]; lang != "" {
			return lang
		}
		break
	}
	return "text"
}

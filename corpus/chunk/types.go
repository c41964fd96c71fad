package chunk

import (
	"maps"
	"slices"
	"strings"
)

// otherNames are what types are called beside their own names and the endings of their files.
var otherNames = invert(map[string]string{
	"go":         "golang",
	"csharp":     "c#",
	"cpp":        "cplusplus",
	"text":       "plain plaintext txt",
	"shell":      "shellscript",
	"javascript": "ecmascript",
	"make":       "makefiles",
	"dockerfile": "docker",
	"terraform":  "opentofu",
	"tex":        "latex",
	"powershell": "posh",
	"markdown":   "commonmark",
	"proto":      "protobuf",
	"asm":        "assembly assembler",
})

// Types lists what Detect may answer, in order.
func Types() []string {
	types := map[string]bool{}
	for _, table := range []map[string]string{extensions, fileNames, interpreters} {
		for _, t := range table {
			types[t] = true
		}
	}
	return slices.Sorted(maps.Keys(types))
}

// IsCode tells whether a type is cut by functions and types: prose stands in its comments only.
func IsCode(lang string) bool { return braceLangs[lang] != nil || indentLangs[lang] != nil }

// TypeNamed finds the type that somebody means: by its own name, by what else it is called, or by
// an ending of its files (py, .py, *.py).
func TypeNamed(name string) (string, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "*"), ".")
	if name != "" && slices.Contains(Types(), name) {
		return name, true
	}
	for _, table := range []map[string]string{otherNames, extensions, interpreters, fileNames} {
		if t := table[name]; t != "" {
			return t, true
		}
	}
	return "", false
}

package chunk

import (
	"slices"
	"testing"
)

// TestTypesAreFoundByWhatPeopleCallThem: by name, ending and nickname, whatever the case.
func TestTypesAreFoundByWhatPeopleCallThem(t *testing.T) {
	for name, want := range map[string]string{
		"go": "go", "Go": "go", "golang": "go", "py": "python", ".py": "python", "*.py": "python", "Python3": "python", "js": "javascript",
		"mjs": "javascript", "ts": "typescript", "tsx": "typescript", "rs": "rust", "md": "markdown", "markdown": "markdown", "c": "c", "h": "c",
		"c++": "cpp", "C++": "cpp", "cpp": "cpp", "cc": "cpp", "hpp": "cpp", "c#": "csharp", "cs": "csharp", "sh": "shell", "bash": "shell",
		"yml": "yaml", "yaml": "yaml", "kt": "kotlin", "rb": "ruby", "tf": "terraform", "d": "d", "r": "r", "v": "verilog", "m": "matlab",
		"txt": "text", "plaintext": "text", "Makefile": "make", "Dockerfile": "dockerfile", "docker": "dockerfile", "tex": "tex", "htm": "html",
		"jsonl": "json", "ps1": "powershell", "asm": "asm", "csv": "csv", "toml": "toml", " sql ": "sql",
	} {
		if got, ok := TypeNamed(name); got != want || !ok {
			t.Errorf("%q means %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"", ".", "klingon", "pyhton", "en", "*"} {
		if got, ok := TypeNamed(name); ok {
			t.Errorf("%q means %q", name, got)
		}
	}
}

// TestTypesAreAll: whatever a file's name can make of it is a type that can be asked for.
func TestTypesAreAll(t *testing.T) {
	types := Types()
	if !slices.IsSorted(types) {
		t.Errorf("not in order: %q", types)
	}
	for _, name := range []string{"a.go", "README", "x.unknown", "go.mod", "CMakeLists.txt", "Kconfig", "a.vue", ".bashrc"} {
		if got := Detect(name, nil); !slices.Contains(types, got) {
			t.Errorf("%s is of type %q, which is none of %q", name, got, types)
		}
	}
}

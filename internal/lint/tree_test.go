package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// trackedFiles lists what git keeps, from the root; without git the test is skipped.
func trackedFiles(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git cannot list the files (%v)", err)
	}
	return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
}

// bigFiles may be larger: the model that is part of the program cannot be made without its teacher.
var bigFiles = map[string]int64{"model/light/light.weights": 22 << 20}

// TestNoBigFiles keeps history small: every version of a file stays in it.
func TestNoBigFiles(t *testing.T) {
	for _, name := range trackedFiles(t) {
		bytesMax := max(1<<20, bigFiles[name])
		if info, err := os.Lstat(filepath.Join(root, name)); err == nil && info.Size() > bytesMax {
			t.Errorf("%s has %d bytes; a tracked file has at most %d: generate it, or fetch it where it is needed", name, info.Size(), bytesMax)
		}
	}
}

// foreign matches what is true on one machine only.
var foreign = regexp.MustCompile(`/(?:root|tmp|work|home/[a-z]+)/[a-z]`)

// TestDocsKnowNoMachine: documents name no path of the machine that they were written on.
func TestDocsKnowNoMachine(t *testing.T) {
	for _, name := range trackedFiles(t) {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted, and not committed yet
		}
		for i, line := range strings.Split(string(b), "\n") {
			if foreign.MatchString(line) {
				t.Errorf("%s:%d names a path of one machine: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// TestMainModuleStaysLean: generators live in modules of their own, so that the first build does
// not pay for them.
func TestMainModuleStaysLean(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "mmcloughlin/avo") {
		t.Error("go.mod requires avo: the assembly generator belongs in quant/kernel/_asm/go.mod")
	}
	if regexp.MustCompile(`(?m)^\s*replace\b`).Match(b) {
		t.Error("go.mod has a replace directive, which `go install` refuses: fork the module, or wait for its release")
	}
}

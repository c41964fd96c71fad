package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestAssemblyIsWhatTheGeneratorWrites runs the lines of gen.go into another folder and compares.
// It needs the generator's modules, from the module cache or the network.
func TestAssemblyIsWhatTheGeneratorWrites(t *testing.T) {
	if testing.Short() {
		t.Skip("building the generator takes a while")
	}
	lines, err := os.ReadFile("gen.go")
	if err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(t.TempDir(), "asm")
	build := exec.Command("go", "build", "-o", tool, ".")
	if build.Dir = "_asm"; build.Run() != nil {
		t.Skip("the generator does not build here: its modules are neither cached nor reachable")
	}
	groups := regexp.MustCompile(`-group (\w+) -out (\S+) -stubs (\S+) -pkg (\w+)`).FindAllStringSubmatch(string(lines), -1)
	if len(groups) == 0 {
		t.Fatal("gen.go has no lines to run")
	}
	for _, g := range groups {
		s, stubs := filepath.Join(t.TempDir(), "out.s"), filepath.Join(t.TempDir(), "stubs.go")
		run := exec.Command(tool, "-group", g[1], "-out", s, "-stubs", stubs, "-pkg", g[4])
		run.Dir = "_asm"
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", g[1], err, out)
		}
		for i, made := range []string{s, stubs} {
			compareGenerated(t, filepath.Join("_asm", g[2+i]), made)
		}
	}
}

// compareGenerated compares all but the first line, which holds the command.
func compareGenerated(t *testing.T, kept, made string) {
	t.Helper()
	a, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	_, a, _ = bytes.Cut(a, []byte("\n"))
	_, b, _ = bytes.Cut(b, []byte("\n"))
	if !bytes.Equal(a, b) {
		t.Errorf("%s is not what the generator writes: run go generate ./quant/kernel", kept)
	}
}
